//! A recorded trace as a drawing for reports: SVG that browsers, LaTeX and Markdown show as
//! it is. Every figure on it is one of `gosbrk trace stat`.
//!
//! | module | what it owns |
//! |---|---|
//! | [`sheet`] | text and elements, from top to bottom |
//! | [`table`] | the rows in figures, which are the chart's legend |
//! | [`rows`] | which line of the map an address is in |
//! | [`raster`] | from rectangles to pixels |
//! | [`picture`] | the pixels of the map |
//! | [`map`] | the map with its scales |

mod map;
mod picture;
mod raster;
mod rows;
mod sheet;
mod table;

use crate::axes::{MARGIN, SIZE, Scale};
use crate::chart::Chart;
use crate::data::{Growth, Page, Point};
use gosbrk_look::model::{Kind, megabytes};
use sheet::{LINE, Sheet, cut};
use table::At;

/// Columns of the chart that are told apart: one for each place of the drawing.
const COLUMNS: u64 = 676;

/// Most places in the program that are named.
const GROWTHS: usize = 5;

/// The drawing of what [`gosbrk_trace::page::Page::of`] gives, as a file of its own.
#[must_use]
pub fn svg(from: &gosbrk_trace::page::Page) -> String {
    let page = crate::trace::page(from);
    let moments = &from.meta["stat"]["moments"];
    let kind = crate::trace::kind(&from.meta);
    let peak = At::of(moments, "peak", "at the peak", kind);
    let end = At::of(moments, "end", "at the end", kind);
    let main = peak.as_ref().or(end.as_ref());
    let sentence = main.map_or_else(String::new, |at| {
        at.moment.sentence(&format!("At {} the {}", at.when(), kind.subject()))
    });
    let mut sheet = Sheet { y: 28.0, ..Sheet::default() };
    head(&mut sheet, &page, &sentence);
    let chart = Chart::new(from).thinned(COLUMNS);
    let scale = Chart::scale(std::slice::from_ref(&chart));
    let mark = peak.as_ref().and_then(|at| Some((at, moment(&page.points, at.call?)?)));
    let marks: Vec<u64> = mark.iter().map(|(_, ns)| *ns).collect();
    over_time(&mut sheet, &chart, scale, &marks);
    if let Some((at, ns)) = mark {
        name_mark(&mut sheet, scale, ns, at);
    }
    let all: Vec<At> = peak.into_iter().chain(end).collect();
    table::table(&mut sheet, &all);
    sheet.heading("Where it is: addresses, the lowest at the bottom, over the same time");
    match &page.map {
        Ok(map) => map::map(&mut sheet, map, &page.points, scale, &marks),
        Err(why) => sheet.paragraph(why),
    }
    if let Ok(growths) = &page.growths {
        made_it_grow(&mut sheet, growths);
    }
    let description = format!(
        "{sentence} A chart of the parts of the memory over time, with the resident memory as a line; their sizes in figures; and a map of the addresses over time."
    );
    sheet.finish(&format!("The memory of {}", page.title), &description, &table::definitions())
}

/// When a call was.
fn moment(points: &[Point], call: u64) -> Option<u64> {
    points.iter().find(|point| point.number == call).map(|point| point.time)
}

fn head(sheet: &mut Sheet, page: &Page, sentence: &str) {
    sheet.line(15, "bold", &cut(&page.title, 76));
    sheet.line(11, "normal", &cut(&page.facts.join(", "), LINE));
    sheet.y += 6.0;
    sheet.paragraph(sentence);
    for note in &page.notes {
        sheet.paragraph(note);
    }
}

fn over_time(sheet: &mut Sheet, chart: &Chart, scale: Scale, marks: &[u64]) {
    sheet
        .heading("Memory over time, the parts one upon the other; what is not known takes no room");
    let top = sheet.y;
    sheet.push(&format!("<g transform=\"translate(0 {top:.1})\">\n"));
    chart.body(&mut sheet.svg, scale, marks, Some(&table::patterns()));
    sheet.push("</g>\n");
    sheet.y += SIZE.1 + 16.0;
}

/// Says above the chart what the line in it marks.
fn name_mark(sheet: &mut Sheet, scale: Scale, ns: u64, at: &At) {
    let Ok(rss) = &at.moment.rss else { return };
    let (x, y) = (scale.x(ns), sheet.y - SIZE.1 - 16.0 + MARGIN.1 - 3.0);
    let anchor = if x > SIZE.0 / 2.0 { "end" } else { "start" };
    let what = match at.moment.kind {
        Kind::Process => " resident",
        Kind::Module => "",
    };
    sheet.put((x * 10.0).round() / 10.0, y, anchor, &format!("peak: {}{what}", megabytes(*rss)));
}

fn made_it_grow(sheet: &mut Sheet, growths: &[Growth]) {
    if growths.is_empty() {
        return;
    }
    sheet.heading("Who made the heap grow");
    for growth in growths.iter().take(GROWTHS) {
        let y = sheet.y;
        let times =
            if growth.count == 1 { "once".into() } else { format!("{} times", growth.count) };
        sheet.put(MARGIN.0, y, "end", &megabytes(growth.bytes));
        sheet.put(MARGIN.0 + 60.0, y, "end", &times);
        let who = if growth.own == growth.function {
            growth.own.clone()
        } else {
            format!("{} in {}", growth.own, growth.function)
        };
        let place =
            if growth.place.is_empty() { String::new() } else { format!(", {}", growth.place) };
        let who = cut(&who, 88_usize.saturating_sub(place.chars().count()).max(20));
        sheet.put(MARGIN.0 + 72.0, y, "start", &format!("{who}{place}"));
        sheet.y += 16.0;
    }
    if let Some(rest) = growths.len().checked_sub(GROWTHS).filter(|rest| *rest > 0) {
        let bytes = growths[GROWTHS..].iter().map(|growth| growth.bytes).sum();
        let y = sheet.y;
        sheet.put(MARGIN.0, y, "end", &megabytes(bytes));
        sheet.put(MARGIN.0 + 72.0, y, "start", &format!("and {rest} more"));
        sheet.y += 16.0;
    }
}

#[cfg(test)]
mod tests;
