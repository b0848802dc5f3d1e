//! A timeline in the JSON format that Perfetto and Chromium's tracing read: a counter for
//! each row, and an instant for each growth of the heap.

use super::{Told, walk};
use crate::file::Trace;
use serde_json::{Value, json};
use std::io::{self, Write};

/// Microseconds, which the format has, to the nanosecond.
fn micros(ns: u64) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "2^53 ns are a hundred days")]
    let micros = ns as f64 / 1000.0;
    json!(micros)
}

/// Writes the timeline. `progress` hears how many calls were read, now and then. Moments
/// without a time are left out: the format has none.
///
/// # Errors
/// The file cannot be read, or nobody takes what is written.
pub fn perfetto(trace: &Trace, to: &mut dyn Write, progress: impl FnMut(u64)) -> io::Result<()> {
    let header = &trace.header;
    let pid = header.pid;
    let name = header.command.join(" ");
    let first = json!({ "name": "process_name", "ph": "M", "pid": pid, "args": { "name": name } });
    write!(to, "{{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n{first}")?;
    let mut last = [None; 10];
    walk(trace, progress, |told| match told {
        Told::Rows(moment) => {
            let Some(ns) = moment.ns else { return Ok(()) };
            for ((row, figure), last) in
                header.layout.kind().rows().iter().zip(moment.figures.0).zip(&mut last)
            {
                let Some(size) = figure.ok().filter(|size| *last != Some(*size)) else { continue };
                *last = Some(size);
                let event = json!({
                    "name": row.name, "ph": "C", "ts": micros(ns), "pid": pid,
                    "args": { "bytes": size },
                });
                write!(to, ",\n{event}")?;
            }
            Ok(())
        }
        Told::Growth(growths, call) => {
            let growth = growths.all.last().zip(trace.clock.ns(call.ticks));
            let Some((growth, ns)) = growth else { return Ok(()) };
            let stack = &growths.stacks[growth.stack];
            let tid = match trace.definitions.thread(call.thread).tid {
                0 => pid,
                tid => tid,
            };
            let event = json!({
                "name": format!("heap grew: {}", stack.sentence()), "cat": "heap",
                "ph": "i", "s": "t", "ts": micros(ns), "pid": pid, "tid": tid,
                "args": { "bytes": growth.bytes, "call": growth.call, "stack": stack.names().join("\n") },
            });
            write!(to, ",\n{event}")
        }
    })?;
    writeln!(to, "\n]}}")
}
