//! The map: addresses by time, coloured by state, with the scale of the addresses and what
//! is cut out of them.

use super::picture::{Picture, STATES, picture};
use super::rows::Rows;
use super::sheet::Sheet;
use crate::axes::{DIM, MARGIN, SIZE, SIZES, Scale, share, ticks, times};
use crate::data::{Map, Point};
use crate::png::Pixels;
use crate::segments::segments;
use gosbrk_look::model::megabytes;

/// The heights of the heap and of the tables' band, and what is between them.
const HEAP: f64 = 300.0;
const BAND: f64 = 34.0;
const GAP: f64 = 8.0;

/// Pixels of the pictures: their width and both heights. Two for each place of the drawing are
/// sharp on paper too; one is enough where the file becomes large.
const PIXELS: [(usize, usize, usize); 2] = [(1352, 600, 68), (676, 300, 34)];

/// Most bytes of the pictures, as text.
const MOST: usize = 300_000;

/// Draws the map with its legend.
pub fn map(sheet: &mut Sheet, map: &Map, points: &[Point], scale: Scale, marks: &[u64]) {
    let segments = segments(map);
    let rows = Rows::new(&segments);
    let draw = |pixels| picture(map, (points, scale.ns), (&rows, segments.unit), pixels);
    let fine = draw(PIXELS[0]);
    let is_large = [&fine.heap, &fine.tables]
        .into_iter()
        .flatten()
        .map(|one| one.address().len())
        .sum::<usize>()
        > MOST;
    let Picture { heap, tables, seen } = if is_large { draw(PIXELS[1]) } else { fine };
    let top = sheet.y;
    let mut bottom = top;
    if let Some(pixels) = &heap {
        bottom = top + HEAP;
        image(sheet, pixels, (top, HEAP), "the heap: addresses by time, coloured by state");
        addresses(sheet, &rows, segments.unit, top);
    }
    if let Some(pixels) = &tables {
        bottom += if heap.is_some() { GAP } else { 0.0 };
        image(sheet, pixels, (bottom, BAND), "the runtime's tables: addresses by time");
        sheet.put(MARGIN.0 - 6.0, bottom + BAND / 2.0 + 4.0, "end", "tables");
        bottom += BAND;
    }
    for mark in marks {
        let x = scale.x(*mark);
        sheet.push(&format!(
            "<path d=\"M{x:.1} {top:.1}V{bottom:.1}\" stroke=\"#c1121f\" stroke-dasharray=\"4 3\" fill=\"none\"/>\n"
        ));
    }
    times(&mut sheet.svg, scale, bottom);
    sheet.y = bottom + 40.0;
    legend(sheet, &seen);
}

fn image(sheet: &mut Sheet, pixels: &Pixels, (top, height): (f64, f64), what: &str) {
    let (left, width, address) = (MARGIN.0, SIZE.0 - MARGIN.0 - MARGIN.2, pixels.address());
    // A reader of SVG 1.1 knows the address by its old name alone.
    sheet.push(&format!(
        "<image x=\"{left}\" y=\"{top:.1}\" width=\"{width}\" height=\"{height}\" preserveAspectRatio=\"none\" xlink:href=\"{address}\"><title>{what}</title></image>\n<rect x=\"{left}\" y=\"{top:.1}\" width=\"{width}\" height=\"{height}\" fill=\"none\" stroke=\"{DIM}\" stroke-width=\"0.5\"/>\n"
    ));
}

/// How much of the heap is below a height, and what was cut out.
fn addresses(sheet: &mut Sheet, rows: &Rows, unit: u64, top: f64) {
    let place = |row: u64| share(row, rows.heap).mul_add(-HEAP, top + HEAP);
    let shown = rows.heap.saturating_mul(unit);
    for (bytes, label) in ticks(shown, &SIZES) {
        let at = share(bytes, shown).mul_add(-HEAP, top + HEAP);
        let left = MARGIN.0;
        sheet.push(&format!(
            "<path d=\"M{left} {at:.1}H{}\" stroke=\"{DIM}\" fill=\"none\"/>\n",
            left - 4.0
        ));
        sheet.put(left - 6.0, at + 4.0, "end", &label);
    }
    let heap: Vec<_> = rows.all.iter().filter(|one| !one.segment.tables).collect();
    let mut last = top + HEAP;
    for two in heap.windows(2) {
        let (below, above) = (two[0], two[1]);
        let at = place(above.row);
        let (left, right) = (MARGIN.0, SIZE.0 - MARGIN.2);
        sheet.push(&format!(
            "<path d=\"M{left} {at:.1}H{right}\" stroke=\"#ffffff\" stroke-width=\"3\" fill=\"none\"/><path d=\"M{left} {at:.1}H{right}\" stroke=\"{DIM}\" stroke-dasharray=\"3 3\" fill=\"none\"/>\n"
        ));
        let cut = above.segment.first - below.segment.first - below.segment.pages;
        let label = format!("{} never used, not shown", megabytes(cut.saturating_mul(unit)));
        // Cuts that lie close together share the lowest one's label.
        if last - at >= 16.0 && at - top >= 14.0 {
            sheet.label(right - 4.0, at - 4.0, &label);
            last = at;
        }
    }
}

fn legend(sheet: &mut Sheet, seen: &std::collections::BTreeSet<crate::data::State>) {
    let mut x = MARGIN.0;
    for (_, [red, green, blue], name) in STATES.iter().filter(|one| seen.contains(&one.0)) {
        // As wide as a wide font makes it.
        let width = 24.0 + 7.0 * count(name);
        if x + width > SIZE.0 {
            x = MARGIN.0;
            sheet.y += 16.0;
        }
        sheet.swatch(x, &format!("#{red:02x}{green:02x}{blue:02x}"));
        let y = sheet.y;
        sheet.put(x + 16.0, y, "start", name);
        x += width;
    }
    sheet.y += 16.0;
}

fn count(text: &str) -> f64 {
    text.chars().fold(0.0, |count, _| count + 1.0)
}
