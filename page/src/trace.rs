//! The page of a recorded trace.
//!
//! | module | what it owns |
//! |---|---|
//! | [`table`] | the columns that a trace comes in |
//! | [`line`] | calls and rows on one line of points |
//! | [`painter`] | ranges, and what they are at the moment |
//! | [`changes`] | what changes them: calls and the break |
//! | [`bitmaps`] | which pages of the heap are in use |
//! | [`paint`] | where the memory is: all of these together |
//! | [`words`] | what the page says about the trace |

mod bitmaps;
mod changes;
mod line;
mod paint;
mod painter;
mod table;
mod words;

use crate::data::{Call, Calls, Map, Page, Peaks, Shown, Source, Step};
use line::Line;
use table::Table;
pub(crate) use words::kind;

/// Why a trace does not know something.
const SAMPLES: &str = "The program was looked at from outside, which shows no calls: `gosbrk trace record` records them from the start of a program.";
const OTHERS: &str = "A trace does not say which mappings these are.";

/// Makes the page of what [`gosbrk_trace::page::Page::of`] gives. Every figure is one of
/// those: none is computed here.
#[must_use]
pub fn page(from: &gosbrk_trace::page::Page) -> Page {
    let table = Table(from);
    let meta = &from.meta;
    let line = Line::of(&table);
    let rows = rows(&table, &line);
    let peaks = Peaks { rss: highest(&rows, &[9]), heap: highest(&rows, &[0, 1, 2, 3]) };
    let has_calls = meta["has_pages"] != false;
    let only = |known: bool| if known { Ok(()) } else { Err(SAMPLES.into()) };
    let section: Shown<()> = only(has_calls);
    Page {
        title: words::title(meta),
        facts: words::facts(meta),
        notes: words::notes(meta),
        source: if has_calls { Source::Trace } else { Source::Samples },
        has_layer: has_calls,
        kind: words::kind(meta),
        rows,
        peaks,
        calls: section.clone().map(|()| calls(&table, &line)),
        others: Err(OTHERS.into()),
        map: section.clone().map(|()| Map {
            page: meta["page"].as_u64().unwrap_or(4096),
            base: meta["base"].as_u64().unwrap_or(0),
            paints: paint::paints(&table, &line),
        }),
        growths: section.clone().map(|()| words::growths(meta, &line)),
        space: section.clone().map(|()| words::space(meta)),
        waste: section.and_then(|()| words::waste(meta)),
        outlook: Vec::new(),
        points: line.points,
    }
}

/// Where each row changes.
fn rows(table: &Table, line: &Line) -> [Vec<Step>; 10] {
    let why = |number: u64| {
        let text = &table.0.meta["why"][usize::try_from(number).unwrap_or(0).wrapping_sub(1)];
        text.as_str().unwrap_or("not known").to_owned()
    };
    std::array::from_fn(|i| {
        let key = gosbrk_look::model::ROWS[i].key;
        let bytes = table.words("row", key);
        let whys = table.words("row", &format!("{key}_why"));
        let mut steps: Vec<Step> = Vec::new();
        for (row, &point) in line.rows.iter().enumerate() {
            let value = if whys[row] == 0 { Ok(bytes[row]) } else { Err(why(whys[row]).into()) };
            if steps.last().is_some_and(|last| last.point == point) {
                steps.pop();
            }
            if steps.last().is_none_or(|last| last.value != value) {
                steps.push(Step { point, value });
            }
        }
        if steps.first().is_none_or(|first| first.point > 0) {
            let value = Err("this was not measured yet".into());
            steps.insert(0, Step { point: 0, value });
        }
        steps
    })
}

/// The first point with the highest sum of some rows, all of them known.
fn highest(rows: &[Vec<Step>; 10], which: &[usize]) -> Option<u32> {
    let mut points: Vec<u32> =
        which.iter().flat_map(|&row| rows[row].iter().map(|step| step.point)).collect();
    points.sort_unstable();
    points.dedup();
    let mut at = vec![0; which.len()];
    let mut best: Option<(u64, u32)> = None;
    for point in points {
        let mut sum = Some(0_u64);
        for (at, &row) in at.iter_mut().zip(which) {
            let steps = &rows[row];
            while steps.get(*at + 1).is_some_and(|next| next.point <= point) {
                *at += 1;
            }
            sum = sum.zip(steps[*at].value.as_ref().ok()).and_then(|(a, b)| a.checked_add(*b));
        }
        if let Some(sum) = sum.filter(|sum| best.is_none_or(|(most, _)| *sum > most)) {
            best = Some((sum, point));
        }
    }
    best.map(|(_, point)| point)
}

fn calls(table: &Table, line: &Line) -> Calls {
    let of = |name: &str| table.words("step", name);
    let (kinds, errors, threads) = (of("kind"), of("error"), of("thread"));
    let (names, addresses, sizes) = (of("name"), of("addr"), of("size"));
    let call = |&step: &usize| Call {
        function: u8::try_from(kinds[step]).unwrap_or(0),
        error: u8::try_from(errors[step]).unwrap_or(u8::MAX),
        thread: u32::try_from(threads[step]).unwrap_or(0),
        name: u16::try_from(names[step]).unwrap_or(0),
        address: addresses[step],
        bytes: sizes[step],
    };
    Calls {
        list: line.call_of.iter().map(call).collect(),
        threads: words::threads(&table.0.meta),
        names: words::names(&table.0.meta),
    }
}

#[cfg(test)]
mod tests;
