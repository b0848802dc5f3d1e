//! What a trace defines: names, threads, and what program counters stand for.
//!
//! Slots have small indexes, which stand for something else after they were defined anew.
//! Here each different name and thread has a number that is its own for all of the trace.

use std::collections::{BTreeMap, HashMap};

/// A thread, and what it runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Thread {
    /// The kernel's number of it.
    pub tid: u64,
    /// The goroutine; 0: none, or unknown.
    pub goroutine: u64,
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

impl Frame {
    /// The file and the line, with the last folder of the path, because packages often have a
    /// main.go each; empty where the trace does not tell.
    #[must_use]
    pub fn place(&self) -> String {
        let mut parts = self.file.rsplit('/');
        let (name, folder) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        match folder {
            _ if name.is_empty() => String::new(),
            "" => format!("{name}:{}", self.line),
            folder => format!("{folder}/{name}:{}", self.line),
        }
    }
}

/// All that a trace defines.
#[derive(Clone, Debug)]
pub struct Definitions {
    names: Vec<Vec<u8>>,
    name_numbers: HashMap<Vec<u8>, u32>,
    /// The numbers of names and threads in the order of their slots.
    name_slots: Vec<u32>,
    threads: Vec<Thread>,
    thread_numbers: HashMap<Thread, u32>,
    thread_slots: Vec<u32>,
    functions: BTreeMap<u64, Vec<Frame>>,
}

impl Default for Definitions {
    fn default() -> Self {
        Self {
            names: vec![Vec::new()],
            name_numbers: HashMap::new(),
            name_slots: Vec::new(),
            threads: vec![Thread::default()],
            thread_numbers: HashMap::new(),
            thread_slots: Vec::new(),
            functions: BTreeMap::new(),
        }
    }
}

impl Definitions {
    /// The name with this number; nothing for 0.
    #[must_use]
    pub fn name(&self, number: u32) -> &[u8] {
        self.names.get(number as usize).map_or(&[], Vec::as_slice)
    }

    /// The number of a name.
    #[must_use]
    pub fn number(&self, name: &[u8]) -> Option<u32> {
        self.name_numbers.get(name).copied()
    }

    /// The thread with this number; 0: unknown.
    #[must_use]
    pub fn thread(&self, number: u32) -> Thread {
        self.threads.get(number as usize).copied().unwrap_or_default()
    }

    /// The functions at this program counter, the innermost of inlined ones first.
    #[must_use]
    pub fn frames(&self, pc: u64) -> &[Frame] {
        self.functions.get(&pc).map_or(&[], Vec::as_slice)
    }

    /// The number of the name that a slot defines, which is the one behind so many others.
    pub(crate) fn name_of_slot(&self, before: usize) -> u32 {
        self.name_slots.get(before).copied().unwrap_or(0)
    }

    /// As [`Self::name_of_slot`].
    pub(crate) fn thread_of_slot(&self, before: usize) -> u32 {
        self.thread_slots.get(before).copied().unwrap_or(0)
    }

    pub(crate) fn add_name(&mut self, name: Vec<u8>) {
        let next = u32::try_from(self.names.len()).unwrap_or(0);
        let known = self.name_numbers.get(&name).copied();
        let number = known.unwrap_or_else(|| {
            self.name_numbers.insert(name.clone(), next);
            self.names.push(name);
            next
        });
        self.name_slots.push(number);
    }

    pub(crate) fn add_thread(&mut self, thread: Thread) {
        let next = u32::try_from(self.threads.len()).unwrap_or(0);
        let number = *self.thread_numbers.entry(thread).or_insert(next);
        if number == next {
            self.threads.push(thread);
        }
        self.thread_slots.push(number);
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
