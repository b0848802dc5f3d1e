//! Draws docs/address-space-light.svg and -dark.svg: the address space of real programs, stock
//! and compact, from the table that `make programs` prints and docs/whole-programs.md has.

use crate::Done;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;

/// The page with the table.
const PAGE: &str = "docs/whole-programs.md";
/// How the heading of the table begins, and its columns that are drawn.
const TABLE: &str = "| program | C code |";
const STOCK: &str = "stock: VmPeak KiB";
const COMPACT: &str = "compact: VmPeak KiB";

/// What a picture looks like.
struct Theme {
    file: &'static str,
    paper: &'static str,
    ink: &'static str,
    dim: &'static str,
    stock: &'static str,
    compact: &'static str,
}

const THEMES: [Theme; 2] = [
    Theme {
        file: "docs/address-space-light.svg",
        paper: "#ffffff",
        ink: "#1b1f24",
        dim: "#57606a",
        stock: "#a9b4c0",
        compact: "#0b6e4f",
    },
    Theme {
        file: "docs/address-space-dark.svg",
        paper: "#0d1117",
        ink: "#e6edf3",
        dim: "#9198a1",
        stock: "#59636e",
        compact: "#3fb68b",
    },
];

/// Writes the pictures.
pub fn draw() -> Done {
    for (file, picture) in pictures()? {
        fs::write(file, picture)?;
        println!("{file}");
    }
    Ok(true)
}

/// The pictures that are not what the page says.
pub fn faults() -> Result<Vec<String>, Box<dyn Error>> {
    let stale = |(file, picture): &(&str, String)| {
        fs::read_to_string(file).map_or(true, |drawn| drawn != *picture)
    };
    let stale = pictures()?.into_iter().filter(stale);
    Ok(stale.map(|(file, _)| format!("{file} is out of date: run `cargo xtask chart`")).collect())
}

fn pictures() -> Result<Vec<(&'static str, String)>, Box<dyn Error>> {
    let programs = programs(&fs::read_to_string(PAGE)?)?;
    Ok(THEMES.iter().map(|theme| (theme.file, picture(&programs, theme))).collect())
}

/// A program's name, and its address space in KiB.
#[derive(Debug, PartialEq, Eq)]
struct Program {
    name: String,
    stock: u32,
    compact: u32,
}

