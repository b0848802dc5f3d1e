//! All of a page that is no column.

use super::steps::{Steps, has_pages};
use crate::definitions::Thread;
use crate::figures::Why;
use crate::file::Trace;
use crate::growth::{Growths, Stack};
use crate::stat::Stat;
use crate::text::{ERRORS, WORDS};
use serde_json::{Value, json};

fn stack(stack: &Stack) -> Value {
    let frame = |frame: &crate::definitions::Frame| json!({ "name": frame.name, "file": frame.file, "line": frame.line });
    json!({
        "frames": stack.frames.iter().map(frame).collect::<Vec<_>>(),
        "own": stack.own,
        "text": stack.sentence(),
        "place": stack.place(),
    })
}

/// The object that [`super::Page::of`] describes.
pub fn of(
    trace: &Trace,
    stat: &Stat,
    steps: &mut Steps,
    growths: &Growths,
    first: u64,
    calls: u64,
) -> Value {
    let header = &trace.header;
    let (begin, ..) = crate::memory::Memory::new(header).segment();
    let growth = |one: &crate::growth::Growth| {
        let step = steps.calls.partition_point(|call| *call < one.call);
        json!({ "call": one.call, "step": step, "bytes": one.bytes, "stack": one.stack })
    };
    let all: Vec<_> = growths.all.iter().map(growth).collect();
    let row = |row: &gosbrk_look::model::Row| {
        json!({
            "key": row.key, "name": row.name, "phrase": row.phrase, "go": row.go,
            "definition": row.definition, "action": row.action,
        })
    };
    let thread = |one: &Thread| json!({ "tid": one.tid, "goroutine": one.goroutine });
    let heap = steps.heap(trace);
    let ends = steps.span();
    json!({
        "stat": stat.json(trace),
        "calls": calls,
        "first": first,
        "calls_per_step": steps.each(),
        "from_ns": ends.0,
        "to_ns": ends.1,
        "has_pages": has_pages(header.layout),
        "started_ns": header.wall_ns,
        "start": begin,
        "base": header.base,
        "page": header.page(),
        "heap_page": header.heap_page,
        "chunk_pages": header.chunk.checked_div(header.heap_page).unwrap_or(0),
        "kinds": WORDS,
        "errors": ERRORS,
        "states": ["free", "reserved", "prepared", "ready", "given back", "not the layer's"],
        "why": Why::ALL.map(Why::text),
        "rows": header.layout.kind().rows().iter().map(row).collect::<Vec<_>>(),
        "names": steps.names,
        "heap": heap,
        "threads": steps.threads.iter().map(thread).collect::<Vec<_>>(),
        "stacks": growths.stacks.iter().map(stack).collect::<Vec<_>>(),
        "growths": all,
    })
}
