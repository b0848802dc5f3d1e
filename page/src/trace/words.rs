//! What the page says about a trace, from its `meta`.

use super::line::Line;
use crate::data::{Growth, Shown, Waste};
use gosbrk_look::model::{Kind, megabytes};
use serde_json::Value;
use std::collections::BTreeMap;

/// Longest heading, in characters.
const TITLE: usize = 120;

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The command line.
pub fn title(meta: &Value) -> String {
    let words = meta["stat"]["command"].as_array().map_or(&[][..], |words| words);
    let words: Vec<_> = words.iter().filter_map(Value::as_str).collect();
    let line = words.join(" ");
    match line.char_indices().nth(TITLE) {
        _ if line.is_empty() => "a program".into(),
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Whose memory it is.
pub fn kind(meta: &Value) -> Kind {
    if meta["stat"]["layout"] == "wasm" { Kind::Module } else { Kind::Process }
}

/// The release, the layout, the process, and when it began.
pub fn facts(meta: &Value) -> Vec<String> {
    let stat = &meta["stat"];
    let layout = match stat["layout"].as_str() {
        Some("samples") | None => String::new(),
        Some("c") => "the C library".into(),
        Some("wasm") => "WebAssembly".into(),
        Some(layout) => format!("on gosbrk, {layout}"),
    };
    let pid = stat["pid"].as_u64().map_or_else(String::new, |pid| format!("process {pid}"));
    let started = meta["started_ns"].as_u64().filter(|ns| *ns > 0);
    let started = started.map_or_else(String::new, |ns| date(ns / 1_000_000_000));
    // A program that still ran, was killed, or ended without telling.
    let end = if stat["end"] == "open" { "no end recorded" } else { "" };
    let all = [text(&stat["go"]), layout, pid, started, end.into()];
    all.into_iter().filter(|fact| !fact.is_empty()).collect()
}

/// A number of seconds since 1970 as a date in UTC.
pub fn date(seconds: u64) -> String {
    let (days, minutes) = (seconds / 86400, seconds % 86400 / 60);
    // Years begin in March here, so that the leap day is the last one of a year.
    let since_0 = days + 719_468;
    let era_day = since_0 % 146_097;
    let year = (era_day - era_day / 1460 + era_day / 36524 - era_day / 146_096) / 365;
    let day = era_day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (day, month) = (day - (153 * month + 2) / 5 + 1, (month + 2) % 12 + 1);
    let year = year + since_0 / 146_097 * 400 + u64::from(month < 3);
    format!("{year}-{month:02}-{day:02} {:02}:{:02} UTC", minutes / 60, minutes % 60)
}

/// What the reader must know about the file.
pub fn notes(meta: &Value) -> Vec<String> {
    let stat = &meta["stat"];
    let mut notes = Vec::new();
    if let Some(call) = stat["damaged_from_call"].as_u64() {
        notes.push(format!(
            "The file is damaged from call {call} on. The page shows what comes before."
        ));
    }
    match stat["end"].as_str() {
        Some("disk full") => {
            notes.push("The disk was full: the trace ends before the program.".into());
        }
        Some("refused") => {
            notes.push(
                "The system refused to write more: the trace ends before the program.".into(),
            );
        }
        _ => {}
    }
    if let Some(lost) = stat["lost"].as_u64().filter(|lost| *lost > 0) {
        notes.push(format!("{lost} calls are missing: they came while none could be written."));
    }
    if let Some(each) = meta["calls_per_step"].as_u64().filter(|each| *each > 1) {
        notes.push(format!(
            "1 of {each} calls is shown. `gosbrk trace view --from … --to …` shows all of a part."
        ));
    }
    notes
}

/// Who called: goroutines by their numbers, else threads by theirs.
pub fn threads(meta: &Value) -> Vec<String> {
    let threads = meta["threads"].as_array().map_or(&[][..], |threads| threads);
    let name = |thread: &Value| match (thread["goroutine"].as_u64(), thread["tid"].as_u64()) {
        (Some(number @ 1..), _) => format!("goroutine {number}"),
        (_, Some(tid @ 1..)) => format!("thread {tid}"),
        _ => String::new(),
    };
    threads.iter().map(name).collect()
}

/// What memory was asked for.
pub fn names(meta: &Value) -> Vec<String> {
    let names = meta["names"].as_array().map_or(&[][..], |names| names);
    names.iter().map(text).collect()
}

/// Who made the heap grow: by the program's own line, and the function that it called.
pub fn growths(meta: &Value, line: &Line) -> Vec<Growth> {
    let all = meta["growths"].as_array().map_or(&[][..], |growths| growths);
    let mut by_place: BTreeMap<(String, String, String), Growth> = BTreeMap::new();
    for growth in all {
        let stack = &meta["stacks"][growth["stack"].as_u64().map_or(usize::MAX, small)];
        let (own, function, place) = place(stack);
        let call = growth["call"].as_u64().unwrap_or(0);
        let one =
            by_place.entry((own.clone(), place.clone(), function.clone())).or_insert_with(|| {
                Growth { bytes: 0, count: 0, first: line.at(call), function, own, place }
            });
        one.bytes = one.bytes.saturating_add(growth["bytes"].as_u64().unwrap_or(0));
        one.count += 1;
    }
    let mut growths: Vec<_> = by_place.into_values().collect();
    growths.sort_by_key(|one| (std::cmp::Reverse(one.bytes), one.first));
    growths
}

fn small(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The program's own function on a stack, the one that it called, and where that was.
fn place(stack: &Value) -> (String, String, String) {
    let frames = stack["frames"].as_array().map_or(&[][..], |frames| frames);
    let at = stack["own"].as_u64().map_or(0, small);
    let Some(own) = frames.get(at) else {
        return (text(&stack["text"]), text(&stack["text"]), String::new());
    };
    let called = &frames[at.saturating_sub(1)];
    (text(&own["name"]), text(&called["name"]), text(&stack["place"]))
}

/// Address space by name, the most first.
pub fn space(meta: &Value) -> Vec<(String, u64)> {
    let space = meta["stat"]["address_space"].as_object();
    let mut space: Vec<_> = space
        .into_iter()
        .flatten()
        .map(|(name, bytes)| (name.clone(), bytes.as_u64().unwrap_or(0)))
        .collect();
    space.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    space
}

/// What is lost for good.
pub fn waste(meta: &Value) -> Shown<Waste> {
    let waste = &meta["stat"]["waste"];
    let of = |key: &str| waste[key].as_u64();
    let (Some(high), Some(most)) = (of("high_water"), of("most_used")) else {
        return Err("Calls are missing from the trace, so that this cannot be known.".into());
    };
    let data = of("data");
    let lost = high.saturating_sub(most.saturating_add(data.unwrap_or(0)));
    let text = data.map_or_else(
        || {
            format!(
                "The addresses reached {}. At most {} of them were handed out at once: {} were never of use. Unused at the end:",
                megabytes(high),
                megabytes(most),
                megabytes(lost)
            )
        },
        |data| {
            format!(
                "The module reached {}, and stays that large. At most {} were in use at once: {} of data, and {} handed out. {} are lost for good.",
                megabytes(high),
                megabytes(most.saturating_add(data)),
                megabytes(data),
                megabytes(most),
                megabytes(lost)
            )
        },
    );
    let all = match data {
        None => vec![
            ("rounding up to whole pages", of("slack")),
            ("free list", of("free_list")),
            ("behind the break", of("tail")),
        ],
        Some(_) => vec![
            ("skipped to align, all of it together", of("skipped")),
            ("free list at the end", of("free_list")),
            ("behind the break, or never used", of("tail")),
            ("rounding up to whole pages", of("slack")),
        ],
    };
    let parts = all.into_iter().filter_map(|(name, bytes)| Some((name.to_owned(), bytes?)));
    Ok(Waste { high, most, lost, text, parts: parts.collect() })
}
