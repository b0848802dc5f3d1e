//! Memory over time as a drawing in SVG: the parts one upon the other, and what is resident
//! as a line. It needs no script, so that documents can have it in them.

use gosbrk_look::model::{Kind, ROWS, megabytes};
use gosbrk_trace::file::Trace;
use gosbrk_trace::page::{Page, Part};
use std::fmt::Write as _;
use std::io;

/// The parts' colours, in the order of [`ROWS`]: those of the page on white paper.
pub const COLOURS: [&str; 8] =
    ["#0072b2", "#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#b5bcc5", "#858e99"];

/// Width and height of a drawing, and of its margins: left, top, right, bottom.
const SIZE: (f64, f64) = (760.0, 260.0);
const MARGIN: (f64, f64, f64, f64) = (72.0, 12.0, 12.0, 34.0);
/// Most moments that a drawing tells apart; of several the one with the most resident memory
/// is kept.
const MOST: u64 = 1000;

/// What every row is over time.
#[derive(Clone, Debug, Default)]
pub struct Chart {
    /// Whose memory it is.
    pub kind: Kind,
    /// Nanoseconds since the beginning, and the rows from then on; `None`: not known.
    pub steps: Vec<(u64, [Option<u64>; 10])>,
    /// Where it ends.
    pub end: u64,
}

/// What one unit of a drawing stands for: nanoseconds across, bytes upwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// At the right border.
    pub ns: u64,
    /// At the upper border.
    pub bytes: u64,
}

impl Chart {
    /// Reads through a trace.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn of(trace: &Trace, told: impl FnMut(u64)) -> io::Result<Self> {
        Ok(Self::new(&Page::of(trace, Part { most: MOST, ..Part::default() }, told)?))
    }

    /// The rows of a page.
    #[must_use]
    pub fn new(page: &Page) -> Self {
        let numbers = |name: &str| page.column("row", name).map(|column| &column.numbers);
        let get = |name: &str, at: usize| numbers(name).and_then(|all| all.get(at));
        let count = numbers("ns").map_or(0, gosbrk_trace::page::Numbers::len);
        let step = |at: usize| {
            let row = |i: usize| {
                let key = ROWS[i].key;
                get(key, at).filter(|_| get(&format!("{key}_why"), at) == Some(0))
            };
            (get("ns", at).unwrap_or(0), std::array::from_fn(row))
        };
        let end = page.meta["to_ns"].as_u64().unwrap_or(0);
        let kind = crate::trace::kind(&page.meta);
        Self { kind, steps: (0..count).map(step).collect(), end }
    }

    /// The smallest scale that has room for all of these.
    #[must_use]
    pub fn scale(charts: &[Self]) -> Scale {
        let highest = |(_, rows): &(u64, [Option<u64>; 10])| {
            let parts =
                rows[..8].iter().flatten().fold(0, |sum: u64, part| sum.saturating_add(*part));
            parts.max(rows[9].unwrap_or(0))
        };
        let bytes = charts.iter().flat_map(|chart| chart.steps.iter().map(highest)).max();
        let ns = charts.iter().map(|chart| chart.end).max();
        Scale { ns: ns.unwrap_or(0).max(1), bytes: bytes.unwrap_or(0).max(1) }
    }

    /// The drawing, with a line at each of these moments.
    #[must_use]
    pub fn svg(&self, scale: Scale, marks: &[u64]) -> String {
        let (width, height) = SIZE;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
        );
        self.body(&mut svg, scale, marks);
        svg.push_str("</svg>\n");
        svg
    }

    fn body(&self, svg: &mut String, scale: Scale, marks: &[u64]) {
        axes(svg, scale);
        for part in 0..8 {
            self.part(svg, scale, part);
        }
        self.resident(svg, scale);
        for mark in marks {
            let x = x(scale, *mark);
            let (top, bottom) = (MARGIN.1, SIZE.1 - MARGIN.3);
            let _ = writeln!(
                svg,
                "<path d=\"M{x:.1} {top}V{bottom}\" stroke=\"#c1121f\" stroke-dasharray=\"4 3\" fill=\"none\"/>"
            );
        }
    }

    /// One part, upon those before it. What is not known takes no room.
    fn part(&self, svg: &mut String, scale: Scale, part: usize) {
        if self.steps.iter().all(|(_, rows)| rows[part].unwrap_or(0) == 0) {
            return;
        }
        let below = |rows: &[Option<u64>; 10], to: usize| {
            rows[..to].iter().flatten().fold(0, |sum: u64, one| sum.saturating_add(*one))
        };
        let mut path = String::new();
        for (i, (from, to, rows)) in self.spans().enumerate() {
            let y = y(scale, below(rows, part + 1));
            let (from, to) = (x(scale, from), x(scale, to));
            let _ = write!(path, "{}{from:.1} {y:.1}H{to:.1}", if i == 0 { 'M' } else { 'L' });
        }
        let spans: Vec<_> = self.spans().collect();
        for (from, to, rows) in spans.into_iter().rev() {
            let y = y(scale, below(rows, part));
            let (from, to) = (x(scale, from), x(scale, to));
            let _ = write!(path, "L{to:.1} {y:.1}H{from:.1}");
        }
        let name = self.kind.rows()[part].name;
        let colour = COLOURS[part];
        let _ = writeln!(svg, "<path fill=\"{colour}\" d=\"{path}Z\"><title>{name}</title></path>");
    }

    /// What is resident: no line where that is not known.
    fn resident(&self, svg: &mut String, scale: Scale) {
        let mut path = String::new();
        let mut goes_on = false;
        for (from, to, rows) in self.spans() {
            let Some(rss) = rows[9] else {
                goes_on = false;
                continue;
            };
            let (from, to, y) = (x(scale, from), x(scale, to), y(scale, rss));
            let _ = write!(path, "{}{from:.1} {y:.1}H{to:.1}", if goes_on { 'L' } else { 'M' });
            goes_on = true;
        }
        let _ = writeln!(
            svg,
            "<path d=\"{path}\" stroke=\"#1b1f24\" stroke-width=\"1.5\" fill=\"none\"><title>{}</title></path>",
            self.kind.rows()[9].name
        );
    }

    /// From when to when each step holds.
    fn spans(&self) -> impl Iterator<Item = (u64, u64, &[Option<u64>; 10])> {
        let ends = self.steps.iter().skip(1).map(|step| step.0).chain([self.end]);
        self.steps.iter().zip(ends).map(|((from, rows), to)| (*from, to.max(*from), rows))
    }
}

