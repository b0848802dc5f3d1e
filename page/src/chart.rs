//! Memory over time as a drawing in SVG: the parts one upon the other, and what is resident
//! as a line. It needs no script, so that documents can have it in them.

use crate::axes::{MARGIN, SIZE, Scale, axes};
use gosbrk_look::model::{Kind, ROWS};
use gosbrk_trace::file::Trace;
use gosbrk_trace::page::{Page, Part};
use std::fmt::Write as _;
use std::io;

/// The parts' colours, in the order of [`ROWS`]: those of the page on white paper.
pub const COLOURS: [&str; 8] =
    ["#0072b2", "#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#b5bcc5", "#858e99"];

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
        let highest = |(_, rows): &(u64, [Option<u64>; 10])| parts(rows).max(rows[9].unwrap_or(0));
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
        self.body(&mut svg, scale, marks, None);
        svg.push_str("</svg>\n");
        svg
    }

    /// All of it but the paper. `patterns` are what is drawn upon the parts, in the order of
    /// [`ROWS`], for who does not see colours.
    pub(crate) fn body(
        &self,
        svg: &mut String,
        scale: Scale,
        marks: &[u64],
        patterns: Option<&[String; 8]>,
    ) {
        axes(svg, scale);
        for part in 0..8 {
            let Some(path) = self.part(scale, part) else { continue };
            let name = self.kind.rows()[part].name;
            let (colour, key) = (COLOURS[part], ROWS[part].key);
            let _ = match patterns.map(|all| &all[part]) {
                None => writeln!(
                    svg,
                    "<path fill=\"{colour}\" d=\"{path}\"><title>{name}</title></path>"
                ),
                // Twice, so that no seam of the pattern is seen between its tiles.
                Some(pattern) => writeln!(
                    svg,
                    "<defs><path id=\"gosbrk-area-{key}\" d=\"{path}\"/></defs>\
                     <use xlink:href=\"#gosbrk-area-{key}\" fill=\"{colour}\"><title>{name}</title></use>\
                     <use xlink:href=\"#gosbrk-area-{key}\" fill=\"{pattern}\"/>"
                ),
            };
        }
        self.resident(svg, scale);
        for mark in marks {
            let x = scale.x(*mark);
            let (top, bottom) = (MARGIN.1, SIZE.1 - MARGIN.3);
            let _ = writeln!(
                svg,
                "<path d=\"M{x:.1} {top}V{bottom}\" stroke=\"#c1121f\" stroke-dasharray=\"4 3\" fill=\"none\"/>"
            );
        }
    }

    /// One part, upon those before it: nothing where there is nothing of it. What is not known
    /// takes no room.
    fn part(&self, scale: Scale, part: usize) -> Option<String> {
        if self.steps.iter().all(|(_, rows)| rows[part].unwrap_or(0) == 0) {
            return None;
        }
        let edge = |to: usize| {
            let below = move |rows: &[Option<u64>; 10]| {
                rows[..to].iter().flatten().fold(0, |sum: u64, one| sum.saturating_add(*one))
            };
            steps(self.spans().map(|(from, to, rows)| (from, to, Some(below(rows)))), scale)
        };
        let mut path = String::new();
        for (i, (from, to, y)) in edge(part + 1).into_iter().enumerate() {
            let begin = if i == 0 { format!("M{from:.1} ") } else { "V".into() };
            let _ = write!(path, "{begin}{y:.1}H{to:.1}");
        }
        for (from, _, y) in edge(part).into_iter().rev() {
            let _ = write!(path, "V{y:.1}H{from:.1}");
        }
        path.push('Z');
        Some(path)
    }

    /// What is resident: no line where that is not known.
    fn resident(&self, svg: &mut String, scale: Scale) {
        let mut path = String::new();
        let mut end = f64::NAN;
        for (from, to, y) in steps(self.spans().map(|(from, to, rows)| (from, to, rows[9])), scale)
        {
            let begin = if is_same(from, end) { "V".into() } else { format!("M{from:.1} ") };
            let _ = write!(path, "{begin}{y:.1}H{to:.1}");
            end = to;
        }
        let _ = writeln!(
            svg,
            "<path d=\"{path}\" stroke=\"#1b1f24\" stroke-width=\"1.5\" fill=\"none\"><title>{}</title></path>",
            self.kind.rows()[9].name
        );
    }

    /// The same with at most two steps for each column of a drawing, if it has so many: the one
    /// with the most memory, and the last, which holds until the next.
    #[must_use]
    pub fn thinned(&self, columns: u64) -> Self {
        let column = |ns: u64| u128::from(ns) * u128::from(columns) / u128::from(self.end.max(1));
        let most = |rows: &[Option<u64>; 10]| (rows[9], parts(rows));
        let mut steps: Vec<(u64, [Option<u64>; 10])> = Vec::new();
        // Where the steps of this column begin.
        let mut first = 0;
        for step in &self.steps {
            if steps.get(first).is_some_and(|last| column(last.0) != column(step.0)) {
                first = steps.len();
            }
            if steps.len() - first == 2 {
                let last = steps.remove(first + 1);
                if most(&last.1) > most(&steps[first].1) {
                    steps[first] = last;
                }
            }
            steps.push(*step);
        }
        Self { kind: self.kind, steps, end: self.end }
    }

    /// From when to when each step holds.
    fn spans(&self) -> impl Iterator<Item = (u64, u64, &[Option<u64>; 10])> {
        let ends = self.steps.iter().skip(1).map(|step| step.0).chain([self.end]);
        self.steps.iter().zip(ends).map(|((from, rows), to)| (*from, to.max(*from), rows))
    }
}

