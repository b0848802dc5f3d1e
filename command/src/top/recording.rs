//! The trace that a program writes while one looks at it.

use gosbrk_look::files::{self, Opened};
use gosbrk_look::process::Process;
use gosbrk_trace::follow::Follow;
use gosbrk_trace::format::header::Layout;
use gosbrk_trace::growth::Group;
use std::fs::{self, File};

/// How many growths the screen is made of, how many lines there are of the newest ones, and of
/// the stacks.
const LOOKED_AT: usize = 500;
const NEWEST: usize = 20;
const LARGEST: usize = 5;

/// Growths of one stack that come one after the other, this close, are one line.
const CLOSE: u64 = 1_000_000_000;

/// A growth of the heap, in words, or several that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Growth {
    /// How many.
    pub count: usize,
    /// When the last of them was, in nanoseconds since the recording began, where that is known.
    pub ns: Option<u64>,
    /// Their bytes.
    pub bytes: u64,
    /// Who made it.
    pub who: String,
    /// The functions, the innermost first.
    pub stack: Vec<String>,
}

/// The growths up to now.
#[derive(Clone, Debug, Default)]
pub struct Growths {
    /// How many there were.
    pub count: usize,
    /// The newest ones, the newest first.
    pub newest: Vec<Growth>,
    /// Those of a stack put together, the largest first.
    pub largest: Vec<Group>,
}

/// A trace, and its name in the process that writes it.
pub struct Recording {
    /// The name.
    pub name: String,
    /// The trace.
    pub follow: Follow,
}

impl Recording {
    /// The one that a process writes: a trace that it has open or mapped, and that is of it. The
    /// newest, where there are several.
    pub fn of(process: &Process) -> Option<Self> {
        let mut open = files::opened(process).unwrap_or_default();
        open.extend(files::mapped(process).unwrap_or_default());
        let numbers = files::numbers(process);
        let traces = open.into_iter().filter_map(|file| Self::open(file, &numbers));
        traces.max_by_key(|one| one.follow.trace().header.wall_ns)
    }

    fn open(Opened { name, path }: Opened, numbers: &[u64]) -> Option<Self> {
        // A pipe or a device is not even opened.
        if !fs::metadata(&path).ok()?.is_file() {
            return None;
        }
        let follow = Follow::new(File::open(path).ok()?).ok()?;
        let header = &follow.trace().header;
        // Others read traces, or write those of programs that they look at.
        let is_own = numbers.contains(&header.pid) && header.layout.is_go();
        (is_own && header.layout != Layout::Samples).then_some(Self { name, follow })
    }
}

/// The growths that a trace has by now.
pub fn growths(follow: &Follow) -> Growths {
    let count = follow.growths().all.len();
    let newest = together(from(follow, count.saturating_sub(LOOKED_AT)));
    let mut largest = follow.growths().groups();
    largest.truncate(LARGEST);
    Growths { count, newest, largest }
}

/// The newest ones first, those that belong together as one.
fn together(growths: Vec<Growth>) -> Vec<Growth> {
    let mut lines: Vec<Growth> = Vec::new();
    for growth in growths.into_iter().rev() {
        let is_full = lines.len() == NEWEST;
        let last = lines.last_mut().filter(|last| {
            let times = last.ns.zip(growth.ns);
            last.stack == growth.stack && times.is_some_and(|(a, b)| a.abs_diff(b) < CLOSE)
        });
        if let Some(last) = last {
            last.count += growth.count;
            last.bytes = last.bytes.saturating_add(growth.bytes);
        } else if is_full {
            break;
        } else {
            lines.push(growth);
        }
    }
    lines
}

/// How many growths of a trace were told.
#[derive(Debug, Default)]
pub struct Told(usize);

impl Told {
    /// All that there are count as told. Gives how many these are, and their bytes.
    pub fn skip(&mut self, follow: &Follow) -> (usize, u64) {
        let all = &follow.growths().all;
        self.0 = all.len();
        (all.len(), all.iter().fold(0, |sum: u64, one| sum.saturating_add(one.bytes)))
    }

    /// Those that were not told yet, in order.
    pub fn rest(&mut self, follow: &Follow) -> Vec<Growth> {
        let new = from(follow, self.0);
        self.0 += new.len();
        new
    }
}

/// The growths from this one on, in order.
fn from(follow: &Follow, first: usize) -> Vec<Growth> {
    let stacks = &follow.growths().stacks;
    let growth = |(ns, growth): (Option<u64>, &gosbrk_trace::growth::Growth)| {
        let stack = &stacks[growth.stack];
        Growth {
            count: 1,
            ns,
            bytes: growth.bytes,
            who: stack.sentence(),
            stack: stack.names().into_iter().map(str::to_owned).collect(),
        }
    };
    follow.growths_from(first).map(growth).collect()
}

#[cfg(test)]
mod tests;
