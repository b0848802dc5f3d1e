//! A trace as the tests read it: slot by slot, believing nothing. Independent of what
//! writes it, and of the reader that users have.

use std::collections::HashMap;
use std::fmt::Write;
use std::path::Path;

/// Kinds of slots.
pub const ALLOC: u8 = 1;
pub const MAP: u8 = 5;
pub const FOREIGN: u8 = 12;
pub const INHERITED: u8 = 13;
pub const INIT: u8 = 14;
pub const SEGMENT: u8 = 15;
pub const NAME: u8 = 32;
pub const THREAD: u8 = 33;
pub const ARGUMENT: u8 = 34;
pub const ANSWER: u8 = 35;
pub const BREAK: u8 = 36;
pub const CLOCK: u8 = 37;
pub const HEAP: u8 = 38;
pub const READY: u8 = 39;
pub const CYCLES: u8 = 40;
pub const RSS: u8 = 41;
pub const RESIDENT: u8 = 42;
pub const CHUNK: u8 = 43;
pub const BITS: u8 = 44;
pub const STACK: u8 = 45;
pub const TEXT: u8 = 46;
pub const FUNCTION: u8 = 47;
pub const LAST: u8 = 49;

const HEADER: usize = 4096;
const SLOT: usize = 32;

const WORDS: [&str; 12] = [
    "",
    "alloc",
    "free",
    "reserve",
    "reserve-aligned",
    "map",
    "unused",
    "used",
    "hugepage",
    "nohugepage",
    "collapse",
    "fault",
];

const ERRORS: [&str; 14] = [
    "",
    "NOMEM",
    "ZERO",
    "OVERFLOW",
    "RANGE",
    "UNALIGNED",
    "ALIGN",
    "DOUBLE_FREE",
    "MISMATCH",
    "CORRUPT",
    "DIRTY",
    "REENTRANT",
    "FOREIGN_BREAK",
    "CONFIG",
];

/// A slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    pub kind: u8,
    pub code: u8,
    pub thread: u16,
    pub name: u16,
    pub time: u64,
    pub a: u64,
    pub b: u64,
}

impl Slot {
    /// Whether it is a call.
    pub fn is_call(&self) -> bool {
        (1..=11).contains(&self.kind)
    }

    /// The 16 bytes of its text.
    fn text(&self) -> Vec<u8> {
        [self.a, self.b].iter().flat_map(|word| word.to_le_bytes()).collect()
    }
}

/// A trace.
#[derive(Debug)]
pub struct Trace {
    header: Vec<u8>,
    pub slots: Vec<Slot>,
}

impl Trace {
    /// Reads a file, and has all of it fit: the hashes, the order of times, and nothing
    /// but zeros behind the last slot.
    #[track_caller]
    pub fn read(path: impl AsRef<Path>) -> Self {
        let path = path.as_ref();
        let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert!(bytes.starts_with(b"GOSBRKT\n"), "{}: no trace", path.display());
        let header = bytes[..HEADER].to_vec();
        let trace = Self { header, slots: Vec::new() };
        assert_eq!(trace.field(4088, 8), hash(0, &bytes[..4088]), "the header's hash");
        assert_eq!(
            [8, 10, 12, 16].map(|at| trace.field(at, if at < 12 { 2 } else { 4 })),
            [1, 0, 4096, 32]
        );
        let seed = trace.field(128, 8);
        let mut slots = Vec::<Slot>::new();
        let mut rest = bytes[HEADER..].chunks_exact(SLOT);
        for slot in rest.by_ref() {
            let word = |at: usize, n: usize| number(&slot[at..at + n]);
            if word(0, 4) == 0 {
                assert!(slot.iter().all(|&byte| byte == 0), "slot {}: half written", slots.len());
                break;
            }
            let hashed =
                hash(seed.wrapping_add(slots.len() as u64), &[&slot[8..], &slot[4..8]].concat());
            assert_eq!(word(0, 4), (hashed & 0xffff_ffff).max(1), "slot {}", slots.len());
            let slot = Slot {
                kind: slot[4],
                code: slot[5],
                thread: word(6, 2).try_into().unwrap(),
                name: word(14, 2).try_into().unwrap(),
                time: word(8, 6),
                a: word(16, 8),
                b: word(24, 8),
            };
            assert!(slots.last().is_none_or(|last| last.time <= slot.time), "time goes back");
            slots.push(slot);
        }
        assert!(rest.flatten().all(|&byte| byte == 0), "slots behind the last one");
        Self { slots, ..trace }
    }

