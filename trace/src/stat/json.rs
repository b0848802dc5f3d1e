//! The summary for programs.

use super::{Moment, Stat};
use crate::file::{End, Trace};
use crate::growth::Group;
use gosbrk_look::model::ROWS;
use serde_json::{Map, Value, json};

/// Seconds, to the microsecond.
fn seconds(ns: Option<u64>) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "2^53 microseconds are 285 years")]
    let seconds = |ns: u64| (ns / 1000) as f64 / 1e6;
    json!(ns.map(seconds))
}

impl End {
    /// In JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exited => "exited",
            Self::Replaced => "replaced",
            Self::DiskFull => "disk full",
            Self::Refused(_) => "refused",
            Self::Open => "open",
            Self::Damaged(_) => "damaged",
        }
    }
}

impl Moment {
    /// An object: bytes, null where something is not known, and why.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut object = Map::new();
        let mut put = |key: &str, value: Value| object.insert(key.to_owned(), value);
        put("time_s", seconds(self.ns));
        put("call", json!(self.call));
        put("rss_time_s", seconds(self.rss_ns));
        let mut unknown = Map::new();
        for (row, figure) in ROWS.iter().zip(self.figures.0) {
            put(row.key, json!(figure.ok()));
            if let Err(why) = figure {
                unknown.insert(row.key.to_owned(), json!(why.text()));
            }
        }
        put("unknown", Value::Object(unknown));
        let cycles = self.cycles;
        put("collections", json!(cycles.map(|(count, _)| count)));
        put("heap_goal", json!(cycles.map(|(_, goal)| goal).filter(|goal| *goal > 0)));
        Value::Object(object)
    }
}

fn growth(group: &Group) -> Value {
    json!({
        "bytes": group.bytes,
        "count": group.count,
        "call": group.call,
        "stack": group.stack.names(),
        "own": group.stack.own,
        "place": Some(group.stack.place()).filter(|place| !place.is_empty()),
    })
}

impl Stat {
    /// An object; `docs/seeing-memory.md` says what is in it.
    #[must_use]
    pub fn json(&self, trace: &Trace) -> Value {
        let header = &trace.header;
        let mut moments = Map::new();
        moments.insert("peak".into(), json!(self.peak.as_ref().map(Moment::json)));
        moments.insert("end".into(), self.end.json());
        if let Some(at) = &self.at {
            moments.insert("at".into(), at.json());
        }
        let damaged = if let End::Damaged(call) = trace.end { Some(call) } else { None };
        json!({
            "version": 1,
            "go": Some(&header.go).filter(|go| !go.is_empty()),
            "layout": header.layout.name(),
            "pid": Some(header.pid).filter(|pid| *pid > 0),
            "command": header.command,
            "calls": trace.calls,
            "complete": trace.is_complete(),
            "end": trace.end.name(),
            "damaged_from_call": damaged,
            "lost": trace.lost,
            "moments": moments,
            "heap_growths": self.growths.groups().iter().map(growth).collect::<Vec<_>>(),
            "address_space": self.address_space,
            "waste": {
                "slack": self.waste.slack,
                "skipped": self.waste.skipped,
                "free_list": self.waste.free_list,
                "tail": self.waste.tail,
                "high_water": self.waste.high_water,
                "most_used": self.waste.most_used,
                "data": self.waste.data,
            },
        })
    }
}
