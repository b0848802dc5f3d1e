//! What a trace defines once: names, threads, and what program counters stand for.

use std::collections::BTreeMap;

/// A thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Thread {
    /// The kernel's number of it.
    pub tid: u64,
    /// The address of its `m`; 0: it has none.
    pub m: u64,
}

/// A function on a stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// Its name, with its package.
    pub name: String,
    /// The file it is in.
    pub file: String,
    /// The line there.
    pub line: u64,
}

/// All that a trace defines.
#[derive(Clone, Debug, Default)]
pub struct Definitions {
    names: BTreeMap<u16, Vec<u8>>,
    threads: BTreeMap<u16, Thread>,
    functions: BTreeMap<u64, Vec<Frame>>,
}

impl Definitions {
    /// The name with this index; nothing for 0.
    #[must_use]
    pub fn name(&self, index: u16) -> &[u8] {
        self.names.get(&index).map_or(&[], Vec::as_slice)
    }

    /// All names, by index.
    pub fn names(&self) -> impl Iterator<Item = (u16, &[u8])> {
        self.names.iter().map(|(index, name)| (*index, name.as_slice()))
    }

    /// The index of a name.
    #[must_use]
    pub fn index(&self, name: &[u8]) -> Option<u16> {
        self.names.iter().find(|(_, other)| *other == name).map(|(index, _)| *index)
    }

    /// All threads, by index.
    pub fn threads(&self) -> impl Iterator<Item = (u16, Thread)> {
        self.threads.iter().map(|(index, thread)| (*index, *thread))
    }

    /// The functions at this program counter, the innermost of inlined ones first.
    #[must_use]
    pub fn frames(&self, pc: u64) -> &[Frame] {
        self.functions.get(&pc).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn add_name(&mut self, index: u16, mut name: Vec<u8>) {
        while name.last() == Some(&0) {
            name.pop();
        }
        self.names.insert(index, name);
    }

    pub(crate) fn add_thread(&mut self, index: u16, thread: Thread) {
        self.threads.insert(index, thread);
    }

    pub(crate) fn add_function(&mut self, pc: u64, line: u64, text: &[u8]) {
        let mut parts = text.split(|byte| *byte == 0).map(String::from_utf8_lossy);
        let mut part = || parts.next().unwrap_or_default().into_owned();
        let frame = Frame { name: part(), file: part(), line };
        let frames = self.functions.entry(pc).or_default();
        // The same again says nothing new.
        if !frames.contains(&frame) {
            frames.push(frame);
        }
    }
}
