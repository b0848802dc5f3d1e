//! Draws recordings of WebAssembly programs beside each other: a bar for each, its parts at
//! the end, when its memory is largest. `tools/wasm-releases.sh` makes docs/wasm-releases.svg
//! with it, and prints the rows of the table there.
//!
//!     cargo run --release -p gosbrk-page --example releases -- releases.svg A.gosbrk B.gosbrk

use gosbrk_look::model::{MODULE_ROWS, megabytes};
use gosbrk_page::chart::COLOURS;
use gosbrk_trace::file::Trace;
use gosbrk_trace::stat::{Moment, Stat};
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

/// Where bars begin and end, how high each is, and from one to the next.
const LEFT: f64 = 90.0;
const RIGHT: f64 = 640.0;
const HEIGHT: f64 = 22.0;
const STEP: f64 = 32.0;
/// The rows in the order in which they are drawn: what is in use first.
const ORDER: [usize; 8] = [7, 0, 1, 3, 4, 2, 6, 5];

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let file = words.next().ok_or("to which file?")?;
    let mut bars = Vec::new();
    for name in words {
        let trace =
            Trace::open(Path::new(&name)).map_err(|trouble| format!("{name}: {trouble}"))?;
        let stat = Stat::of(&trace, None, |_| ())?;
        let lost = stat.waste.lost().map_or("not known".into(), megabytes);
        let row = |row: usize| stat.end.figures.0[row].map_or("not known".into(), megabytes);
        let rows = [row(9), lost, row(5), row(2), row(6), row(7)];
        println!("| {} | {} |", trace.header.go, rows.join(" | "));
        bars.push((trace.header.go.clone(), stat.end));
    }
    std::fs::write(file, drawing(&bars))?;
    Ok(())
}

/// The bars on one scale, and what the colours mean.
fn drawing(bars: &[(String, Moment)]) -> String {
    let all = |moment: &Moment| moment.figures.0[9].unwrap_or(0);
    let most = bars.iter().map(|(_, moment)| all(moment)).max().unwrap_or(0).max(1);
    #[expect(clippy::cast_precision_loss, reason = "less than a pixel")]
    let x = |size: u64| LEFT + size as f64 / most as f64 * (RIGHT - LEFT);
    let mut svg = String::new();
    let mut y = 10.0;
    for (name, moment) in bars {
        let middle = y + 15.0;
        let _ = writeln!(svg, "<text x=\"8\" y=\"{middle}\">{name}</text>");
        let mut below = 0_u64;
        for row in ORDER {
            let size = moment.figures.0[row].unwrap_or(0);
            let (from, to) = (x(below), x(below.saturating_add(size)));
            below = below.saturating_add(size);
            let (title, colour) = (MODULE_ROWS[row].name, COLOURS[row]);
            let (width, size) = (to - from, megabytes(size));
            let _ = writeln!(
                svg,
                "<rect x=\"{from:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"{HEIGHT}\" fill=\"{colour}\"><title>{title}: {size}</title></rect>"
            );
        }
        let (end, size) = (x(all(moment)) + 6.0, megabytes(all(moment)));
        let _ = writeln!(svg, "<text x=\"{end:.1}\" y=\"{middle}\">{size}</text>");
        y += STEP;
    }
    for (i, row) in ORDER.into_iter().enumerate() {
        let x = if i % 2 == 0 { 8.0 } else { 360.0 };
        let (colour, name, text) = (COLOURS[row], MODULE_ROWS[row].name, x + 16.0);
        let middle = y + 14.0;
        let square = y + 4.0;
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"{square}\" width=\"11\" height=\"11\" fill=\"{colour}\"/><text x=\"{text}\" y=\"{middle}\">{name}</text>"
        );
        y += if i % 2 == 1 { 20.0 } else { 0.0 };
    }
    let height = y + 8.0;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 740 {height}\" width=\"740\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#1b1f24\">\n<rect width=\"740\" height=\"{height}\" fill=\"#ffffff\"/>\n{svg}</svg>\n"
    )
}
