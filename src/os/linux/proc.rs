//! What the kernel says in `/proc`: the process's mappings, and what of them is in
//! memory. Read with `openat`, `read` and `close` alone, line by line.

use super::file::File;
use super::pages;
use core::ffi::CStr;

/// A file of `/proc` that is not there, or cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub struct Unreadable;

/// Bytes of a line that are kept; what a line has besides is left out.
const LINE: usize = 128;

/// Has each line of a file looked at, without its end, until `look` gives false.
/// `None`: it cannot be read.
// In a frame of its own: the buffers are gone before the call goes on.
#[inline(never)]
pub fn lines(path: &CStr, look: impl FnMut(&[u8]) -> bool) -> Option<()> {
    lines_by(path, &mut [0; LINE], &mut [0; LINE], look)
}

/// As [`lines`], with room for what is read at once, and for a line.
#[inline]
fn lines_by(
    path: &CStr,
    chunk: &mut [u8],
    line: &mut [u8; LINE],
    mut look: impl FnMut(&[u8]) -> bool,
) -> Option<()> {
    let file = File::open(path).ok()?;
    let mut used = 0;
    loop {
        let n = file.read(chunk).ok()?;
        if n == 0 {
            return Some(());
        }
        for &byte in chunk.get(..n)? {
            if byte == b'\n' {
                if !look(line.get(..used)?) {
                    return Some(());
                }
                used = 0;
            } else if let Some(to) = line.get_mut(used) {
                *to = byte;
                used += 1;
            }
        }
    }
}

/// The range that a line of `maps` or `smaps` begins with, if it does.
pub fn range(line: &[u8]) -> Option<(usize, usize)> {
    let space = line.iter().position(|&byte| byte == b' ')?;
    let range = line.get(..space)?;
    let dash = range.iter().position(|&byte| byte == b'-')?;
    Some((number::<16>(range.get(..dash)?)?, number::<16>(range.get(dash + 1..)?)?))
}

/// Digits and nothing else.
pub fn number<const BASE: u32>(digits: &[u8]) -> Option<usize> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_usize, |n, &digit| {
        let digit = char::from(digit).to_digit(BASE)?;
        n.checked_mul(BASE as usize)?.checked_add(digit as usize)
    })
}

/// The number in a line such as `Rss:      12 kB`, if it begins with this key.
pub fn value(line: &[u8], key: &[u8]) -> Option<usize> {
    let rest = line.get(key.len()..).filter(|_| begins_with(line, key))?;
    let mut words = rest.split(|&byte| byte == b' ' || byte == b'\t').filter(|w| !w.is_empty());
    number::<10>(words.next()?)
}

/// The number behind a key at the beginning of a line, or without a key at the beginning of
/// the first line; `None`: there is none, or it cannot be read.
// In a frame of its own, as `lines`.
#[cfg(any(feature = "flat", test))]
#[inline(never)]
pub fn figure(path: &CStr, key: &[u8]) -> Option<usize> {
    let mut found = None;
    lines(path, |line| {
        found = value(line, key);
        found.is_none() && !begins_with(line, key)
    })?;
    found
}

/// Whether a line begins with a key. Byte by byte: a comparison of slices is a call of
/// libc's.
pub fn begins_with(line: &[u8], key: &[u8]) -> bool {
    line.len() >= key.len() && line.iter().zip(key).all(|(a, b)| a == b)
}

/// Bytes in physical memory of the mappings that lie in `[at, at+n)`; `None`: that
/// cannot be told.
pub fn resident(at: usize, n: usize) -> Option<usize> {
    let (mut inside, mut kib) = (false, 0);
    lines(c"/proc/self/smaps", |line| {
        if let Some((from, to)) = range(line) {
            inside = from >= at && to <= at + n;
            return from < at + n;
        }
        if inside {
            kib += value(line, b"Rss:").unwrap_or(0);
        }
        true
    })?;
    Some(kib << 10)
}

/// Pages of the process in memory.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// All of them.
    pub resident: usize,
    /// Those of files and of shared memory.
    pub shared: usize,
}

/// What of the process is in memory; `None`: that cannot be told.
#[inline(never)] // The buffer is gone when the call goes on.
#[must_use]
pub fn usage() -> Option<Usage> {
    let mut text = [0; 64];
    let n = File::open(c"/proc/self/statm").ok()?.read(&mut text).ok()?;
    let mut words = text.get(..n)?.split(|&byte| byte == b' ').skip(1).map(number::<10>);
    Some(Usage { resident: words.next()??, shared: words.next()?? })
}