    /// A number of the header.
    pub fn field(&self, at: usize, n: usize) -> u64 {
        number(&self.header[at..at + n])
    }

    /// Text of the header.
    pub fn header_text(&self, at: usize, n: usize) -> String {
        String::from_utf8_lossy(&self.header[at..at + n]).trim_end_matches('\0').to_owned()
    }

    /// The process that it is of.
    pub fn process(&self) -> u64 {
        self.field(32, 8)
    }

    /// The arguments of the process, a zero behind each.
    pub fn command(&self) -> String {
        let n: usize = self.field(504, 4).try_into().unwrap();
        String::from_utf8_lossy(&self.header[512..512 + n]).into_owned()
    }

    /// The slots of a kind.
    pub fn of(&self, kind: u8) -> impl Iterator<Item = &Slot> {
        self.slots.iter().filter(move |slot| slot.kind == kind)
    }

    /// The calls.
    pub fn calls(&self) -> impl Iterator<Item = &Slot> {
        self.slots.iter().filter(|slot| slot.is_call())
    }

    /// The name that each call came with, as it was.
    pub fn names_of_calls(&self) -> Vec<String> {
        let mut names = HashMap::new();
        let mut of_calls = Vec::new();
        for (i, slot) in self.slots.iter().enumerate() {
            if slot.kind == NAME {
                names.insert(slot.name, String::from_utf8_lossy(&self.name(i)).into_owned());
            } else if slot.is_call() {
                of_calls.push(names.get(&slot.name).cloned().unwrap_or_default());
            }
        }
        of_calls
    }

    /// The name that a slot defines.
    fn name(&self, i: usize) -> Vec<u8> {
        let slots = &self.slots[i..=i + usize::from(self.slots[i].code)];
        let mut name: Vec<_> = slots.iter().flat_map(Slot::text).collect();
        name.truncate(usize::from(slots[0].thread));
        name
    }

    /// What the program counters of stacks are called.
    pub fn functions(&self) -> HashMap<u64, String> {
        let mut functions = HashMap::new();
        for (i, slot) in self.slots.iter().enumerate().filter(|(_, slot)| slot.kind == FUNCTION) {
            let text = self.text_behind(i, usize::from(slot.code));
            let (name, file) = text.trim_end_matches('\0').rsplit_once('\0').unwrap();
            functions.insert(slot.a, format!("{name} {file}:{}", slot.b));
        }
        functions
    }

    /// The stacks, as names of functions.
    pub fn stacks(&self) -> Vec<Vec<String>> {
        let functions = self.functions();
        let mut stacks = Vec::new();
        let mut stack = Vec::new();
        for slot in self.of(STACK) {
            let known = [slot.a, slot.b].into_iter().filter(|&pc| pc != 0);
            stack.extend(known.map(|pc| functions.get(&pc).cloned().unwrap_or_default()));
            if slot.code == 0 {
                stacks.push(std::mem::take(&mut stack));
            }
        }
        stacks
    }

    fn text_behind(&self, i: usize, n: usize) -> String {
        let slots = &self.slots[i + 1..i + 1 + n];
        assert!(slots.iter().all(|slot| slot.kind == TEXT));
        String::from_utf8_lossy(&slots.iter().flat_map(Slot::text).collect::<Vec<_>>()).into_owned()
    }

