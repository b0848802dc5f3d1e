//! A moment for programs: one object on one line.

use gosbrk_look::cgroup;
use gosbrk_look::find::Module;
use gosbrk_look::snapshot::{Snapshot, Target};
use gosbrk_look::space::{self, Space};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// The object of a process in a line. `since` is how long it has been watched.
pub fn line(target: &Target, snapshot: &Snapshot, since: Option<Duration>) -> String {
    format!("{}\n", Value::Object(object(target, snapshot, since)))
}

/// As [`line`], to have more put into it.
pub fn object(target: &Target, snapshot: &Snapshot, since: Option<Duration>) -> Map<String, Value> {
    let mut object = Map::new();
    let mut put = |key: &str, value: Value| object.insert(key.to_owned(), value);
    let program = &target.modules[0];
    put("version", json!(1));
    put("pid", json!(target.process.pid));
    put("name", json!(target.name));
    put("command", json!(target.process.arguments()));
    put("go", json!(program.go));
    put("layout", json!(program.layout));
    let mut unknown = Map::new();
    for (row, known) in snapshot.moment.rows() {
        put(row.key, json!(known.as_ref().ok()));
        if let Err(reason) = known {
            unknown.insert(row.key.to_owned(), json!(reason));
        }
    }
    let space = space::space(&target.process);
    put("address_space", address_space(space, &mut unknown));
    put("unknown", Value::Object(unknown));
    put("runtimes", runtimes(target, snapshot));
    let others = &snapshot.others;
    put(
        "other_parts",
        if snapshot.moment.other.is_ok() {
            json!({
                "c_heap": others.c_heap, "anonymous": others.anonymous, "files": others.files,
                "shared": others.shared, "kernel": others.kernel, "huge_pages": snapshot.huge_pages(),
            })
        } else {
            Value::Null
        },
    );
    put("uncertain", json!(snapshot.uncertain));
    put("swap", json!(snapshot.swap));
    let limit = cgroup::limit(&target.process);
    put(
        "cgroup",
        limit.map_or(Value::Null, |limit| json!({"current": limit.current, "max": limit.max})),
    );
    if let Some(since) = since {
        put("time_s", json!(seconds(since)));
    }
    object
}

/// Its address space; the reason for what is not known is put into `unknown`. Where there is
/// no limit, `max` is null without a reason.
fn address_space(space: Space, unknown: &mut Map<String, Value>) -> Value {
    let known =
        [("current", space.current.map(Some)), ("peak", space.peak.map(Some)), ("max", space.max)];
    let mut object = Map::new();
    for (key, known) in known {
        if let Err(reason) = &known {
            unknown.insert(format!("address_space.{key}"), json!(reason));
        }
        object.insert(key.to_owned(), json!(known.ok().flatten()));
    }
    Value::Object(object)
}

/// To the millisecond.
pub fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1000.0).round() / 1000.0
}

fn runtimes(target: &Target, snapshot: &Snapshot) -> Value {
    let one = |(module, reading): (&Module, &Result<gosbrk_look::counters::Reading, _>)| {
        let counters = reading.as_ref().ok().map(|reading| reading.counters);
        let goals = reading.as_ref().ok().map(|reading| reading.goals);
        let source = module.place.as_ref().ok().map(|(_, source)| source.name());
        json!({
            "file": module.name,
            "go": module.go,
            "layout": module.layout,
            "source": source,
            "held": counters.map(|one| one.heap_live),
            "gaps": counters.and_then(|one| one.heap_in_use.checked_sub(one.heap_live)),
            "kept": counters.map(|one| one.heap_free),
            "stacks": counters.map(|one| one.stacks.saturating_add(one.work_buffers)),
            "tables": counters.map(|one| one.tables),
            "released": counters.map(|one| one.heap_released),
            "heap_goal": goals.map(|goals| goals.heap_goal),
            "gc_percent": goals.map(|goals| goals.gc_percent),
            "memory_limit": goals.map(|goals| goals.memory_limit).filter(|limit| *limit != i64::MAX),
            "collections": goals.map(|goals| goals.collections),
            "steady": reading.as_ref().ok().map(|reading| reading.steady),
        })
    };
    target.modules.iter().zip(&snapshot.readings).map(one).collect()
}

#[cfg(test)]
mod tests;
