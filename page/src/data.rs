//! What a page shows. Every figure in it was made elsewhere: this crate and the script
//! in the page look values up, and never compute one.

use gosbrk_look::model::{Kind, Known};
use std::borrow::Cow;

/// Something to show, or one sentence that says why it is not known. The page shows the
/// sentence in grey, and no number.
pub type Shown<T> = Result<T, Cow<'static, str>>;

/// Everything on a page.
#[derive(Clone, Debug)]
pub struct Page {
    /// The heading: the program's name or command line.
    pub title: String,
    /// Short facts below it, in order: the Go release, the layout, the process number.
    pub facts: Vec<String>,
    /// What the reader must know about the file: that it is damaged from some call on,
    /// that calls are missing, that neighbours were merged. One sentence each.
    pub notes: Vec<String>,
    /// What was recorded.
    pub source: Source,
    /// Whether the program has gosbrk's layer, as far as the source can tell: only then are its
    /// row and its free list shown.
    pub has_layer: bool,
    /// Whose memory it is, and so what the rows are called.
    pub kind: Kind,
    /// The moments that the page can show, oldest first; at least one.
    pub points: Vec<Point>,
    /// For each row of [`gosbrk_look::model::ROWS`], in that order, where it changes: the
    /// first step is at point 0, and each holds until the next one.
    pub rows: [Vec<Step>; 10],
    /// The point with the most resident memory, and the one with the largest heap; none
    /// where that is not known anywhere.
    pub peaks: Peaks,
    /// The calls: as many as points, in the same order.
    pub calls: Shown<Calls>,
    /// What the row "not from the runtime" is made of at the last point, with names.
    pub others: Shown<Vec<(String, u64)>>,
    /// Where the memory is.
    pub map: Shown<Map>,
    /// Who made the heap grow, the most bytes first.
    pub growths: Shown<Vec<Growth>>,
    /// Address space at the end, by what it is for, the most first.
    pub space: Shown<Vec<(String, u64)>>,
    /// What a segment that never shrinks has lost for good.
    pub waste: Shown<Waste>,
    /// "Will it come back?": for each runtime a heading and its sentences.
    pub outlook: Vec<(String, Vec<String>)>,
}

/// What was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Every call into the memory layer: a point is a call.
    Trace,
    /// A running program, again and again: a point is a sample.
    Samples,
    /// A running program, once: there is one point.
    Moment,
}

/// A moment that the page can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// Nanoseconds since the beginning of the record.
    pub time: u64,
    /// Its number in the record, as `gosbrk trace stat --at '#NUMBER'` takes it: the number
    /// of the call or of the sample, from 0. Numbers ascend. They have gaps where
    /// neighbours were merged.
    pub number: u64,
}

/// From a point on a row has this value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The index of the point.
    pub point: u32,
    /// Bytes, or why they are not known.
    pub value: Known,
}

/// Points of interest, as indexes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Peaks {
    /// The first point with the most resident memory.
    pub rss: Option<u32>,
    /// The first point with the largest heap: held, gaps, kept and stacks together.
    pub heap: Option<u32>,
}

/// The calls of a trace.
#[derive(Clone, Debug, Default)]
pub struct Calls {
    /// One for each point.
    pub list: Vec<Call>,
    /// Who called, a goroutine or a thread; [`Call::thread`] is an index. 0 is "unknown".
    pub threads: Vec<String>,
    /// What memory was asked for; [`Call::name`] is an index. 0 is the empty name.
    pub names: Vec<String>,
}

/// One call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// The number of the function in the trace format: the index of its word in
    /// [`gosbrk_trace::text::WORDS`], or the next one for a step over a foreign mapping.
    pub function: u8,
    /// The error's number in `gosbrk.h`, 0 for none.
    pub error: u8,
    /// Who called.
    pub thread: u32,
    /// What the memory is for.
    pub name: u16,
    /// Where: the address it was given or answered, 0 for nil.
    pub address: u64,
    /// How many bytes.
    pub bytes: u64,
}

/// Where the memory is: each change of a range of addresses.
#[derive(Clone, Debug)]
pub struct Map {
    /// Bytes of a page, a power of two. Ranges begin and end at multiples of it.
    pub page: u64,
    /// What addresses in text are counted from.
    pub base: u64,
    /// The changes, in the order of their points. Later ones cover earlier ones.
    pub paints: Vec<Paint>,
}

/// From a point on a range of addresses is in this state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paint {
    /// The index of the point.
    pub point: u32,
    /// Where the range begins.
    pub address: u64,
    /// Its bytes.
    pub bytes: u64,
    /// What it is now.
    pub state: State,
    /// What the memory is for: an index into [`Calls::names`], 0 for none.
    pub name: u16,
}

/// What a page of memory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum State {
    /// Nothing: outside the segment.
    None = 0,
    /// On the free list of the layer.
    Free = 1,
    /// Reserved, or prepared and never used.
    Reserved = 2,
    /// Given back to the kernel.
    Released = 3,
    /// A table of the runtime, ready.
    Table = 4,
    /// Heap, ready; whether it is in use is not known.
    Heap = 5,
    /// Heap in use.
    Used = 6,
    /// Heap that the runtime keeps free.
    Kept = 7,
}

/// A place in the program that made the heap grow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Growth {
    /// Bytes that the heap grew by.
    pub bytes: u64,
    /// How many times.
    pub count: u64,
    /// The first time, as the index of a point.
    pub first: u32,
    /// The innermost function that is not the runtime's, such as
    /// `encoding/json.(*Decoder).refill`.
    pub function: String,
    /// The innermost function of the program itself, such as `main.handle`; may be the same.
    pub own: String,
    /// The file and line of `own`, short.
    pub place: String,
}

/// What a segment that never shrinks has lost for good, in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waste {
    /// The end of the segment at its highest, from its beginning.
    pub high: u64,
    /// The most that was ever handed out at once.
    pub most: u64,
    /// The difference, without the data of a WebAssembly module.
    pub lost: u64,
    /// All of that in a few sentences, before the parts.
    pub text: String,
    /// What nobody uses at the end, and what is lost otherwise, by name.
    pub parts: Vec<(String, u64)>,
}
