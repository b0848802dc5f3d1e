//! A program file: its symbols, its Go release, and where it is loaded.

use crate::layout::{Machine, Offsets, Types};
use crate::process::{Mapping, page, plain};
use object::elf::FileHeader64;
use object::read::elf::{ElfFile64, FileHeader as _, ProgramHeader as _, Sym as _};
use object::{CompressionFormat, LittleEndian, Object, ObjectSection, ReadCache, elf};
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;

type Elf<'a> = ElfFile64<'a, LittleEndian, &'a ReadCache<File>>;

/// The runtime's variables that are looked for.
const WANTED: [&str; 8] = [
    "runtime.gcController",
    "runtime.memstats",
    "runtime.mheap_",
    "runtime.scavenge",
    "runtime.persistentChunks",
    "runtime.gcBitsArenas",
    "runtime.buckhash",
    "runtime.gosbrkState",
];

/// Most bytes of a file. Anybody can run one that is larger than memory, because nearly all of it
/// is a hole, and what is read of it takes memory here.
const FILE: u64 = 1 << 31;

/// Most bytes of DWARF, inflated: a few of a file can become any number.
const MOST: u64 = 1 << 30;

/// What a file says of the Go program in it.
#[derive(Debug)]
pub struct Image {
    /// What it runs on.
    pub machine: Machine,
    /// What the linker wrote: `go1.26.8`, with the experiments behind it.
    pub version: Option<String>,
    /// The runtime's variables, as the file places them; none in a stripped program.
    pub symbols: HashMap<&'static str, u64>,
    /// Where its DWARF says that the fields are; nothing where it has none.
    pub offsets: Option<Offsets>,
    /// Whether there is DWARF at all.
    pub has_dwarf: bool,
    /// What is to be loaded: the offset in the file, the address, and the sizes there.
    segments: Vec<Segment>,
}

#[derive(Debug)]
struct Segment {
    offset: u64,
    address: u64,
    size: u64,
    writable: bool,
}

impl Image {
    /// Reads a file; nothing where it is no ELF file of linux/amd64 or linux/arm64 with Go in it.
    #[must_use]
    pub fn of(file: File) -> Option<Self> {
        if file.metadata().ok()?.len() > FILE {
            return None;
        }
        let cache = ReadCache::new(file);
        // No section, or more than 65,279, which only the first of them would tell.
        if FileHeader64::<LittleEndian>::parse(&cache).ok()?.e_shnum(LittleEndian) == 0 {
            return None;
        }
        let elf = Elf::parse(&cache).ok()?;
        let machine = Machine::of(elf.elf_header().e_machine.get(LittleEndian))?;
        let symbols = symbols(&elf);
        let version = build_info(&elf);
        if version.is_none() && !symbols.contains_key("runtime.gcController") {
            return None;
        }
        let has_dwarf =
            [".debug_info", ".zdebug_info"].iter().any(|name| elf.section_by_name(name).is_some());
        let mut left = MOST;
        let mut section = |name: &str| section(&elf, name, &mut left);
        let offsets = has_dwarf.then(|| Offsets::of(&Types::load(&mut section))).flatten();
        Some(Self { machine, version, symbols, offsets, has_dwarf, segments: segments(&elf) })
    }

    /// What is added to the file's addresses in a process with these mappings of the file.
    #[must_use]
    pub fn bias(&self, mappings: &[&Mapping]) -> Option<u64> {
        let page = page();
        self.segments.iter().find_map(|segment| {
            let start = segment.offset / page * page;
            let mapping = mappings.iter().find(|mapping| mapping.offset == start)?;
            Some(mapping.start.wrapping_sub(segment.address / page * page))
        })
    }

    /// The address ranges of the loaded file, the zeroed data behind it included.
    pub fn loaded(&self, bias: u64) -> impl Iterator<Item = (u64, u64)> {
        self.segments.iter().map(move |segment| segment.range(bias))
    }

