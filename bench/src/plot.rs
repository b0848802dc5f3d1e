//! Plots as SVG, time on a logarithmic axis.

use crate::report::Results;
use crate::sample::Outcome;
use crate::sides::{Entry, Kind};
use crate::stats::Spread;
use std::fmt::Write;

const WIDTH: f64 = 880.0;
const LEFT: f64 = 80.0;
const RIGHT: f64 = 640.0;
const TOP: f64 = 56.0;
/// Between labels, rows and entries of a legend.
const LINE: f64 = 18.0;

/// A plot of a group's figures: lines where its works stand on an axis, else dots in
/// a row for each work, or for each side where there is but one work.
pub fn of(results: &Results, sides: &[&'static Entry]) -> String {
    match results.group.axis {
        Some(axis) => lines(results, sides, axis),
        None if results.group.works.len() == 1 => dots(results, sides, &by_side(results, sides)),
        None => dots(results, sides, &by_work(results)),
    }
}

/// A logarithmic axis: where a value stands between two places.
struct Axis {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Axis {
    /// An axis of whole decades that has all values.
    fn decades(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let (low, high) = bounds(values.map(f64::log10));
        let low = low.floor();
        Self { low, high: high.ceil().max(low + 1.0), from, to }
    }

    /// An axis that just has all values.
    fn tight(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let (low, high) = bounds(values.map(f64::log10));
        Self { low, high: high.max(low + 0.1), from, to }
    }

    fn at(&self, value: f64) -> f64 {
        self.from + (value.log10() - self.low) / (self.high - self.low) * (self.to - self.from)
    }

    /// The powers of ten on it.
    fn ticks(&self) -> impl Iterator<Item = f64> {
        // A decade's number is small.
        #[expect(clippy::cast_possible_truncation)]
        let (low, high) = (self.low as i32, self.high as i32);
        (low..=high).map(|decade| 10_f64.powi(decade))
    }
}

fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
}

/// `100 ns`, `10 µs`
fn time(ns: f64) -> String {
    let units = [(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")];
    let (unit, name) = units.into_iter().find(|(unit, _)| ns >= *unit).unwrap_or((1.0, "ns"));
    format!("{} {name}", ns / unit)
}

fn spreads(outcomes: &[Outcome]) -> Vec<Option<Spread>> {
    outcomes.iter().map(|outcome| Spread::of(outcome.ns())).collect()
}

fn head(title: &str, height: f64) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"13\">\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n\
         <text x=\"20\" y=\"30\" font-size=\"17\" font-weight=\"600\" fill=\"#1a1a1a\">{title}</text>\n"
    )
}

fn text(out: &mut String, x: f64, y: f64, anchor: &str, colour: &str, text: &str) {
    let _ = writeln!(
        out,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" fill=\"{colour}\">{text}</text>"
    );
}

fn stroke(out: &mut String, from: (f64, f64), to: (f64, f64), colour: &str, width: f64) {
    let ((x1, y1), (x2, y2)) = (from, to);
    let _ = writeln!(
        out,
        "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{colour}\" \
         stroke-width=\"{width}\"/>"
    );
}

fn dot(out: &mut String, x: f64, y: f64, side: &Entry) {
    let _ = writeln!(
        out,
        "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{}\" fill=\"{}\"/>",
        if side.kind == Kind::Peer { 3.5 } else { 5.0 },
        side.colour
    );
}

const GRID: &str = "#e3e3e3";
const FAINT: &str = "#555555";

/// A line for each side, named at its end.
fn lines(results: &Results, sides: &[&'static Entry], axis: &str) -> String {
    let works = &results.group.works;
    let bottom = TOP + 380.0;
    let table: Vec<_> = results.outcomes.iter().map(|outcomes| spreads(outcomes)).collect();
    let values = || table.iter().flatten().flatten();
    let y = Axis::decades(values().flat_map(|s| [s.low, s.high]), bottom, TOP);
    let x = Axis::tight(works.iter().map(|work| work.x), LEFT + 20.0, RIGHT - 20.0);

    let mut out = head(results.group.plot, bottom + 60.0);
    for tick in y.ticks() {
        stroke(&mut out, (LEFT, y.at(tick)), (RIGHT, y.at(tick)), GRID, 1.0);
        text(&mut out, LEFT - 8.0, y.at(tick) + 4.0, "end", FAINT, &time(tick));
    }
    for work in works {
        text(&mut out, x.at(work.x), bottom + 22.0, "middle", FAINT, &work.name);
    }
    text(&mut out, f64::midpoint(LEFT, RIGHT), bottom + 44.0, "middle", FAINT, axis);

    let mut ends = Vec::new();
    for (nth, side) in sides.iter().enumerate() {
        let column = table.iter().zip(works).filter_map(|(row, work)| Some((work.x, row[nth]?)));
        let points: Vec<_> =
            column.map(|(at, s)| (x.at(at), [s.low, s.median, s.high].map(|v| y.at(v)))).collect();
        let path: Vec<_> = points.iter().map(|(x, [_, y, _])| format!("{x:.1},{y:.1}")).collect();
        let width = if side.kind == Kind::Peer { 1.5 } else { 3.0 };
        let _ = writeln!(
            out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{width}\"/>",
            path.join(" "),
            side.colour
        );
        for &(x, [low, median, high]) in &points {
            stroke(&mut out, (x, low), (x, high), side.colour, 1.0);
            dot(&mut out, x, median, side);
        }
        if let Some(&(x, [_, median, _])) = points.last() {
            ends.push((median, x, *side));
        }
    }
    // Names keep apart: each goes below the one before, and all fit.
    ends.sort_by(|(a, ..), (b, ..)| a.total_cmp(b));
    let mut free = TOP;
    for (left, (median, x, side)) in (1..=ends.len()).rev().zip(ends) {
        let room = bottom + 10.0 - LINE * left as f64;
        let at = median.min(room).max(free);
        free = at + LINE;
        stroke(&mut out, (x + 6.0, median), (RIGHT + 8.0, at), GRID, 1.0);
        text(&mut out, RIGHT + 12.0, at + 4.0, "start", side.colour, side.title);
    }
    out + "</svg>\n"
}

/// A row of dots: its name, and whose they are.
type Row = (String, Vec<(usize, Spread)>);

fn by_work(results: &Results) -> Vec<Row> {
    let row = |(work, outcomes): (&crate::work::Work, &Vec<Outcome>)| {
        let dots = spreads(outcomes).into_iter().enumerate();
        (work.name.clone(), dots.filter_map(|(nth, spread)| Some((nth, spread?))).collect())
    };
    results.group.works.iter().zip(&results.outcomes).map(row).collect()
}

fn by_side(results: &Results, sides: &[&'static Entry]) -> Vec<Row> {
    let dots = results.outcomes.iter().flat_map(|outcomes| spreads(outcomes)).enumerate();
    dots.filter_map(|(nth, s)| Some((sides[nth].title.to_owned(), vec![(nth, s?)]))).collect()
}

/// Rows of dots, with a legend where a row has several.
fn dots(results: &Results, sides: &[&'static Entry], rows: &[Row]) -> String {
    const ROW: f64 = 30.0;
    const NAMES: f64 = 215.0;
    let several = rows.iter().any(|(_, dots)| dots.len() > 1);
    let tall = (rows.len() as f64 * ROW).max(if several { sides.len() as f64 * LINE } else { 0.0 });
    let bottom = TOP + tall;
    let values = rows.iter().flat_map(|(_, dots)| dots).flat_map(|(_, s)| [s.low, s.high]);
    let x = Axis::decades(values, NAMES, RIGHT);

    let mut out = head(results.group.plot, bottom + 40.0);
    for tick in x.ticks() {
        stroke(&mut out, (x.at(tick), TOP), (x.at(tick), bottom), GRID, 1.0);
        text(&mut out, x.at(tick), bottom + 22.0, "middle", FAINT, &time(tick));
    }
    for (nth, (name, dots)) in rows.iter().enumerate() {
        let y = TOP + (nth as f64 + 0.5) * ROW;
        text(&mut out, NAMES - 12.0, y + 4.0, "end", FAINT, name);
        stroke(&mut out, (NAMES, y), (RIGHT, y), GRID, 1.0);
        // gosbrk's last, on top of the others.
        for &(nth, spread) in dots.iter().rev() {
            let side = sides[nth];
            stroke(&mut out, (x.at(spread.low), y), (x.at(spread.high), y), side.colour, 2.0);
            dot(&mut out, x.at(spread.median), y, side);
        }
    }
    if several {
        for (nth, side) in sides.iter().enumerate() {
            let y = TOP + (nth as f64 + 0.5) * LINE;
            dot(&mut out, RIGHT + 26.0, y, side);
            text(&mut out, RIGHT + 38.0, y + 4.0, "start", FAINT, side.title);
        }
    }
    out + "</svg>\n"
}

#[cfg(test)]
mod tests {
    use super::{Axis, time};

    #[test]
    fn an_axis_has_whole_decades() {
        let axis = Axis::decades([20.0, 3_000.0].into_iter(), 400.0, 0.0);
        assert_eq!(axis.ticks().collect::<Vec<_>>(), [10.0, 100.0, 1_000.0, 10_000.0]);
        assert!((axis.at(10.0) - 400.0).abs() < 1e-9);
        assert!((axis.at(10_000.0) - 0.0).abs() < 1e-9);
    }

    #[test]
    fn times_have_their_units() {
        assert_eq!([1.0, 1e4, 1e6, 1e9].map(time), ["1 ns", "10 µs", "1 ms", "1 s"]);
    }
}