/// Room to read the mappings in, too large for a stack.
#[derive(Debug)]
pub struct Scratch {
    chunk: [u8; 4096],
    line: [u8; LINE],
}

impl Scratch {
    /// Room for other things, while no mappings are read.
    pub const fn bytes(&mut self) -> &mut [u8] {
        &mut self.chunk
    }
}

/// What of the process's parts is in memory, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Parts {
    /// What is in the range of the segment.
    pub segment: usize,
    /// The file that some code is in, with the zeroed data right behind it.
    pub file: usize,
}

/// Where the file is that some code is in: its mappings, with the zeroed data right behind
/// them, from the lowest on.
#[derive(Clone, Copy, Debug)]
pub struct Own {
    ranges: [(usize, usize); RANGES],
    known: usize,
}

/// Most ranges of a file.
const RANGES: usize = 8;

impl Own {
    /// Not a file yet.
    pub const NONE: Self = Self { ranges: [(0, 0); RANGES], known: 0 };

    /// Whether the file has been found.
    pub const fn is_known(&self) -> bool {
        self.known != 0
    }

    /// Takes the file with these ranges, if `code` is in one of them. It is not known if it is
    /// not, or if there are more than are kept.
    pub fn take(&mut self, code: usize, ranges: impl Iterator<Item = (usize, usize)>) {
        let (mut has_code, mut fits) = (false, true);
        for (start, end) in ranges {
            has_code |= (start..end).contains(&code);
            fits &= self.add(start, end);
        }
        if !has_code || !fits {
            *self = Self::NONE;
        }
    }

    /// Finds the file that is mapped at `code`, in place, because it is large for a stack.
    /// It is not known if that cannot be told, or if it is in more parts than are kept.
    #[inline(never)]
    pub fn find(&mut self, code: usize, scratch: &mut Scratch) {
        if self.find_all(code, scratch) != Some(true) {
            self.known = 0;
        }
    }

    fn find_all(&mut self, code: usize, scratch: &mut Scratch) -> Option<bool> {
        let Scratch { chunk, line } = scratch;
        let mut own = None;
        lines_by(c"/proc/self/maps", chunk, line, |line| {
            if range(line).is_some_and(|(start, end)| (start..end).contains(&code)) {
                own = Some(file(line));
            }
            own.is_none()
        })?;
        self.known = 0;
        let (mut last, mut fits) = (0, true);
        lines_by(c"/proc/self/maps", chunk, line, |line| {
            let Some((start, end)) = range(line) else { return true };
            // The heap of the C library may lie right behind as well, but it has a name.
            let is_data = start == last && file(line).1 == 0 && line.last() != Some(&b']');
            last = 0;
            if Some(file(line)) == own || is_data {
                last = end;
                fits &= self.add(start, end);
            }
            fits
        })?;
        Some(fits)
    }

    fn add(&mut self, start: usize, end: usize) -> bool {
        let before = self.known.checked_sub(1).and_then(|i| self.ranges.get_mut(i));
        if let Some(before) = before.filter(|before| before.1 == start) {
            before.1 = end;
            return true;
        }
        let Some(place) = self.ranges.get_mut(self.known) else { return false };
        *place = (start, end);
        self.known += 1;
        true
    }

    /// How many bytes of `[start, end)` are the file's.
    fn share(&self, start: usize, end: usize) -> usize {
        self.ranges.iter().map(|&(from, to)| to.min(end).saturating_sub(from.max(start))).sum()
    }

    /// Whether a mapping that begins there is the file's.
    fn has(&self, start: usize) -> bool {
        self.share(start, start + 1) > 0
    }
}

/// What of the process's memory, `all` of which is so many bytes, is in `[from, to)`, and
/// what is of its own file, which is not in there. `None`: that cannot be told.
///
/// What is elsewhere is looked at page by page, and the rest of `all` is in the range: so it
/// takes no longer when there is much. Where there is more elsewhere than there was in `all`,
/// which was counted before, there is little in the range, and that is looked at.
#[inline(never)] // What is inlined here would be on the stack of each call.
#[must_use]
pub fn parts(
    all: usize,
    from: usize,
    to: usize,
    own: &Own,
    scratch: &mut Scratch,
) -> Option<Parts> {
    let (mut elsewhere, mut file) = (0, 0);
    let runs = scratch.bytes();
    let pagemap = pages::Pagemap::open()?;
    for (start, end) in [(0, from), (to, pages::END)] {
        pagemap.resident(start, end, runs, |start, end| {
            elsewhere += end - start;
            file += own.share(start, end);
        })?;
    }
    let mut segment = all.saturating_sub(elsewhere);
    if elsewhere > all {
        pagemap.resident(from, to, runs, |start, end| segment += end - start)?;
    }
    Some(Parts { segment, file })
}