    /// The address ranges of its variables.
    pub fn variables(&self, bias: u64) -> impl Iterator<Item = (u64, u64)> {
        self.segments
            .iter()
            .filter(|segment| segment.writable)
            .map(move |segment| segment.range(bias))
    }
}

impl Segment {
    fn range(&self, bias: u64) -> (u64, u64) {
        let start = self.address.wrapping_add(bias);
        let page = page();
        (start / page * page, start.wrapping_add(self.size).next_multiple_of(page))
    }
}

fn segments(elf: &Elf) -> Vec<Segment> {
    let headers = elf.elf_program_headers().iter();
    let loaded = headers.filter(|header| header.p_type(LittleEndian) == elf::PT_LOAD);
    loaded
        .map(|header| Segment {
            offset: header.p_offset(LittleEndian),
            address: header.p_vaddr(LittleEndian),
            size: header.p_memsz(LittleEndian),
            writable: header.p_flags(LittleEndian) & elf::PF_W == elf::PF_W,
        })
        .collect()
}

fn symbols(elf: &Elf) -> HashMap<&'static str, u64> {
    let mut found = HashMap::new();
    let table = elf.elf_symbol_table();
    // All names at once: each by itself would take memory of its own.
    let names = elf.section_by_index(table.string_section());
    let names = names.and_then(|names| names.data()).unwrap_or_default();
    for symbol in table.iter() {
        let name = names.get(symbol.st_name(LittleEndian) as usize..).unwrap_or_default();
        if name.starts_with(b"runtime.") {
            let is_name = |wanted: &&str| {
                name.strip_prefix(wanted.as_bytes()).is_some_and(|rest| rest.first() == Some(&0))
            };
            let wanted = WANTED.into_iter().find(is_name);
            found.extend(wanted.map(|wanted| (wanted, symbol.st_value(LittleEndian))));
        }
    }
    found
}

/// The release in `.go.buildinfo`, as Go 1.18 and later write it.
fn build_info(elf: &Elf) -> Option<String> {
    let data = elf.section_by_name(".go.buildinfo")?.data().ok()?;
    parse_build_info(data)
}

/// The release in that section's bytes.
pub(crate) fn parse_build_info(data: &[u8]) -> Option<String> {
    let inline = data.get(15)? & 2 != 0;
    if !data.starts_with(b"\xff Go buildinf:") || !inline {
        return None;
    }
    // One byte for the length: no release's name has 128 bytes.
    let length = usize::from(*data.get(32)?);
    let text = data.get(33..33 + length).filter(|_| length < 128)?;
    Some(plain(&String::from_utf8_lossy(text)))
}

/// A section for gimli, inflated where it is compressed with zlib; nothing where it does not fit
/// into the bytes that are `left`.
fn section(elf: &Elf, name: &str, left: &mut u64) -> Vec<u8> {
    let Some(section) = elf.section_by_name(name) else { return Vec::new() };
    let Ok(range) = section.compressed_file_range() else { return Vec::new() };
    let Some(data) = (range.compressed_size <= *left).then(|| section.compressed_data()) else {
        return Vec::new();
    };
    let Ok(data) = data else { return Vec::new() };
    let bytes = match data.format {
        CompressionFormat::None => data.data.to_vec(),
        CompressionFormat::Zlib => inflated(data.data, *left).unwrap_or_default(),
        _ => Vec::new(),
    };
    *left -= bytes.len() as u64;
    bytes
}

/// What zlib has compressed; nothing where that is damaged, or more than `most` bytes.
fn inflated(data: &[u8], most: u64) -> Option<Vec<u8>> {
    let mut into = Vec::new();
    flate2::read::ZlibDecoder::new(data)
        .take(most.saturating_add(1))
        .read_to_end(&mut into)
        .ok()?;
    (into.len() as u64 <= most).then_some(into)
}

#[cfg(test)]
mod tests;