    /// The calls in the notation of scripts.
    pub fn text(&self) -> String {
        let profile = ["plan9", "wasm", "wasm_go121"];
        let mut origin = self.field(88, 8);
        let mut said = String::new();
        let init = |profile, start, initial, limit: u64| {
            format!(
                "init profile={profile} start={start:#x} initial={initial:#x} limit={limit:#x}\n"
            )
        };
        said += &init(
            profile[usize::try_from(self.field(25, 1)).unwrap()],
            self.field(96, 8),
            self.field(104, 8),
            self.field(112, 8),
        );
        let mut bloc = origin + self.field(96, 8);
        let mut names = HashMap::new();
        let mut argument = (0, 0);
        for (i, slot) in self.slots.iter().enumerate() {
            let address = |at: u64| match at {
                0 => "nil".to_owned(),
                at => format!("+{:#x}", at.wrapping_sub(origin)),
            };
            let next = self.slots.get(i + 1);
            match slot.kind {
                NAME => {
                    names.insert(slot.name, quoted(&self.name(i)));
                }
                ARGUMENT => argument = (slot.a, slot.b),
                BREAK => bloc = slot.a,
                FOREIGN => {
                    let n = slot.a + slot.b - bloc;
                    let at = address(bloc);
                    writeln!(said, "reserve {at} {n} \"foreign mapping\" -> {at}").unwrap();
                    if slot.a > bloc {
                        writeln!(said, "free {at} {}", slot.a - bloc).unwrap();
                    }
                }
                INHERITED => {
                    let at = address(slot.a - slot.b);
                    writeln!(said, "reserve {at} {} \"inherited\" -> {at}", slot.b).unwrap();
                }
                INIT => {
                    let segment = next.filter(|next| next.kind == SEGMENT).unwrap();
                    origin = segment.a;
                    bloc = origin + slot.a;
                    said += &init(profile[usize::from(slot.code & 15)], slot.a, slot.b, segment.b);
                }
                1..=11 => {
                    said += WORDS[usize::from(slot.kind)];
                    let (v, align) = std::mem::take(&mut argument);
                    if slot.kind == 3 {
                        write!(said, " {}", address(v)).unwrap();
                    } else if ![1, 4].contains(&slot.kind) {
                        write!(said, " {}", address(slot.a)).unwrap();
                    }
                    write!(said, " {}", slot.b).unwrap();
                    if slot.kind == 4 {
                        write!(said, " {align}").unwrap();
                    }
                    if slot.name != 0 {
                        write!(said, " {}", names[&slot.name]).unwrap();
                    }
                    if [1, 3, 4].contains(&slot.kind) {
                        write!(said, " -> {}", address(slot.a)).unwrap();
                    }
                    if slot.kind == 4 {
                        let answer = next.filter(|next| next.kind == ANSWER);
                        let size = match answer {
                            Some(answer) => answer.b,
                            None if slot.code != 0 => 0,
                            None => slot.b,
                        };
                        write!(said, " {size}").unwrap();
                    }
                    if slot.code != 0 {
                        write!(said, " # GOSBRK_E_{}", ERRORS[usize::from(slot.code)]).unwrap();
                    }
                    said.push('\n');
                }
                _ => {}
            }
        }
        said
    }
}

/// A name in quotes, as much of it as the statistics keep.
fn quoted(name: &[u8]) -> String {
    let mut said = String::from("\"");
    for &byte in &name[..name.len().min(39)] {
        match byte {
            b'"' | b'\\' => said.extend(['\\', char::from(byte)]),
            b' '..=b'~' => said.push(char::from(byte)),
            _ => write!(said, "\\x{byte:02x}").unwrap(),
        }
    }
    said + "\""
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |n, &byte| n << 8 | u64::from(byte))
}

fn hash(seed: u64, bytes: &[u8]) -> u64 {
    bytes.chunks(8).fold(seed ^ 0x9e37_79b9_7f4a_7c15, |hash, word| {
        let hash = (hash ^ number(word)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        hash ^ hash >> 32
    })
}
