//! What a page says besides its columns: one JSON object in it.

use crate::data::{Page, Shown, Source};
use crate::segments::Segments;
use gosbrk_look::model::Kind;
use gosbrk_trace::text::WORDS;
use serde_json::{Value, json};

/// The object. `reasons` are those that steps of rows name by number, from 1.
#[must_use]
pub fn facts(page: &Page, segments: &Segments, reasons: &[String]) -> Value {
    let row = |row: &gosbrk_look::model::Row| {
        json!({
            "key": row.key, "name": row.name, "phrase": row.phrase, "go": row.go,
            "definition": row.definition, "action": row.action,
        })
    };
    let source = match page.source {
        Source::Trace => "trace",
        Source::Samples => "samples",
        Source::Moment => "moment",
    };
    let segment = |one: &crate::segments::Segment| json!([one.first, one.pages, one.tables]);
    let functions: Vec<_> = WORDS.iter().chain(&["foreign"]).collect();
    json!({
        "title": page.title,
        "facts": page.facts,
        "notes": page.notes,
        "source": source,
        "layer": page.has_layer,
        "module": page.kind == Kind::Module,
        "rows": page.kind.rows().iter().map(row).collect::<Vec<_>>(),
        "reasons": reasons,
        "peaks": {"rss": page.peaks.rss, "heap": page.peaks.heap},
        "calls": shown(&page.calls, |calls| json!({
            "functions": functions, "threads": calls.threads, "names": calls.names,
        })),
        "map": shown(&page.map, |map| json!({
            "base": map.base, "page": map.page, "unit": segments.unit,
            "segments": segments.list.iter().map(segment).collect::<Vec<_>>(),
        })),
        "growths": shown(&page.growths, |growths| growths.iter().map(|growth| json!({
            "bytes": growth.bytes, "count": growth.count, "first": growth.first,
            "function": growth.function, "own": growth.own, "place": growth.place,
        })).collect()),
        "others": shown(&page.others, |others| json!(others)),
        "space": shown(&page.space, |space| json!(space)),
        "waste": shown(&page.waste, |waste| json!({
            "high": waste.high, "most": waste.most, "lost": waste.lost, "text": waste.text, "parts": waste.parts,
        })),
        "outlook": page.outlook,
    })
}

/// What is known, or `{"unknown": "why"}`.
fn shown<T>(section: &Shown<T>, json: impl FnOnce(&T) -> Value) -> Value {
    match section {
        Ok(section) => json(section),
        Err(reason) => json!({ "unknown": reason }),
    }
}