/// The same where the kernel does not tell it by pages: of the mappings that begin in
/// `[from, to)`. It takes long where much is resident.
#[inline(never)]
#[must_use]
pub fn parts_by_mapping(from: usize, to: usize, own: &Own, scratch: &mut Scratch) -> Option<Parts> {
    let Scratch { chunk, line } = scratch;
    let mut parts = Parts::default();
    let (mut in_segment, mut in_file) = (false, false);
    lines_by(c"/proc/self/smaps", chunk, line, |line| {
        if let Some((start, _)) = range(line) {
            in_segment = start >= from && start < to;
            in_file = own.has(start);
        } else if let Some(kib) = value(line, b"Rss:") {
            parts.segment += if in_segment { kib << 10 } else { 0 };
            parts.file += if in_file { kib << 10 } else { 0 };
        }
        true
    })?;
    Some(parts)
}

/// The device and the inode of a line of `maps`, as words 4 and 5 have them; the device
/// as a number that another one hardly has.
fn file(line: &[u8]) -> (usize, usize) {
    let mut words = line.split(|&byte| byte == b' ').skip(3);
    let device = words.next().unwrap_or_default();
    let device = device.iter().fold(0, |n: usize, &byte| n.rotate_left(8) ^ usize::from(byte));
    (device, words.next().and_then(number::<10>).unwrap_or(0))
}

