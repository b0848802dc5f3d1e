//! Whether memory will come back, from the runtime's own goals and nothing else.

use crate::model::{Counters, megabytes};

/// What one runtime aims at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Goals {
    /// GOGC; below zero where it is off.
    pub gc_percent: i32,
    /// GOMEMLIMIT in bytes; `i64::MAX` without one.
    pub memory_limit: i64,
    /// What the heap may grow to before the next collection ends, by GOGC.
    pub heap_goal: u64,
    /// What the runtime means to keep of the heap, by GOGC.
    pub retain: Retain,
    /// How many collections there were.
    pub collections: u32,
    /// How long ago the last one was, in seconds.
    pub last_collection: Option<u64>,
}

/// What the runtime means to keep of the heap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Retain {
    /// It cannot be read.
    #[default]
    Unknown,
    /// All that it has, until the next collection decides anew.
    All,
    /// No more than these bytes.
    Bytes(u64),
}

/// "Will it come back?", a line for each thing that the fields say.
#[must_use]
pub fn lines(counters: &Counters, goals: &Goals) -> Vec<String> {
    let mut lines = vec![kept(counters, goals), collection(counters, goals)];
    if goals.memory_limit != i64::MAX {
        lines.push(limit(counters, goals));
    }
    lines.push(format!(
        "{} of the heap's addresses were given back to the kernel already, or never used.",
        megabytes(counters.heap_released)
    ));
    lines
}

fn kept(counters: &Counters, goals: &Goals) -> String {
    let kept = megabytes(counters.heap_free);
    let retained = counters.heap_in_use.saturating_add(counters.heap_free);
    match goals.retain {
        _ if goals.collections == 0 => {
            format!("The {kept} kept free stay: nothing is given back before the first collection.")
        }
        Retain::Unknown => format!(
            "Whether the {kept} kept free come back is not known: only the symbol table tells where the goal is."
        ),
        Retain::Bytes(goal) if retained > goal => format!(
            "Of the {kept} kept free the runtime gives {} back, slowly, in the background: it aims at {} of heap.",
            megabytes((retained - goal).min(counters.heap_free)),
            megabytes(goal)
        ),
        Retain::All | Retain::Bytes(_) => {
            format!(
                "The {kept} kept free stay until the next collection: the heap is within the runtime's goal."
            )
        }
    }
}

fn collection(counters: &Counters, goals: &Goals) -> String {
    let last = match (goals.collections, goals.last_collection) {
        (0, _) => "There was no collection yet".to_owned(),
        (count, Some(ago)) => format!("The last of {count} collections was {} ago", duration(ago)),
        (count, None) => format!("There were {count} collections"),
    };
    if goals.gc_percent < 0 {
        return format!("{last}; GOGC is off, so that only GOMEMLIMIT or runtime.GC() makes one.");
    }
    let left = goals.heap_goal.saturating_sub(counters.heap_live);
    format!(
        "{last}; the next is to end at {} (GOGC={}), {} from now, or comes after 2 minutes without one.",
        megabytes(goals.heap_goal),
        goals.gc_percent,
        megabytes(left)
    )
}

fn limit(counters: &Counters, goals: &Goals) -> String {
    let limit = u64::try_from(goals.memory_limit).unwrap_or(0);
    let used = counters.mapped_ready;
    if used > limit {
        return format!(
            "GOMEMLIMIT is {}, and the runtime has {}: it collects and gives back more often than GOGC asks for.",
            megabytes(limit),
            megabytes(used)
        );
    }
    format!("GOMEMLIMIT is {}; the runtime has {} of that.", megabytes(limit), megabytes(used))
}

fn duration(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3600),
    }
}

#[cfg(test)]
mod tests;
