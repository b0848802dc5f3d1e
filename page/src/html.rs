//! The file as a whole.

use crate::columns::Columns;
use crate::data::{Calls, Map, Page, Step};
use crate::segments::Segments;
use crate::{base64, facts, free, parts, segments};
use gosbrk_look::model::ROWS;
use sha2::{Digest as _, Sha256};

/// The page as one HTML file, which needs nothing besides and reaches no network.
///
/// # Panics
/// When `page` has no point, or a row without a step at point 0.
#[must_use]
pub fn html(page: &Page) -> String {
    assert!(!page.points.is_empty(), "a page shows at least one moment");
    let mut columns = Columns::default();
    columns.ascending("time", page.points.iter().map(|point| point.time));
    columns.ascending("number", page.points.iter().map(|point| point.number));
    let reasons = rows(page, &mut columns);
    if let Ok(all) = &page.calls {
        calls(all, &mut columns);
    }
    let segments = match &page.map {
        Ok(all) => map(all, page.calls.as_ref().ok(), &mut columns),
        Err(_) => Segments { unit: 1, list: Vec::new() },
    };
    let facts = facts::facts(page, &segments, &reasons);
    let (style, script) = (parts::style(), parts::script());
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(&style),
        hash(&script)
    );
    let parts = [
        ("POLICY", policy.as_str()),
        ("TITLE", &escaped(&page.title)),
        ("STYLE", &style),
        ("SCRIPT", &script),
        // No text in it can end the element.
        ("FACTS", &facts.to_string().replace('<', "\\u003c")),
        ("COLUMNS", &columns.html()),
    ];
    filled(parts::FRAME, &parts)
}

/// The steps of all rows; gives the reasons that they name.
fn rows(page: &Page, columns: &mut Columns) -> Vec<String> {
    let mut reasons: Vec<String> = Vec::new();
    for (row, steps) in ROWS.iter().zip(&page.rows) {
        assert!(
            steps.first().is_some_and(|step| step.point == 0),
            "row {} has no value at the first moment",
            row.key
        );
        let mut why = |step: &Step| {
            let Err(reason) = &step.value else { return 0 };
            let known = reasons.iter().position(|one| one == reason);
            let index = known.unwrap_or_else(|| {
                reasons.push(reason.to_string());
                reasons.len() - 1
            });
            index as u64 + 1
        };
        let whys: Vec<u64> = steps.iter().map(&mut why).collect();
        let key = row.key;
        columns.ascending(&format!("{key}.at"), steps.iter().map(|step| u64::from(step.point)));
        columns.ascending(
            &format!("{key}.bytes"),
            steps.iter().map(|step| *step.value.as_ref().unwrap_or(&0)),
        );
        columns.plain(&format!("{key}.why"), whys);
    }
    reasons
}

fn calls(calls: &Calls, columns: &mut Columns) {
    let list = || calls.list.iter();
    columns.plain("call.function", list().map(|call| u64::from(call.function)));
    columns.plain("call.error", list().map(|call| u64::from(call.error)));
    columns.plain("call.thread", list().map(|call| u64::from(call.thread)));
    columns.plain("call.name", list().map(|call| u64::from(call.name)));
    columns.ascending("call.address", list().map(|call| call.address));
    columns.plain("call.bytes", list().map(|call| call.bytes));
}

/// The paints. Most have the range of their call: those leave it out.
fn map(map: &Map, calls: Option<&Calls>, columns: &mut Columns) -> Segments {
    let segments = segments::segments(map);
    let calls: &[_] = calls.map_or(&[], |calls| &calls.list);
    let own = |paint: &crate::data::Paint| {
        calls.get(paint.point as usize).is_some_and(|call| {
            call.address == paint.address
                && call.bytes.checked_next_multiple_of(map.page) == Some(paint.bytes)
        })
    };
    let all = || map.paints.iter();
    let apart = || map.paints.iter().filter(|paint| !own(paint));
    columns.ascending("paint.point", all().map(|paint| u64::from(paint.point)));
    columns.plain("paint.state", all().map(|paint| paint.state as u64));
    columns.plain("paint.own", all().map(|paint| u64::from(own(paint))));
    columns.plain("paint.name", all().map(|paint| u64::from(paint.name)));
    columns.ascending("paint.address", apart().map(|paint| paint.address));
    columns.plain("paint.bytes", apart().map(|paint| paint.bytes));
    let events = free::events(&map.paints);
    columns.ascending("free.point", events.iter().map(|event| u64::from(event.point)));
    columns.ascending("free.address", events.iter().map(|event| event.address));
    columns.plain("free.bytes", events.iter().map(|event| event.bytes));
    columns.plain("free.comes", events.iter().map(|event| u64::from(event.comes)));
    segments
}

/// The frame with each `{{NAME}}` replaced by its part. Parts are not looked at again.
fn filled(frame: &str, parts: &[(&str, &str)]) -> String {
    let mut html =
        String::with_capacity(frame.len() + parts.iter().map(|part| part.1.len()).sum::<usize>());
    let mut rest = frame;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, behind) = after.split_once("}}").expect("the frame closes what it opens");
        let part = parts.iter().find(|part| part.0 == name).expect("the frame names a part");
        html.push_str(before);
        html.push_str(part.1);
        rest = behind;
    }
    html.push_str(rest);
    html
}

pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// What a content security policy names a script by.
pub(crate) fn hash(text: &str) -> String {
    base64::text(&Sha256::digest(text))
}
