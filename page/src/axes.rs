//! The axes of a drawing: what a place in it stands for, and round numbers along its borders.

use std::fmt::Write as _;

/// Width and height of a drawing.
pub const SIZE: (f64, f64) = (760.0, 260.0);
/// Its margins: left, top, right, bottom.
pub const MARGIN: (f64, f64, f64, f64) = (72.0, 12.0, 12.0, 34.0);

/// The colour of what explains.
pub const DIM: &str = "#59626d";
/// The colour of lines behind everything else.
pub const GRID: &str = "#d8dde3";

/// What one unit of a drawing stands for: nanoseconds across, bytes upwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// At the right border.
    pub ns: u64,
    /// At the upper border.
    pub bytes: u64,
}

impl Scale {
    /// Where a moment is, from the left.
    #[must_use]
    pub fn x(self, ns: u64) -> f64 {
        share(ns, self.ns).mul_add(SIZE.0 - MARGIN.0 - MARGIN.2, MARGIN.0)
    }

    /// Where a size is, from the top.
    #[must_use]
    pub fn y(self, bytes: u64) -> f64 {
        share(bytes, self.bytes).mul_add(-(SIZE.1 - MARGIN.1 - MARGIN.3), SIZE.1 - MARGIN.3)
    }
}

/// How much a part is of all, 1 at most.
#[expect(clippy::cast_precision_loss, reason = "a drawing has a thousand places")]
#[must_use]
pub fn share(part: u64, all: u64) -> f64 {
    (part as f64 / all as f64).min(1.0)
}

/// Round numbers from 0 up to `most`, each with its label. `units` are the sizes of units and
/// their names, the largest first; the first that `most` has one of is used.
#[must_use]
pub fn ticks(most: u64, units: &[(u64, &str)]) -> Vec<(u64, String)> {
    let step = round(most);
    let (unit, name) = units.iter().find(|unit| most >= unit.0).copied().unwrap_or((1, ""));
    let mut digits = 0;
    let mut one = unit;
    while one > 1 && step % one != 0 {
        (one, digits) = (one / 10, digits + 1);
    }
    let label = |value: u64| {
        let whole = value / unit;
        if digits == 0 {
            return format!("{whole} {name}");
        }
        format!("{whole}.{:0digits$} {name}", value % unit / one)
    };
    (0..=most / step).map(|i| (i * step, label(i * step))).collect()
}

/// Sizes of memory, as `look` and `stat` have them.
pub const SIZES: [(u64, &str); 3] = [(1_000_000, "MB"), (1000, "kB"), (1, "bytes")];
/// Times.
pub const TIMES: [(u64, &str); 4] =
    [(1_000_000_000, "s"), (1_000_000, "ms"), (1000, "µs"), (1, "ns")];

/// The smallest of 1, 2, 5, 10, 20 … that fits into `most` at most six times.
fn round(most: u64) -> u64 {
    let mut ten = 1;
    loop {
        for factor in [1, 2, 5] {
            if most / (ten * factor) <= 6 {
                return ten * factor;
            }
        }
        ten *= 10;
    }
}

/// Draws both axes and the lines behind a chart.
pub fn axes(svg: &mut String, scale: Scale) {
    let (left, right) = (MARGIN.0, SIZE.0 - MARGIN.2);
    for (bytes, label) in ticks(scale.bytes, &SIZES) {
        let (at, text) = (scale.y(bytes), left - 6.0);
        let _ = writeln!(
            svg,
            "<path d=\"M{left} {at:.1}H{right}\" stroke=\"{GRID}\" fill=\"none\"/><text x=\"{text}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"{DIM}\">{label}</text>",
            at + 4.0
        );
    }
    times(svg, scale, SIZE.1 - MARGIN.3);
}

/// Draws the axis of time below what ends at `bottom`.
pub fn times(svg: &mut String, scale: Scale, bottom: f64) {
    let right = SIZE.0 - MARGIN.2;
    for (ns, label) in ticks(scale.ns, &TIMES) {
        let (at, end, low) = (scale.x(ns), bottom + 4.0, bottom + 18.0);
        let anchor = if at > right - 16.0 { "end" } else { "middle" };
        let _ = writeln!(
            svg,
            "<path d=\"M{at:.1} {bottom:.1}V{end:.1}\" stroke=\"{DIM}\" fill=\"none\"/><text x=\"{at:.1}\" y=\"{low:.1}\" text-anchor=\"{anchor}\" fill=\"{DIM}\">{label}</text>"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_round_and_have_a_unit() {
        let labels = |most, units: &[(u64, &str)]| {
            ticks(most, units).into_iter().map(|(_, label)| label).collect::<Vec<_>>()
        };
        assert_eq!(
            labels(53_200_000, &SIZES),
            ["0 MB", "10 MB", "20 MB", "30 MB", "40 MB", "50 MB"]
        );
        assert_eq!(labels(2_100_000, &SIZES), ["0.0 MB", "0.5 MB", "1.0 MB", "1.5 MB", "2.0 MB"]);
        assert_eq!(labels(8192, &SIZES), ["0 kB", "2 kB", "4 kB", "6 kB", "8 kB"]);
        assert_eq!(labels(1_300_000_000, &TIMES)[5..], ["1.0 s", "1.2 s"]);
        assert_eq!(labels(152_000_000, &TIMES), ["0 ms", "50 ms", "100 ms", "150 ms"]);
        assert_eq!(labels(1, &TIMES), ["0 ns", "1 ns"]);
        // As far as numbers go.
        assert_eq!(ticks(u64::MAX, &SIZES).len(), 4);
    }

    #[test]
    fn what_is_beyond_the_border_is_at_the_border() {
        let scale = Scale { ns: 10, bytes: 10 };
        assert_eq!((scale.x(0), scale.x(10), scale.x(20)), (72.0, 748.0, 748.0));
        assert_eq!((scale.y(0), scale.y(10)), (226.0, 12.0));
    }
}
