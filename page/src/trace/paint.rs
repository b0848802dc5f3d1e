//! Where the memory is: from the states of a trace and the runtime's bitmaps to changes of
//! address ranges.

use super::bitmaps::Bitmaps;
use super::changes::{Breaks, Changes, Steps};
use super::line::Line;
use super::painter::{Painter, index};
use super::table::Table;
use crate::data::Paint;

/// All changes, in order.
pub fn paints(table: &Table, line: &Line) -> Vec<Paint> {
    let meta = &table.0.meta;
    let word = |key: &str| meta[key].as_u64().unwrap_or(0);
    let has_bitmaps = !table.words("bitmap", "addr").is_empty();
    let mut painter = Painter::new(index(word("heap")), has_bitmaps, word("start"));
    let steps = Steps::of(table);
    let mut breaks = Breaks::of(table);
    let mut changes = Changes::of(table, "change");
    let mut bitmaps = Bitmaps::of(table);
    // What was there before the first call that is shown. Its break comes first in the list.
    let before = Changes::of(table, "initial");
    if !before.is_empty() {
        breaks.one(0, &mut painter);
        before.all(&mut painter);
    }
    for (step, &point) in line.steps.iter().enumerate() {
        let end = breaks.up(step as u64, point, &mut painter);
        steps.call(step, point, &mut painter);
        changes.step(step as u64, point, &mut painter);
        painter.shrink(point, end);
        bitmaps.up_to(steps.number(step), point, &mut painter);
    }
    painter.done()
}