/// The rows of the table that are of default builds.
fn programs(page: &str) -> Result<Vec<Program>, String> {
    let mut rows = page.lines().skip_while(|line| !line.starts_with(TABLE));
    let cells = |row: &str| -> Vec<String> {
        row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let heading = cells(rows.next().ok_or(format!("{PAGE} has no table {TABLE}"))?);
    let column = |name: &str| {
        let at = heading.iter().position(|cell| cell == name);
        at.ok_or(format!("the table {TABLE} has no column {name}"))
    };
    let (stock, compact) = (column(STOCK)?, column(COMPACT)?);
    let mut programs = Vec::new();
    for row in rows.skip(1).take_while(|line| line.starts_with('|')) {
        let cells = cells(row);
        let size = |column: usize| -> Result<u32, String> {
            let cell = cells.get(column).ok_or(format!("a row is too short: {row}"))?;
            cell.replace(',', "").parse().map_err(|_| format!("no size: {cell:?} in {row}"))
        };
        if !cells[0].contains("CGO_ENABLED=0") {
            programs.push(Program {
                name: cells[0].clone(),
                stock: size(stock)?,
                compact: size(compact)?,
            });
        }
    }
    if programs.is_empty() { Err(format!("the table {TABLE} is empty")) } else { Ok(programs) }
}

/// Where bars begin and end; how high each is, and from one program to the next.
const LEFT: f64 = 120.0;
const RIGHT: f64 = 780.0;
const BAR: f64 = 14.0;
const STEP: f64 = 40.0;
const TOP: f64 = 78.0;

fn picture(programs: &[Program], theme: &Theme) -> String {
    let Theme { paper, ink, dim, stock, compact, .. } = theme;
    let most = programs.iter().map(|p| p.stock.max(p.compact)).max().unwrap_or(1).max(1);
    let width = |size: u32| f64::from(size) / f64::from(most) * (RIGHT - LEFT);
    let mut height = TOP;
    let mut bars = String::new();
    for program in programs {
        let middle = height + BAR + 4.0;
        let right = LEFT - 10.0;
        let name = program.name.replace('&', "&amp;").replace('<', "&lt;");
        let _ = writeln!(
            bars,
            "<text x=\"{right}\" y=\"{middle}\" text-anchor=\"end\" fill=\"{ink}\">{name}</text>"
        );
        for (nth, size, colour) in [(0.0, program.stock, stock), (1.0, program.compact, compact)] {
            let (y, w) = (height + nth * (BAR + 1.0), width(size));
            let (x, base) = (LEFT + w + 6.0, y + 11.5);
            let _ = writeln!(
                bars,
                "<rect x=\"{LEFT}\" y=\"{y}\" width=\"{w:.1}\" height=\"{BAR}\" fill=\"{colour}\"/>\n\
                 <text x=\"{x:.1}\" y=\"{base}\" font-size=\"12\" fill=\"{dim}\">{}</text>",
                megabytes(size)
            );
        }
        height += STEP;
    }
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 880 {height}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"13\">\n\
         <rect width=\"880\" height=\"{height}\" fill=\"{paper}\"/>\n\
         <text x=\"20\" y=\"30\" font-size=\"17\" font-weight=\"600\" fill=\"{ink}\">\
         Address space that a program takes (VmPeak)</text>\n"
    );
    for (x, colour, text) in [(20, stock, "stock Go"), (120, compact, "gosbrk, layout compact")] {
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"44\" width=\"14\" height=\"14\" fill=\"{colour}\"/>\n\
             <text x=\"{}\" y=\"56\" fill=\"{ink}\">{text}</text>",
            x + 20
        );
    }
    svg + &bars + "</svg>\n"
}

/// `1,257 MB`, and `5.0 MB` below ten.
fn megabytes(kib: u32) -> String {
    let mb = f64::from(kib) * 1024.0 / 1e6;
    if mb < 9.95 {
        return format!("{mb:.1} MB");
    }
    let digits = format!("{mb:.0}");
    match digits.len() {
        4.. => {
            let (thousands, rest) = digits.split_at(digits.len() - 3);
            format!("{thousands},{rest} MB")
        }
        _ => format!("{digits} MB"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Program, THEMES, megabytes, picture, programs};

    const PAGE: &str = "| program | C code | stock: VmPeak KiB | maps | compact: VmPeak KiB |\n\
                        |---|---|--:|--:|--:|\n\
                        | a | yes | 1,227,092 | 3 | 4,868 |\n\
                        | a, CGO_ENABLED=0 | no | 1 | 1 | 1 |\n\n\
                        | b | no | 2 | 2 | 2 |\n";

    #[test]
    fn default_builds_are_drawn() {
        let found = programs(PAGE).unwrap();
        assert_eq!(found, [Program { name: "a".into(), stock: 1_227_092, compact: 4_868 }]);
        let svg = picture(&found, &THEMES[0]);
        assert!(svg.contains(">1,257 MB<") && svg.contains(">5.0 MB<"), "{svg}");
        assert!(svg.contains("width=\"660.0\"") && svg.contains("width=\"2.6\""), "{svg}");
    }

    #[test]
    fn another_table_is_an_error() {
        assert!(programs("").is_err());
        assert!(programs(&PAGE.replace("compact: VmPeak KiB", "else")).is_err());
        assert!(programs(&PAGE.replace("4,868", "-")).is_err());
    }

    #[test]
    fn sizes_have_their_thousands() {
        assert_eq!(
            [0, 9_700, 99_999, 3_215_874].map(megabytes),
            ["0.0 MB", "9.9 MB", "102 MB", "3,293 MB"]
        );
    }
}
