//! The program file as the kernel has mapped it: where, and which build it is.

use super::arguments::Arguments;
use crate::addr::{align_down, align_up, pointer};

/// What the program headers say. All zero: they cannot be read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Program {
    /// What was added to the addresses in the symbol table.
    pub bias: usize,
    headers: usize,
    count: usize,
}

/// Types of program headers.
const PT_LOAD: usize = 1;
const PT_NOTE: usize = 4;
const PT_PHDR: usize = 6;

/// Bytes of the header of a file, and of a program header.
const FILE_HEADER: usize = 64;
const HEADER: usize = 56;

/// One program header, as far as it is of use.
struct Header {
    kind: usize,
    offset: usize,
    address: usize,
    /// Bytes in memory.
    size: usize,
}

impl Program {
    /// That of this process; `None`: the kernel does not say where it is.
    #[inline(never)] // What it needs of the stack is free again when the call goes on.
    pub fn this(arguments: Arguments, scratch: &mut [u8]) -> Option<Self> {
        const AT_PHDR: usize = 3;
        const AT_PHNUM: usize = 5;
        let [headers, count] = arguments.auxv([AT_PHDR, AT_PHNUM], scratch);
        if headers == 0 || headers % 8 != 0 {
            return None;
        }
        let program = Self { bias: 0, headers, count };
        let bias = program.headers().find_map(|header| match header.kind {
            PT_PHDR => Some(headers.wrapping_sub(header.address)),
            // The program headers of a static program are in no segment of their own.
            PT_LOAD if header.offset == 0 => {
                Some(headers.wrapping_sub(FILE_HEADER).wrapping_sub(header.address))
            }
            _ => None,
        })?;
        Some(Self { bias, ..program })
    }

    fn headers(self) -> impl Iterator<Item = Header> {
        (0..self.count).map(move |i| {
            let at = self.headers + i * HEADER;
            // The type is the low half of its word.
            let kind = number(at) & 0xffff_ffff;
            Header { kind, offset: number(at + 8), address: number(at + 16), size: number(at + 40) }
        })
    }

    /// Where its segments are in memory, in whole pages, which are a power of two.
    pub fn segments(self, page_shift: u32) -> impl Iterator<Item = (usize, usize)> {
        let page = 1 << page_shift;
        self.headers().filter(|header| header.kind == PT_LOAD).map(move |header| {
            let at = header.address.wrapping_add(self.bias);
            let end = at.wrapping_add(header.size);
            (align_down(at, page), align_up(end, page).unwrap_or(end))
        })
    }

    /// Copies the build id, as text: that of Go's linker, or what C's linker made of the
    /// contents, in hexadecimal. Nothing where there is none.
    pub fn build_id(self, is_go: bool, into: &mut [u8]) {
        let (owner, kind) = if is_go { (0x6f47, 4) } else { (0x55_4e47, 3) };
        for note in self.headers().filter(|header| header.kind == PT_NOTE) {
            let (mut at, end) = (note.address.wrapping_add(self.bias), note.size);
            let end = at.wrapping_add(end);
            while at.wrapping_add(16) <= end {
                let sizes = number(at);
                let (name, size) = (sizes & 0xffff_ffff, sizes >> 32);
                let data = at + 12 + align_up(name, 4).unwrap_or(name);
                // The type, and the first four bytes of the name.
                let found = number(at + 8);
                if found & 0xffff_ffff == kind && found >> 32 == owner && data + size <= end {
                    return copy(data, size, is_go, into);
                }
                at = data + align_up(size, 4).unwrap_or(size);
            }
        }
    }
}

fn copy(data: usize, size: usize, is_text: bool, into: &mut [u8]) {
    let mut to = into.iter_mut();
    for i in 0..size {
        // SAFETY: inside of a note of the program, which the kernel has mapped.
        let byte = unsafe { pointer::<u8>(data + i).read() };
        let digits = [byte >> 4, byte & 15].map(|n| n + if n < 10 { b'0' } else { b'a' - 10 });
        let shown = if is_text { [byte, 0] } else { digits };
        for (byte, place) in shown.iter().take(if is_text { 1 } else { 2 }).zip(&mut to) {
            *place = *byte;
        }
    }
}

/// Eight bytes of the program, as a number.
fn number(at: usize) -> usize {
    // SAFETY: the program headers and notes, which the kernel has mapped, and nobody
    // changes.
    unsafe { pointer::<usize>(at).read_unaligned() }
}

#[cfg(test)]
mod tests {
    use super::{Arguments, Program};
    use crate::os::linux::page;

    #[test]
    fn the_segments_are_what_is_mapped_of_the_file() {
        let program = Program::this(Arguments::default(), &mut [0; 4096]).unwrap();
        let segments: Vec<_> = program.segments(page::shift()).collect();
        let path = std::fs::read_link("/proc/self/exe").unwrap().to_str().unwrap().to_owned();
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let mut mapped = 0;
        for line in maps.lines().filter(|line| line.ends_with(&path)) {
            let (from, to) = line.split_once(' ').unwrap().0.split_once('-').unwrap();
            let [from, to] = [from, to].map(|at| usize::from_str_radix(at, 16).unwrap());
            // A backtrace maps the file once more.
            if segments.iter().any(|&(a, b)| a < to && from < b) {
                assert!(
                    segments.iter().any(|&(a, b)| a <= from && to <= b),
                    "{line}: {segments:x?}"
                );
                mapped += to - from;
            }
        }
        // Behind it is zeroed data.
        let all: usize = segments.iter().map(|&(from, to)| to - from).sum();
        assert!(mapped > 0 && mapped <= all && all < mapped + (8 << 20), "{mapped} of {all}");
    }
}
