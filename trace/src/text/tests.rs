use super::{ERRORS, print};
use crate::file::Trace;
use crate::format::header::Header;
use crate::format::slot::{Slot, kind};
use crate::text::WORDS;
use crate::write::Writer;
use flate2::read::GzDecoder;
use gosbrk::Error;
use std::collections::BTreeMap;
use std::fs::{File, read_dir};
use std::io::Read;
use std::path::Path;

const ORIGIN: u64 = 1 << 32;

fn printed(trace: Vec<u8>) -> String {
    let mut text = Vec::new();
    print(&Trace::new(Box::new(trace)).unwrap(), &mut text, |_| ()).unwrap();
    String::from_utf8(text).unwrap()
}

/// A line of the text notation as slots.
struct Script {
    to: Writer<Vec<u8>>,
    names: BTreeMap<String, u16>,
}

fn number(text: &str) -> u64 {
    let hex = text.trim_start_matches('+').strip_prefix("0x");
    hex.map_or_else(|| text.parse(), |hex| u64::from_str_radix(hex, 16)).unwrap()
}

fn address(text: &str) -> u64 {
    if text == "nil" { 0 } else { ORIGIN + number(text) }
}

impl Script {
    fn new(first: &str) -> Self {
        let words: BTreeMap<_, _> =
            first.split(' ').filter_map(|word| word.split_once('=')).collect();
        let profiles = ["plan9", "wasm", "wasm_go121"];
        let profile = profiles.iter().position(|one| *one == words["profile"]).unwrap();
        let header = Header {
            profile: u8::try_from(profile).unwrap(),
            page: 4096,
            origin: ORIGIN,
            start: number(words["start"]),
            initial: number(words["initial"]),
            limit: number(words["limit"]),
            ..Header::default()
        };
        Self { to: Writer::new(Vec::new(), &header).unwrap(), names: BTreeMap::new() }
    }

    fn line(&mut self, line: &str) {
        let (call, answer) = line.split_once(" -> ").unwrap_or((line, ""));
        let (call, name) = call.split_once(" \"").unwrap_or((call, ""));
        let name = match name.trim_end_matches('"') {
            "" => 0,
            name => {
                let next = u16::try_from(self.names.len() + 1).unwrap();
                let index = *self.names.entry(name.to_owned()).or_insert(next);
                if index == next {
                    self.to.name(index, name.as_bytes()).unwrap();
                }
                index
            }
        };
        let words: Vec<&str> = call.split(' ').collect();
        let kind = u8::try_from(WORDS.iter().position(|word| *word == words[0]).unwrap()).unwrap();
        let answers: Vec<&str> = answer.split(' ').collect();
        let (a, b) = match kind {
            kind::ALLOC | kind::RESERVE_ALIGNED => (address(answers[0]), number(words[1])),
            kind::RESERVE => (address(answers[0]), number(words[2])),
            _ => (address(words[1]), number(words[2])),
        };
        let argument = match kind {
            kind::RESERVE => (address(words[1]), 0),
            kind::RESERVE_ALIGNED => (0, number(words[2])),
            _ => (0, 0),
        };
        if argument != (0, 0) {
            let (a, b) = argument;
            self.to.slot(&Slot { kind: kind::ARGUMENT, a, b, ..Slot::default() }).unwrap();
        }
        self.to.slot(&Slot { kind, name, a, b, ..Slot::default() }).unwrap();
        if kind == kind::RESERVE_ALIGNED && number(answers[1]) != b {
            let b = number(answers[1]);
            self.to.slot(&Slot { kind: kind::ANSWER, b, ..Slot::default() }).unwrap();
        }
    }
}

/// Every recorded trace of the tree, byte for byte.
#[test]
fn the_notation_is_that_of_recorded_traces() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/traces");
    let mut count = 0;
    for file in read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if file.extension().is_none_or(|extension| extension != "gz") {
            continue;
        }
        let mut text = String::new();
        GzDecoder::new(File::open(&file).unwrap()).read_to_string(&mut text).unwrap();
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        let mut script = Script::new(lines[0]);
        lines[1..].iter().for_each(|line| script.line(line));
        let again = printed(script.to.finish().unwrap());
        assert_eq!(again.trim_end(), lines.join("\n"), "{}", file.display());
        count += 1;
    }
    assert!(count >= 9, "{count}");
}

#[test]
fn errors_names_and_steps_are_shown_as_the_library_did() {
    let header = Header { page: 4096, origin: ORIGIN, ..Header::default() };
    let mut to = Writer::new(Vec::new(), &header).unwrap();
    to.name(1, &[0xff; 100]).unwrap();
    to.name(2, b"a\"\\\n").unwrap();
    let mut slot = |kind, code, name, a, b| {
        to.slot(&Slot { kind, code, name, a, b, ..Slot::default() }).unwrap();
    };
    slot(kind::ALLOC, 1, 2, 0, 4096);
    slot(kind::RESERVE, 0, 1, u64::MAX, u64::MAX);
    slot(kind::RESERVE_ALIGNED, 6, 0, 0, 5);
    slot(kind::FREE, 7, 0, ORIGIN + 4096, 1);
    slot(kind::FREE, 0, 0, 0, 1);
    slot(kind::ALLOC, 0, 0, ORIGIN, 8192);
    slot(kind::BREAK, 0, 0, ORIGIN + 8192, ORIGIN + 8192);
    slot(kind::FOREIGN, 0, 0, ORIGIN + 16384, 4096);
    slot(kind::BREAK, 0, 0, ORIGIN + 20480, ORIGIN + 20480);
    slot(kind::FAULT, 99, 0, ORIGIN, 1);
    slot(kind::LOST, 0, 0, 7, 0);
    let name = "\\xff".repeat(39);
    let want = format!(
        "init profile=plan9 start=0x0 initial=0x0 limit=0x0\n\
         alloc 4096 \"a\\\"\\\\\\x0a\" -> nil # GOSBRK_E_NOMEM\n\
         reserve nil 18446744073709551615 \"{name}\" -> +0xfffffffeffffffff\n\
         reserve-aligned 5 0 -> nil 0 # GOSBRK_E_ALIGN\n\
         free +0x1000 1 # GOSBRK_E_DOUBLE_FREE\n\
         free nil 1\n\
         alloc 8192 -> +0x0\n\
         reserve +0x2000 12288 \"foreign mapping\" -> +0x2000\n\
         free +0x2000 8192\n\
         fault +0x0 1 # error 99\n\
         # 7 calls are missing here\n"
    );
    assert_eq!(printed(to.finish().unwrap()), want);
}

#[test]
fn the_errors_are_those_of_the_library() {
    let names: Vec<_> = Error::ALL.iter().map(|error| (error.code(), error.name())).collect();
    let here: Vec<_> = (1..).zip(ERRORS[1..].iter().copied()).collect();
    assert_eq!(here, names);
}