/// The lowest mapping that reaches into `[from, to)`, with those right behind it:
/// where it begins in there, and where it ends. `None`: there is none.
///
/// # Errors
/// That cannot be told.
pub fn obstacle(from: usize, to: usize) -> Result<Option<(usize, usize)>, Unreadable> {
    let mut found = None;
    lines(c"/proc/self/maps", |line| {
        let Some((start, end)) = range(line).filter(|&(_, end)| end > from) else { return true };
        match found {
            None if start < to => found = Some((start.max(from), end)),
            Some((first, last)) if start == last => found = Some((first, end)),
            _ => return false,
        }
        true
    })
    .ok_or(Unreadable)?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::{
        Own, Parts, Scratch, figure, lines, number, obstacle, parts, parts_by_mapping, range,
        resident, usage, value,
    };

    #[test]
    fn lines_are_taken_apart() {
        let line = b"7f12e0000000-7f12e0021000 rw-p 00000000 00:00 0 ";
        assert_eq!(range(line), Some((0x7f12_e000_0000, 0x7f12_e002_1000)));
        for no in [&b"Rss:                  12 kB"[..], b"", b"-", b"12-", b"g-1 x", b"1-2"] {
            assert_eq!(range(no), None);
        }
        assert_eq!(value(b"Rss:                  12 kB", b"Rss:"), Some(12));
        assert_eq!(value(b"Rss:\t12\tkB", b"Rss:"), Some(12));
        assert_eq!(value(b"Rss: many", b"Rss:"), None);
        assert_eq!(number::<16>(b"ffffffffffffffff"), Some(usize::MAX));
        assert_eq!(number::<16>(b"10000000000000000"), None);
    }

    #[test]
    fn figures_are_found_by_their_key() {
        let pid = std::process::id() as usize;
        assert_eq!(figure(c"/proc/self/stat", b""), Some(pid));
        assert_eq!(figure(c"/proc/self/status", b"Pid:"), Some(pid));
        assert_eq!(figure(c"/proc/self/status", b"Name:"), None);
        assert_eq!(figure(c"/proc/self/status", b"No such key:"), None);
        assert_eq!(figure(c"/proc/self/no such file", b""), None);
    }

    #[test]
    fn every_line_is_seen_once_and_a_long_one_is_cut() {
        let want = std::fs::read_to_string("/proc/self/status").unwrap();
        let mut keys = Vec::new();
        lines(c"/proc/self/status", |line| {
            assert!(line.len() <= 128);
            keys.push(String::from_utf8_lossy(line).split(':').next().unwrap().to_owned());
            true
        });
        let want: Vec<_> = want.lines().map(|line| line.split(':').next().unwrap()).collect();
        assert_eq!(keys, want);
        assert_eq!(lines(c"/proc/self/no such file", |_| true), None);
    }

    #[test]
    fn a_file_is_taken_with_the_code_in_it_and_if_its_ranges_fit() {
        let taken = |code: usize, n: usize| {
            let mut own = Own::NONE;
            own.take(code, (1..=n).map(|i| (i * 0x2000, i * 0x2000 + 0x1000)));
            (own.is_known(), own.share(0, usize::MAX))
        };
        assert_eq!(taken(0x2000, 1), (true, 0x1000));
        assert_eq!(taken(0x10fff, 8), (true, 0x8000));
        assert_eq!(taken(0x2000, 9), (false, 0));
        assert_eq!(taken(0x3000, 2), (false, 0));
        assert_eq!(taken(0x2000, 0), (false, 0));
    }

    #[test]
    fn the_parts_of_a_process_are_what_its_mappings_say() {
        let mut scratch = Box::new(Scratch { chunk: [0; 4096], line: [0; 128] });
        let code = the_parts_of_a_process_are_what_its_mappings_say as *const () as usize;
        let path = std::fs::read_link("/proc/self/exe").unwrap().to_str().unwrap().to_owned();
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let mapped = |line: &&str| line.ends_with(&path);
        let size: usize = maps
            .lines()
            .filter(mapped)
            .map(|line| {
                let (from, to) = range(line.as_bytes()).unwrap();
                to - from
            })
            .sum();
        let mut own = Own::NONE;
        own.find(code, &mut scratch);
        assert!(own.is_known());
        let Parts { segment, file } = parts_by_mapping(0, 1, &own, &mut scratch).unwrap();
        assert_eq!(segment, 0);
        assert!(file > 64 << 10 && file < size + (8 << 20), "{file} of {size}");
        let all = parts_by_mapping(0, usize::MAX, &own, &mut scratch).unwrap();
        let usage = usage().unwrap();
        let resident = usage.resident << super::super::page::shift();
        assert!(all.segment.abs_diff(resident) < 4 << 20, "{all:?} {usage:?}");
        assert!(usage.shared <= usage.resident && file <= all.segment);

        // By pages it is the same, and a range that is large makes no difference.
        let n = 16 << 20;
        let page = 1 << super::super::page::shift();
        let touched = vec![1_u8; n + page];
        // The kernel takes whole pages only.
        let from = (touched.as_ptr() as usize).next_multiple_of(page);
        let resident = super::usage().unwrap().resident << super::super::page::shift();
        let Some(by_page) = parts(resident, from, from + n, &own, &mut scratch) else {
            return println!("skipped: the kernel has no PAGEMAP_SCAN");
        };
        assert!(by_page.segment.abs_diff(n) < 2 << 20, "{by_page:?} of {n}");
        assert!(by_page.file.abs_diff(file) < 256 << 10, "{by_page:?}, {file}");
        // The range is looked at where more is elsewhere than there was in all.
        let looked_at = parts(0, from, from + n, &own, &mut scratch).unwrap();
        assert!(looked_at.segment.abs_diff(n) < 2 << 20, "{looked_at:?} of {n}");
        drop(touched);
    }

    #[test]
    #[expect(clippy::multiple_unsafe_ops_per_block, reason = "a run of calls under one promise")]
    fn a_mapping_is_found_with_its_neighbour() {
        let page = 1 << super::super::page::shift();
        let mmap = |at: usize, n, protection, flags: i32| {
            let flags = flags | libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
            let at = core::ptr::with_exposed_provenance_mut(at);
            // SAFETY: a new mapping, or one in the middle of it.
            unsafe { libc::mmap(at, n, protection, flags, -1, 0) }.expose_provenance()
        };
        let at = mmap(0, 64 * page, libc::PROT_NONE, 0);
        let middle = at + 16 * page;
        let read_write = libc::PROT_READ | libc::PROT_WRITE;
        assert_eq!(mmap(middle, 2 * page, read_write, libc::MAP_FIXED), middle);
        // SAFETY: the pages around the two are this test's.
        unsafe {
            libc::munmap(core::ptr::with_exposed_provenance_mut(at), 16 * page);
            let above = core::ptr::with_exposed_provenance_mut(middle + 4 * page);
            libc::munmap(above, 44 * page);
            core::ptr::with_exposed_provenance_mut::<u8>(middle).write(1);
        }
        let end = middle + 4 * page;
        assert_eq!(obstacle(at, end), Ok(Some((middle, end))));
        assert_eq!(obstacle(middle + page, end), Ok(Some((middle + page, end))));
        assert_eq!(obstacle(at, middle), Ok(None));
        assert_eq!(resident(at, 64 * page), Some(page));
    }
}
