//! The rows that a program's memory is shown in. They add up to what is resident.
//!
//! This module knows no source: a running process, a recorded trace and a page that
//! shows either use it alike.

mod module;

pub use module::MODULE_ROWS;
use std::borrow::Cow;

/// What has the memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// A process: the rows add up to what is resident.
    #[default]
    Process,
    /// A WebAssembly module: they add up to its memory, which never gets smaller.
    Module,
}

impl Kind {
    /// Its rows.
    #[must_use]
    pub const fn rows(self) -> &'static [Row; 10] {
        match self {
            Self::Process => &ROWS,
            Self::Module => &MODULE_ROWS,
        }
    }

    /// What a sentence about it begins with.
    #[must_use]
    pub const fn subject(self) -> &'static str {
        match self {
            Self::Process => "program",
            Self::Module => "module",
        }
    }
}

/// A number of bytes, or why it is not known.
pub type Known = Result<u64, Cow<'static, str>>;

/// What one Go runtime counts itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Objects that the last collection marked, and what was allocated since.
    pub heap_live: u64,
    /// Bytes of spans in use (`HeapInuse`).
    pub heap_in_use: u64,
    /// Bytes in no span that were not given back (`HeapIdle - HeapReleased`).
    pub heap_free: u64,
    /// Bytes of the heap that were given back (`HeapReleased`).
    pub heap_released: u64,
    /// `HeapAlloc` as of the last time that each processor counted its allocations.
    pub heap_alloc: u64,
    /// Goroutine stacks (`StackInuse`).
    pub stacks: u64,
    /// The collector's buffers, a part of `GCSys`.
    pub work_buffers: u64,
    /// The sum of the runtime's own tables.
    pub tables: u64,
    /// All that the runtime has and has not given back: the sum of the others but
    /// `heap_released`, kept apart from them.
    pub mapped_ready: u64,
}

impl Counters {
    /// The parts that `mapped_ready` is the sum of.
    #[must_use]
    pub const fn sum(&self) -> u64 {
        self.heap_in_use
            .wrapping_add(self.heap_free)
            .wrapping_add(self.stacks)
            .wrapping_add(self.work_buffers)
            .wrapping_add(self.tables)
    }
}

/// What is known of a process besides its runtimes' counters.
#[derive(Clone, Debug)]
pub struct Process {
    /// Resident bytes.
    pub rss: Known,
    /// Resident bytes of the program file and of Go libraries, their variables included.
    pub file: Known,
    /// Resident bytes of the addresses where the runtimes keep what they count.
    pub resident: Known,
}

/// Where the memory is at one moment.
#[derive(Clone, Debug)]
pub struct Moment {
    /// What has the memory.
    pub kind: Kind,
    /// Held by the program.
    pub held: Known,
    /// Gaps and garbage in spans in use.
    pub gaps: Known,
    /// Kept free by the runtime.
    pub kept: Known,
    /// Goroutine stacks and mark buffers.
    pub stacks: Known,
    /// The runtime's own tables.
    pub tables: Known,
    /// The memory layer's free list and tail, in a program on gosbrk.
    pub layer: Known,
    /// Everything else that is resident.
    pub other: Known,
    /// The program file.
    pub file: Known,
    /// What was handed out but never touched, to be taken off.
    pub untouched: Known,
    /// Resident memory.
    pub rss: Known,
}

