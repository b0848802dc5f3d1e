//! Lines, where there is no terminal.

use super::entry::{Entry, change, size};
use super::file::OneFile;
use super::order::Sort;
use super::process::One;
use super::recording::{Growth, Told};
use super::worker::after;
use super::{Subject, Top, seconds};
use crate::look::{json as look, print, refused, tell};
use crate::rows::short;
use gosbrk_look::change::Change;
use gosbrk_look::model::{ROWS, megabytes};
use gosbrk_look::programs::{Program, Programs};
use gosbrk_look::trouble::Kind;
use gosbrk_trace::follow::Follow;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Writes lines until there is nothing more to say, or nobody reads them. Gives the exit status.
pub fn run(subject: Subject, top: &Top) -> u8 {
    match subject {
        Subject::All => all(top),
        Subject::One(one) => one_program(*one, top),
        Subject::File(file) => one_file(*file, top),
    }
}

/// Calls `look` again and again, with the time since the first time, until it gives a status.
fn again(every: Duration, mut look: impl FnMut(Duration, bool) -> Option<u8>) -> u8 {
    let first = Instant::now();
    let mut is_first = true;
    loop {
        let start = Instant::now();
        if let Some(status) = look(start - first, is_first) {
            return status;
        }
        is_first = false;
        sleep(after(start, Instant::now(), every).saturating_duration_since(Instant::now()));
    }
}

fn all(top: &Top) -> u8 {
    let mut programs = Programs::default();
    again(top.every, |since, is_first| {
        programs.read();
        let text = if top.json {
            objects(&programs, top.sort, since)
        } else {
            table(&programs, top.sort, since, is_first)
        };
        if !print(&text) {
            return Some(0);
        }
        if let Some(line) = refused::summary(&programs).filter(|_| is_first) {
            eprintln!("gosbrk: {line}");
        }
        None
    })
}

fn sorted(programs: &Programs, sort: Sort) -> Vec<Entry> {
    let mut entries: Vec<_> = programs.all().map(Entry::of).collect();
    sort.sort(&mut entries);
    entries
}

fn table(programs: &Programs, sort: Sort, since: Duration, is_first: bool) -> String {
    let mut text = String::new();
    if is_first {
        let _ = writeln!(
            text,
            "{:>9} {:>8} {:>12} {:>12} {:>12} {:>12}  {:10} {:9} command",
            "time", "pid", "RSS", "change", "held", "kept free", "Go", "layout"
        );
    }
    let time = format!("{:.1} s", since.as_secs_f64());
    for entry in sorted(programs, sort) {
        let moment = &entry.moment;
        let _ = writeln!(
            text,
            "{time:>9} {:>8} {:>12} {:>12} {:>12} {:>12}  {:10} {:9} {}",
            entry.pid,
            size(&moment.rss),
            entry.change(),
            size(&moment.held),
            size(&moment.kept),
            entry.go.as_deref().unwrap_or("not known"),
            entry.layout.unwrap_or("not known"),
            entry.command
        );
    }
    text
}

fn objects(programs: &Programs, sort: Sort, since: Duration) -> String {
    let by_pid: HashMap<i32, &Program> =
        programs.all().map(|program| (program.target.process.pid, program)).collect();
    let line = |entry: Entry| {
        let program = by_pid.get(&entry.pid)?;
        Some(format!("{}\n", Value::Object(object(program, since))))
    };
    sorted(programs, sort).into_iter().filter_map(line).collect()
}

/// What `gosbrk look` says of it, and what has changed.
fn object(program: &Program, since: Duration) -> Map<String, Value> {
    let mut object = look::object(&program.target, &program.snapshot, Some(since));
    object.insert("change".into(), changes(program.change.as_ref()));
    object
}

fn changes(change: Option<&Change>) -> Value {
    let Some(change) = change else { return Value::Null };
    let mut object = Map::new();
    object.insert("over_s".into(), json!(look::seconds(change.over)));
    for (row, bytes) in ROWS.iter().zip(change.rows) {
        let bytes = bytes.and_then(|bytes| i64::try_from(bytes).ok());
        object.insert(row.key.into(), json!(bytes));
    }
    Value::Object(object)
}

fn one_program(mut one: One, top: &Top) -> u8 {
    let mut grown = Grown::default();
    again(top.every, |since, is_first| {
        if !is_first {
            one.read();
        }
        one.follow();
        if let Some(trouble) = &one.ended {
            let last = one.trace().filter(|_| !top.json).map(|trace| grown.text(trace, is_first));
            print(&last.unwrap_or_default());
            return Some(if trouble.kind == Kind::Gone { 0 } else { tell(trouble) });
        }
        let program = &one.program;
        let text = if top.json {
            let mut object = object(program, since);
            let list = one.trace().map_or(Value::Null, |trace| grown.json(trace));
            object.insert("heap_growths".into(), list);
            format!("{}\n", Value::Object(object))
        } else {
            let moment = short(&program.snapshot.moment, program.target.on_gosbrk());
            let last = one.trace().map(|trace| grown.text(trace, is_first));
            line(since, &moment, program.change.as_ref()) + &last.unwrap_or_default()
        };
        (!print(&text)).then_some(0)
    })
}

fn one_file(mut file: OneFile, top: &Top) -> u8 {
    let mut grown = Grown::default();
    again(top.every, |since, is_first| {
        if !is_first {
            file.read();
        }
        let trace = &file.follow;
        let text = if top.json {
            let mut object = file.moment.json();
            object["pid"] = json!(trace.trace().header.pid);
            object["change"] = changes(file.change.as_ref());
            object["heap_growths"] = grown.json(trace);
            format!("{object}\n")
        } else {
            let moment = short(&file.now(), file.has_layer());
            line(since, &moment, file.change.as_ref()) + &grown.text(trace, is_first)
        };
        (!print(&text) || file.ended().is_some()).then_some(0)
    })
}

fn line(since: Duration, moment: &str, over: Option<&Change>) -> String {
    let change = change(over, Change::rss);
    format!("{:.1} s  change {change}  {moment}\n", since.as_secs_f64())
}

/// The growths of a trace since the last line.
#[derive(Default)]
struct Grown(Told);

impl Grown {
    fn json(&mut self, trace: &Follow) -> Value {
        let one = |growth: Growth| {
            let ns = growth.ns.map(Duration::from_nanos).map(look::seconds);
            json!({"time_s": ns, "bytes": growth.bytes, "stack": growth.stack})
        };
        self.0.rest(trace).into_iter().map(one).collect()
    }

    /// A line for each; for those that were there at the first look, one for all.
    fn text(&mut self, trace: &Follow, is_first: bool) -> String {
        if is_first {
            let (count, bytes) = self.0.skip(trace);
            let size = megabytes(bytes);
            return match count {
                0 => String::new(),
                1 => format!("    heap +{size} by 1 growth before\n"),
                _ => format!("    heap +{size} by {count} growths before\n"),
            };
        }
        self.0.rest(trace).iter().fold(String::new(), |mut text, growth| {
            let when = growth.ns.map_or_else(|| "not known".into(), seconds);
            let size = megabytes(growth.bytes);
            let _ = writeln!(text, "    heap +{size} at {when} of the recording: {}", growth.who);
            text
        })
    }
}
