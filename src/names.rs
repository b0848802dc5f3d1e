//! What was asked for under which name: the counters behind `by_name`.

use crate::journal::in_order;

/// Most different names that are counted one by one; the last row takes the rest.
pub const NAMES_MAX: usize = 32;
/// Bytes of a name that are kept, the closing NUL included.
pub const NAME_SIZE: usize = 40;
/// The same in words: a name is compared with the rows at each call, so by the word.
const WORDS: usize = NAME_SIZE / 8;

/// The row of ranges that came without a name.
const UNNAMED: &[u8] = b"(unnamed)";
/// The row of all names that found no row of their own.
const OTHERS: &[u8] = b"(others)";

/// Counters of one name since the segment was made. They only go up: a free
/// says no name.
#[derive(Clone, Copy, Debug)]
pub struct NameStats {
    words: [u64; WORDS],
    /// Calls that gave memory under it: allocations, reservations and, since
    /// the runtime names the purpose there, `sysMapOS`.
    pub calls: u64,
    /// Bytes they asked for.
    pub bytes: u64,
}

impl NameStats {
    /// A row that counts nothing.
    pub const EMPTY: Self = Self { words: [0; WORDS], calls: 0, bytes: 0 };

    /// The name, cut to 39 bytes, filled up with NULs.
    #[must_use]
    pub fn name(&self) -> [u8; NAME_SIZE] {
        let mut name = [0; NAME_SIZE];
        for (to, word) in name.chunks_exact_mut(8).zip(self.words) {
            to.copy_from_slice(&word.to_le_bytes());
        }
        name
    }

    fn is(&self, words: &[u64; WORDS]) -> bool {
        // Not `==`, which compilers make a call of libc's bcmp.
        self.words.iter().zip(words).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
    }
}

/// As much of a name as is kept.
fn kept(name: &[u8]) -> &[u8] {
    name.get(..NAME_SIZE - 1).unwrap_or(name)
}

/// The words of a name as it is kept.
fn words(name: &[u8]) -> [u64; WORDS] {
    let mut name = kept(name);
    let mut words = [0; WORDS];
    for word in &mut words {
        let Some((whole, rest)) = name.split_first_chunk() else {
            *word = name.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte));
            break;
        };
        *word = u64::from_le_bytes(*whole);
        name = rest;
    }
    words
}

/// The rows in the order in which their names came first.
#[derive(Debug)]
pub struct Names {
    used: usize,
    rows: [NameStats; NAMES_MAX],
}

impl Default for Names {
    fn default() -> Self {
        Self::new()
    }
}

impl Names {
    /// No names yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { used: 0, rows: [NameStats::EMPTY; NAMES_MAX] }
    }

    /// Forgets all names.
    pub fn reset(&mut self) {
        for row in &mut self.rows {
            *row = NameStats::EMPTY;
        }
        self.used = 0;
    }

    /// Counts a call for `bytes` under `name`.
    pub fn count(&mut self, name: &[u8], bytes: usize) {
        let name = words(if name.is_empty() { UNNAMED } else { name });
        if let Some(row) = self.rows.iter_mut().take(self.used).find(|row| row.is(&name)) {
            row.add(bytes);
            return;
        }
        let name = if self.used + 1 < NAMES_MAX { name } else { words(OTHERS) };
        let at = self.used.min(NAMES_MAX - 1);
        if let Some(row) = self.rows.get_mut(at) {
            row.words = name;
            row.add(bytes);
            in_order();
            self.used = at + 1;
        }
    }

    /// Repairs what a thread that vanished left half-done: a row that was not
    /// in use yet.
    pub fn recover(&mut self) {
        for row in self.rows.iter_mut().skip(self.used) {
            *row = NameStats::EMPTY;
        }
    }

    /// The rows in use.
    #[must_use]
    pub fn rows(&self) -> &[NameStats] {
        self.rows.get(..self.used).unwrap_or_default()
    }
}

impl NameStats {
    fn add(&mut self, bytes: usize) {
        self.calls += 1;
        self.bytes = self.bytes.wrapping_add(bytes as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::{NAME_SIZE, NAMES_MAX, NameStats, Names};

    fn text(row: &NameStats) -> String {
        std::ffi::CStr::from_bytes_until_nul(&row.name()).unwrap().to_str().unwrap().to_owned()
    }

    #[test]
    fn counts_each_name_on_its_own() {
        let mut names = Names::new();
        names.count(b"heap", 10);
        names.count(b"", 1);
        names.count(b"heap", 5);
        let rows: Vec<_> = names.rows().iter().map(|r| (text(r), r.calls, r.bytes)).collect();
        assert_eq!(rows, [("heap".to_owned(), 2, 15), ("(unnamed)".to_owned(), 1, 1)]);
    }

    #[test]
    fn a_prefix_is_another_name() {
        let mut names = Names::new();
        names.count(b"heap reservation", 1);
        names.count(b"heap", 1);
        assert_eq!(names.rows().len(), 2);
    }

    #[test]
    fn a_long_name_is_cut_and_still_found() {
        let mut names = Names::new();
        names.count(&[b'x'; 100], 1);
        names.count(&[b'x'; 100], 1);
        assert_eq!(names.rows().len(), 1);
        assert_eq!(text(&names.rows()[0]).len(), NAME_SIZE - 1);
    }

    #[test]
    fn what_finds_no_row_is_counted_with_the_others() {
        let mut names = Names::new();
        for i in 0..100 {
            names.count(format!("name {i}").as_bytes(), 1);
        }
        assert_eq!(names.rows().len(), NAMES_MAX);
        let last = names.rows()[NAMES_MAX - 1];
        assert_eq!((&*text(&last), last.calls), ("(others)", 100 - (NAMES_MAX as u64 - 1)));
    }
}