impl Moment {
    /// The moment of a process with these runtimes in it.
    #[must_use]
    pub fn of(
        runtimes: &[Result<Counters, Cow<'static, str>>],
        process: &Process,
        layer: Known,
    ) -> Self {
        let sum = |part: fn(&Counters) -> Option<u64>| {
            runtimes.iter().try_fold(0, |total: u64, runtime| {
                let part = part(runtime.as_ref().map_err(Clone::clone)?);
                part.and_then(|part| total.checked_add(part)).ok_or(Cow::Borrowed(MOVED))
            })
        };
        let ready = sum(|one| Some(one.sum()));
        let touched = both(&ready, &process.resident, |ready, resident| Some(ready.min(resident)));
        let used = both(&touched, &process.file, u64::checked_add);
        Self {
            kind: Kind::Process,
            held: sum(|one| Some(one.heap_live)),
            gaps: sum(|one| one.heap_in_use.checked_sub(one.heap_live)),
            kept: sum(|one| Some(one.heap_free)),
            stacks: sum(|one| one.stacks.checked_add(one.work_buffers)),
            tables: sum(|one| Some(one.tables)),
            layer,
            other: both(&process.rss, &used, u64::checked_sub),
            file: process.file.clone(),
            untouched: both(&ready, &touched, u64::checked_sub),
            rss: process.rss.clone(),
        }
    }

    /// The rows in the order in which they are shown; the last is their sum.
    pub fn rows(&self) -> [(&'static Row, &Known); 10] {
        let values = [
            &self.held,
            &self.gaps,
            &self.kept,
            &self.stacks,
            &self.tables,
            &self.layer,
            &self.other,
            &self.file,
            &self.untouched,
            &self.rss,
        ];
        let rows = self.kind.rows();
        std::array::from_fn(|i| (&rows[i], values[i]))
    }

    /// The row that most of the resident memory is in, and its bytes. Of what was never
    /// touched nobody knows which row it is in. It is taken off the free list of the layer
    /// first, which holds no data, and then off the tables, which are as large as the heap
    /// may become. This only decides which row is named.
    #[must_use]
    pub fn largest(&self) -> Option<(&'static Row, u64)> {
        let of = |known: &Known| *known.as_ref().unwrap_or(&0);
        let sum =
            self.rows()[..8].iter().fold(0_u64, |sum, (_, known)| sum.saturating_add(of(known)));
        let mut untouched = self
            .untouched
            .as_ref()
            .map_or_else(|_| sum.saturating_sub(of(&self.rss)), |untouched| *untouched);
        let mut touched = |size: u64| {
            let off = size.min(untouched);
            untouched -= off;
            size - off
        };
        let (layer, tables) = (touched(of(&self.layer)), touched(of(&self.tables)));
        let parts = self.rows().into_iter().take(8);
        let known = parts.filter_map(|(row, value)| Some((row, *value.as_ref().ok()?)));
        known.max_by_key(|(row, size)| match row.key {
            "layer" => layer,
            "tables" => tables,
            _ => *size,
        })
    }

    /// The moment in one or two sentences.
    #[must_use]
    pub fn sentence(&self, who: &str) -> String {
        if self.kind == Kind::Module {
            return module::sentence(self, who);
        }
        let Ok(rss) = self.rss else {
            return format!("{who}: how much memory it takes is not known.");
        };
        let takes = format!("{who} takes {} of memory", megabytes(rss));
        let Ok(held) = self.held else {
            return format!("{takes}; how much of it the program holds is not known.");
        };
        let holds = if held <= rss {
            format!("{takes} and holds {} of it.", megabytes(held))
        } else {
            format!("{takes} and holds {}, a part of it never touched.", megabytes(held))
        };
        match self.largest() {
            Some((row, _)) if row.key == "held" => format!("{holds} No other part is as large."),
            Some((row, size)) => {
                let some = if size > rss { ", and not all of it was ever touched" } else { "" };
                let size = megabytes(size);
                format!("{holds} The largest part, {size}, is {}{some}.", row.phrase)
            }
            None => holds,
        }
    }
}

/// Why a difference of counters is not shown.
const MOVED: &str = "the program changed it while it was read";

fn both(a: &Known, b: &Known, with: fn(u64, u64) -> Option<u64>) -> Known {
    let (a, b) = (a.as_ref().map_err(Clone::clone)?, b.as_ref().map_err(Clone::clone)?);
    with(*a, *b).ok_or(Cow::Borrowed(MOVED))
}

/// A row and what there is to say about it.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Its name in JSON.
    pub key: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its name in a sentence: "the largest part is …".
    pub phrase: &'static str,
    /// Go's own name for it.
    pub go: &'static str,
    /// What it is.
    pub definition: &'static str,
    /// What the user can do about it.
    pub action: &'static str,
}

pub(crate) const fn row(
    key: &'static str,
    name: &'static str,
    phrase: &'static str,
    go: &'static str,
    definition: &'static str,
    action: &'static str,
) -> Row {
    Row { key, name, phrase, go, definition, action }
}

/// The rows in order.
pub const ROWS: [Row; 10] = [
    row(
        "held",
        "held by the program",
        "held by the program",
        "HeapAlloc, about",
        "Objects that the last collection found in use, and all that was allocated since.",
        "go tool pprof -inuse_space shows who allocated them.",
    ),
    row(
        "gaps",
        "gaps and garbage in spans in use",
        "gaps and garbage in spans in use",
        "HeapInuse - HeapAlloc, about",
        "The rest of the spans that objects lie in: free slots, and garbage not yet swept.",
        "A span comes free with its last object: fewer long-lived small objects among short-lived ones.",
    ),
    row(
        "kept",
        "kept free by the runtime",
        "kept free by the runtime",
        "HeapIdle - HeapReleased",
        "Pages of the heap without an object, kept for the next allocations.",
        "debug.FreeOSMemory() gives them back now; GOMEMLIMIT makes the runtime keep fewer.",
    ),
    row(
        "stacks",
        "goroutine stacks and mark buffers",
        "goroutine stacks and mark buffers",
        "StackInuse, a part of GCSys",
        "The stacks of goroutines, and the buffers of the collector.",
        "The goroutine profile shows how many there are; stacks shrink at a collection.",
    ),
    row(
        "tables",
        "the runtime's own tables",
        "the runtime's own tables",
        "MSpanSys + MCacheSys + BuckHashSys + GCSys + OtherSys",
        "Descriptions of spans and pages, mark bits, profiles; not the collector's buffers.",
        "They grow with the highest heap and are not given back.",
    ),
    row(
        "layer",
        "gosbrk's free list and tail",
        "kept by gosbrk",
        "none",
        "What gosbrk has from the kernel and the runtime does not: only in programs on gosbrk.",
        "The runtime reuses it first.",
    ),
    row(
        "other",
        "not from the runtime",
        "not from the Go runtime",
        "not in MemStats",
        "C's memory, threads, libraries, files and mappings of the program; pages the kernel added to huge ones.",
        "gosbrk look lists its parts; /proc/PID/smaps has each mapping.",
    ),
    row(
        "file",
        "the program file",
        "the program file",
        "not in MemStats",
        "Code and variables of the program and of Go libraries, as far as they are in memory.",
        "The kernel drops the code when memory is short.",
    ),
    row(
        "untouched",
        "minus what was handed out but never touched",
        "never touched",
        "counted in the rows above",
        "Memory in the rows above that is not resident: never written, or swapped out.",
        "It costs nothing until it is used.",
    ),
    row("rss", "resident memory (RSS)", "resident", "not in MemStats", "What top shows.", ""),
];

/// `83.8 MB`; from 1,000 MB on with a separator.
#[must_use]
pub fn megabytes(bytes: u64) -> String {
    let tenths = (u128::from(bytes) + 50_000) / 100_000;
    let (whole, tenth) = (tenths / 10, tenths % 10);
    let digits = whole.to_string();
    let mut grouped = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped}.{tenth} MB")
}

/// A change in bytes, with its sign: `+83.8 MB`; none where nothing has changed.
#[must_use]
pub fn signed(change: i128) -> String {
    let size = megabytes(u64::try_from(change.unsigned_abs()).unwrap_or(u64::MAX));
    match change {
        0 => size,
        1.. => format!("+{size}"),
        _ => format!("-{size}"),
    }
}

#[cfg(test)]
mod tests;
