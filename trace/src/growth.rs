//! Who made the heap grow: the stacks at each growth, put together.

use crate::definitions::Frame;
use crate::event::Call;
use crate::file::Trace;
use crate::format::slot::kind;
use crate::memory::{HEAP, Memory};
use std::collections::BTreeMap;

/// One growth of the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Growth {
    /// The call that mapped the memory.
    pub call: u64,
    /// Its bytes.
    pub bytes: u64,
    /// Which stack: an index of [`Growths::stacks`].
    pub stack: usize,
}

/// All growths of the heap.
#[derive(Clone, Debug, Default)]
pub struct Growths {
    /// In the order in which they came.
    pub all: Vec<Growth>,
    /// Different stacks, in the order in which they came first.
    pub stacks: Vec<Stack>,
    known: BTreeMap<Vec<u64>, usize>,
}

/// A stack, the innermost function first, without the runtime's own on top. Empty: not recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stack {
    /// The functions.
    pub frames: Vec<Frame>,
    /// Which of them is the program's own: the first that is not of Go's library.
    pub own: Option<usize>,
}

/// Growths of one stack, put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Bytes of all of them.
    pub bytes: u64,
    /// How many there were.
    pub count: u64,
    /// The first of them.
    pub call: u64,
    /// Their stack.
    pub stack: Stack,
}

impl Growths {
    /// Notes a call that was just made, if the heap has grown by it.
    pub fn note(&mut self, trace: &Trace, memory: &Memory, call: &Call) {
        let is_heap = || memory.runs().get(call.addr).is_some_and(|(_, name)| name == HEAP);
        if call.kind != kind::MAP || call.error != 0 || !is_heap() {
            return;
        }
        let stacks = &mut self.stacks;
        let stack = *self.known.entry(call.stack.clone()).or_insert_with(|| {
            let stack = Stack::new(trace, &call.stack);
            let same = stacks.iter().position(|other| *other == stack);
            same.unwrap_or_else(|| {
                stacks.push(stack);
                stacks.len() - 1
            })
        });
        self.all.push(Growth { call: call.number, bytes: call.size, stack });
    }

    /// Those of some calls.
    #[must_use]
    pub fn within(&self, calls: std::ops::Range<u64>) -> Self {
        let all = self.all.iter().filter(|one| calls.contains(&one.call)).copied().collect();
        Self { all, ..self.clone() }
    }

    /// Put together by the functions on the stack, the largest sum first.
    #[must_use]
    pub fn groups(&self) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        let mut by_names: BTreeMap<Vec<&str>, usize> = BTreeMap::new();
        for growth in &self.all {
            let stack = &self.stacks[growth.stack];
            let at = *by_names.entry(stack.names()).or_insert_with(|| {
                let (call, stack) = (growth.call, stack.clone());
                groups.push(Group { bytes: 0, count: 0, call, stack });
                groups.len() - 1
            });
            groups[at].bytes = groups[at].bytes.saturating_add(growth.bytes);
            groups[at].count += 1;
        }
        groups.sort_by_key(|group| (std::cmp::Reverse(group.bytes), group.call));
        groups
    }
}

impl Stack {
    fn new(trace: &Trace, pcs: &[u64]) -> Self {
        let mut frames: Vec<Frame> = Vec::new();
        for pc in pcs {
            match trace.definitions.frames(*pc) {
                [] => frames.push(Frame { name: format!("{pc:#x}"), ..Frame::default() }),
                known => frames.extend_from_slice(known),
            }
        }
        let root = library(&frames);
        // All of it the runtime's: then that is what there is to say.
        let first = frames.iter().position(|frame| !is_runtime(frame)).unwrap_or(0);
        frames.drain(..first);
        // `main.main` is called by the runtime, which says nothing.
        while frames.len() > 1 && frames.last().is_some_and(is_runtime) {
            frames.pop();
        }
        let own = frames.iter().position(|frame| is_own(frame, root.as_deref()));
        Self { frames, own }
    }

    /// The functions' names.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.frames.iter().map(|frame| frame.name.as_str()).collect()
    }

    /// In a few words: the program's own function, and the one that it called.
    #[must_use]
    pub fn sentence(&self) -> String {
        let name = |at: usize| self.frames.get(at).map_or("", |frame| frame.name.as_str());
        match self.own {
            _ if self.frames.is_empty() => "not recorded".into(),
            None | Some(0) => name(0).into(),
            Some(own) => format!("{} in {}", name(own), name(own - 1)),
        }
    }

    /// The file and the line of that function: of the call that led to the growth.
    #[must_use]
    pub fn place(&self) -> String {
        self.frames.get(self.own.unwrap_or(0)).map_or_else(String::new, Frame::place)
    }

    /// The words and the place.
    #[must_use]
    pub fn line(&self) -> String {
        match self.place() {
            place if place.is_empty() => self.sentence(),
            place => format!("{}, {place}", self.sentence()),
        }
    }
}

/// Where Go's library is in the files' names: what stands before `runtime/`.
fn library(frames: &[Frame]) -> Option<String> {
    let frame = frames.iter().find(|frame| frame.name.starts_with("runtime."))?;
    let (root, _) = frame.file.rsplit_once("runtime/")?;
    (!root.is_empty()).then(|| root.to_owned())
}

fn is_runtime(frame: &Frame) -> bool {
    ["runtime.", "internal/runtime/"].iter().any(|start| frame.name.starts_with(start))
}

fn is_own(frame: &Frame, root: Option<&str>) -> bool {
    if frame.name.starts_with("0x") || is_runtime(frame) {
        return false;
    }
    if let Some(root) = root.filter(|_| !frame.file.is_empty()) {
        return !frame.file.starts_with(root);
    }
    // Without the files' names: packages of Go's library have no dot in their first part.
    let path = frame.name.split('/').next().unwrap_or_default();
    frame.name.starts_with("main.") || (frame.name.contains('/') && path.contains('.'))
}

#[cfg(test)]
mod tests;