#[expect(clippy::cast_precision_loss, reason = "a drawing has a thousand places")]
fn share(part: u64, all: u64) -> f64 {
    (part as f64 / all as f64).min(1.0)
}

fn x(scale: Scale, ns: u64) -> f64 {
    share(ns, scale.ns).mul_add(SIZE.0 - MARGIN.0 - MARGIN.2, MARGIN.0)
}

fn y(scale: Scale, bytes: u64) -> f64 {
    share(bytes, scale.bytes).mul_add(-(SIZE.1 - MARGIN.1 - MARGIN.3), SIZE.1 - MARGIN.3)
}

fn axes(svg: &mut String, scale: Scale) {
    let (left, right, bottom) = (MARGIN.0, SIZE.0 - MARGIN.2, SIZE.1 - MARGIN.3);
    for i in 0..=4 {
        let bytes = scale.bytes / 4 * i;
        let at = y(scale, bytes);
        let (label, text) = (megabytes(bytes), left - 6.0);
        let _ = writeln!(
            svg,
            "<path d=\"M{left} {at:.1}H{right}\" stroke=\"#d8dde3\" fill=\"none\"/><text x=\"{text}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"#59626d\">{label}</text>",
            at + 4.0
        );
        let ns = scale.ns / 4 * i;
        let (at, low) = (x(scale, ns), bottom + 18.0);
        let anchor = if i == 4 { "end" } else { "middle" };
        let (whole, part) = (ns / 1_000_000_000, ns / 1_000_000 % 1000);
        let _ = writeln!(
            svg,
            "<text x=\"{at:.1}\" y=\"{low}\" text-anchor=\"{anchor}\" fill=\"#59626d\">{whole}.{part:03} s</text>"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::{Chart, Kind, Scale};

    fn chart(steps: &[(u64, u64, Option<u64>)], end: u64) -> Chart {
        let step = |&(ns, held, rss): &(u64, u64, Option<u64>)| {
            let mut rows = [None; 10];
            (rows[0], rows[9]) = (Some(held), rss);
            (ns, rows)
        };
        Chart { kind: Kind::Process, steps: steps.iter().map(step).collect(), end }
    }

    #[test]
    fn a_scale_has_room_for_every_chart() {
        let (a, b) = (chart(&[(0, 5, Some(9))], 20), chart(&[(0, 8, None), (3, 1, Some(2))], 7));
        assert_eq!(Chart::scale(&[a, b]), Scale { ns: 20, bytes: 9 });
        assert_eq!(Chart::scale(&[]), Scale { ns: 1, bytes: 1 });
    }

    /// At half the scale the same memory is half as high.
    #[test]
    fn what_is_drawn_is_what_there_is() {
        let one = chart(&[(0, 100, Some(50)), (10, 0, None)], 20);
        let svg = one.svg(Scale { ns: 20, bytes: 100 }, &[10]);
        assert!(
            svg.contains(
                "d=\"M72.0 12.0H410.0L410.0 226.0H748.0L748.0 226.0H410.0L410.0 226.0H72.0Z\""
            ),
            "{svg}"
        );
        // The line ends where it is not known any more.
        assert!(svg.contains("d=\"M72.0 119.0H410.0\""), "{svg}");
        assert!(svg.contains("M410.0 12V226\" stroke=\"#c1121f\""), "{svg}");
        let half = one.svg(Scale { ns: 20, bytes: 200 }, &[]);
        assert!(half.contains("d=\"M72.0 119.0H410.0L"), "{half}");
    }
}