/// All parts together, as far as they are known.
fn parts(rows: &[Option<u64>; 10]) -> u64 {
    rows[..8].iter().flatten().fold(0, |sum: u64, part| sum.saturating_add(*part))
}

/// Whether two places are one.
fn is_same(a: f64, b: f64) -> bool {
    (a - b).abs() < 0.001
}

/// From where to where a size holds, and how high it is; neighbours that look the same are one.
fn steps(
    spans: impl Iterator<Item = (u64, u64, Option<u64>)>,
    scale: Scale,
) -> Vec<(f64, f64, f64)> {
    let mut steps: Vec<(f64, f64, f64)> = Vec::new();
    for (from, to, size) in spans {
        let Some(size) = size else { continue };
        let (from, to, y) = (scale.x(from), scale.x(to), scale.y(size));
        match steps.last_mut() {
            Some(last) if is_same(last.1, from) && (last.2 - y).abs() < 0.05 => last.1 = to,
            _ => steps.push((from, to, y)),
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::{Chart, Kind};
    use crate::axes::Scale;

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
        assert!(svg.contains("d=\"M72.0 12.0H410.0V226.0H748.0V226.0H72.0Z\""), "{svg}");
        // The line ends where it is not known any more.
        assert!(svg.contains("d=\"M72.0 119.0H410.0\""), "{svg}");
        assert!(svg.contains("M410.0 12V226\" stroke=\"#c1121f\""), "{svg}");
        let half = one.svg(Scale { ns: 20, bytes: 200 }, &[]);
        assert!(half.contains("d=\"M72.0 119.0H410.0V"), "{half}");
    }

    #[test]
    fn a_column_keeps_its_highest_moment_and_its_last() {
        let steps: Vec<_> =
            (0..100).map(|i| (i, i % 10 * 10, Some(if i == 42 { 999 } else { i }))).collect();
        let one = chart(&steps, 100);
        let thin = one.thinned(4);
        let times: Vec<u64> = thin.steps.iter().map(|step| step.0).collect();
        assert_eq!(times, [23, 24, 42, 49, 73, 74, 98, 99]);
        assert_eq!(Chart::scale(&[thin]), Chart::scale(std::slice::from_ref(&one)));
        assert_eq!(one.thinned(1000).steps, one.steps);
    }
}
