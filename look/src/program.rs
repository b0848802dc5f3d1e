//! A program file on its own: whether gosbrk is in it, and what it says of itself.

use crate::elf::parse_build_info;
use crate::layout::Machine;
use crate::process::plain;
use object::read::elf::ElfFile64;
use object::{LittleEndian, Object, ObjectSection};

/// What stands before what a program on gosbrk says of itself, and after it. The command
/// puts it into the runtime; no text has these bytes.
pub const BEGINS: &[u8] = b"\xffgosbrk program: ";
/// See [`BEGINS`].
pub const ENDS: u8 = 0xff;

/// What a file is.
#[derive(Debug, PartialEq, Eq)]
pub enum Program {
    /// No ELF file for linux/amd64 or linux/arm64.
    NotElf,
    /// One, and no Go program, as far as can be told.
    NotGo,
    /// A Go program without gosbrk; its release.
    Stock(Option<String>),
    /// A Go program on gosbrk.
    OnGosbrk {
        /// Its Go release.
        go: Option<String>,
        /// What it says of itself, such as `version=0.1.0 layout=compact`; nothing in
        /// programs from before they did.
        says: Option<String>,
    },
}

impl Program {
    /// Reads a file's bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let Ok(file) = ElfFile64::<LittleEndian>::parse(bytes) else { return Self::NotElf };
        if Machine::of(file.elf_header().e_machine.get(LittleEndian)).is_none() {
            return Self::NotElf;
        }
        let section = |name| file.section_by_name(name)?.data().ok();
        let go = section(".go.buildinfo").and_then(parse_build_info);
        // The names of a program's functions, which a stripped one has too. A program that
        // only carries another one's bytes has them elsewhere.
        let functions = [".gopclntab", ".data.rel.ro.gopclntab"].into_iter().find_map(section);
        let Some(functions) = functions else {
            return if go.is_some() { Self::Stock(go) } else { Self::NotGo };
        };
        if find(functions, b"runtime.gosbrkStart\0").is_none() {
            return Self::Stock(go);
        }
        let constants = [".rodata", ".data.rel.ro"].into_iter().filter_map(section);
        Self::OnGosbrk { go, says: constants.into_iter().find_map(said) }
    }
}

/// What stands between the marks.
fn said(constants: &[u8]) -> Option<String> {
    let rest = constants.get(find(constants, BEGINS)? + BEGINS.len()..)?;
    let end = rest.iter().take(1000).position(|&byte| byte == ENDS)?;
    std::str::from_utf8(&rest[..end]).ok().map(plain)
}

/// Where a text begins.
fn find(bytes: &[u8], text: &[u8]) -> Option<usize> {
    let first = *text.first()?;
    let mut from = 0;
    loop {
        let at = from + bytes.get(from..)?.iter().position(|&byte| byte == first)?;
        if bytes[at..].starts_with(text) {
            return Some(at);
        }
        from = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{Program, find, said};

    #[test]
    fn what_a_program_says_is_between_the_marks() {
        let bytes = b"\xff\xffgosbrk \xffgosbrk program: version=1 layout=x\xffmore";
        assert_eq!(said(bytes).as_deref(), Some("version=1 layout=x"));
        assert_eq!(said(b"\xffgosbrk program: version=1"), None);
        assert_eq!(said(b"\xffgosbrk program: \xfe\xff"), None);
        assert_eq!(find(b"aab", b"ab"), Some(1));
        assert_eq!(find(b"a", b"ab"), None);
    }

    #[test]
    fn what_is_no_program_is_said() {
        for bytes in [&b""[..], b"#!/bin/sh\n", b"\x7fELF", b"\x7fELF\x02\x01\x01"] {
            assert_eq!(Program::of(bytes), Program::NotElf);
        }
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert_eq!(Program::of(&own), Program::NotGo);
    }
}
