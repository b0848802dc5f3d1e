//! The slots of a trace and their hash, as `docs/trace-format.md` has them.

/// What a slot says; the calls have the numbers of [`Function`](crate::call_format::Function).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    Foreign = 12,
    Inherited = 13,
    Init = 14,
    Segment = 15,
    Name = 32,
    Thread = 33,
    Argument = 34,
    Answer = 35,
    Break = 36,
    Clock = 37,
    Heap = 38,
    Ready = 39,
    Cycles = 40,
    Rss = 41,
    Resident = 42,
    Chunk = 43,
    Bits = 44,
    Stack = 45,
    Text = 46,
    Function = 47,
    Last = 49,
}

/// Bytes of a slot.
pub const SIZE: usize = 32;

/// A slot without its check word.
#[derive(Clone, Copy, Debug, Default)]
pub struct Slot {
    pub kind: u8,
    pub code: u8,
    pub thread: u16,
    pub name: u16,
    pub a: u64,
    pub b: u64,
}

impl Slot {
    /// A slot that is no call.
    pub const fn new(kind: Kind, a: u64, b: u64) -> Self {
        Self { kind: kind as u8, code: 0, thread: 0, name: 0, a, b }
    }

    /// As text: 16 bytes of it, filled with zeros.
    pub fn text(kind: Kind, bytes: &[u8]) -> Self {
        Self::new(kind, word(bytes), word(bytes.get(8..).unwrap_or_default()))
    }

    /// Its words, the check word in the low half of the first.
    pub const fn words(&self, seed: u64, time: u64) -> [u64; 4] {
        let second = time << 16 >> 16 | (self.name as u64) << 48;
        let first = self.kind as u64 | (self.code as u64) << 8 | (self.thread as u64) << 16;
        let mut hash = Hash::new(seed);
        hash.add(second);
        hash.add(self.a);
        hash.add(self.b);
        hash.add(first);
        let check = hash.0 & 0xffff_ffff;
        [first << 32 | if check == 0 { 1 } else { check }, second, self.a, self.b]
    }
}

/// Up to eight bytes as a number.
pub fn word(bytes: &[u8]) -> u64 {
    bytes.iter().take(8).rev().fold(0, |word, &byte| word << 8 | u64::from(byte))
}

/// The hash of the format, word by word.
#[derive(Clone, Copy, Debug)]
pub struct Hash(pub u64);

impl Hash {
    pub const fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    pub const fn add(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0xff51_afd7_ed55_8ccd);
        self.0 ^= self.0 >> 32;
    }

    /// The hash of bytes.
    pub fn of(seed: u64, mut bytes: &[u8]) -> u64 {
        let mut hash = Self::new(seed);
        while let Some((eight, rest)) = bytes.split_first_chunk::<8>() {
            hash.add(u64::from_le_bytes(*eight));
            bytes = rest;
        }
        if !bytes.is_empty() {
            hash.add(word(bytes));
        }
        hash.0
    }
}

#[cfg(test)]
mod tests {
    use super::{Hash, Kind, Slot};

    #[test]
    fn the_check_word_is_the_hash_of_the_other_28_bytes() {
        let slot = Slot { code: 3, thread: 0x1234, name: 0x5678, ..Slot::new(Kind::Rss, 7, 8) };
        let words = slot.words(99, 0xffff_1234_5678_9abc);
        let bytes: Vec<_> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        assert_eq!(bytes[4..8], [41, 3, 0x34, 0x12]);
        assert_eq!(bytes[8..16], [0xbc, 0x9a, 0x78, 0x56, 0x34, 0x12, 0x78, 0x56]);
        let hashed = [&bytes[8..], &bytes[4..8]].concat();
        assert_eq!(words[0] & 0xffff_ffff, Hash::of(99, &hashed) & 0xffff_ffff);
    }

    #[test]
    fn bytes_behind_the_last_word_count_as_if_filled_with_zeros() {
        assert_eq!(Hash::of(5, b"12345678abc"), Hash::of(5, b"12345678abc\0\0\0\0\0"));
        assert_ne!(Hash::of(5, b"12345678abc"), Hash::of(6, b"12345678abc"));
    }
}
