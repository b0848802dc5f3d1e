//! A slot: 32 bytes with their own check word.

use super::SLOT;
use crate::hash;

/// A slot without its check word. What the fields mean depends on `kind`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slot {
    /// What it is: one of [`kind`].
    pub kind: u8,
    /// The error of a call; in others as the kind has it.
    pub code: u8,
    /// The thread's index; 0: unknown.
    pub thread: u16,
    /// The low 48 bits of the ticks since those in the header.
    pub time: u64,
    /// The name's index; 0: none.
    pub name: u16,
    /// The first operand.
    pub a: u64,
    /// The second operand.
    pub b: u64,
}

/// How a slot's bytes were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Written, and as it was written.
    Whole(Slot),
    /// Not written.
    Empty,
    /// Written by somebody else, elsewhere, or changed since.
    Damaged,
}

/// The kinds of slots.
#[expect(missing_docs, reason = "docs/trace-format.md has them")]
pub mod kind {
    pub const ALLOC: u8 = 1;
    pub const FREE: u8 = 2;
    pub const RESERVE: u8 = 3;
    pub const RESERVE_ALIGNED: u8 = 4;
    pub const MAP: u8 = 5;
    pub const UNUSED: u8 = 6;
    pub const USED: u8 = 7;
    pub const HUGE_PAGE: u8 = 8;
    pub const NO_HUGE_PAGE: u8 = 9;
    pub const COLLAPSE: u8 = 10;
    pub const FAULT: u8 = 11;
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
    pub const LOST: u8 = 48;
    pub const LAST: u8 = 49;
    pub const SAMPLE: u8 = 50;
    pub const ROW: u8 = 51;
}

/// The time that a slot has room for.
pub const TIME: u64 = (1 << 48) - 1;

impl Slot {
    /// Its bytes as the slot of this number, counted from 0, in the file with this
    /// random number.
    #[must_use]
    pub fn encode(&self, random: u64, number: u64) -> [u8; SLOT] {
        let head = u32::from_le_bytes([self.kind, self.code, lo(self.thread), hi(self.thread)]);
        let time = self.time & TIME | u64::from(self.name) << 48;
        let mut bytes = [0; SLOT];
        bytes[4..8].copy_from_slice(&head.to_le_bytes());
        bytes[8..16].copy_from_slice(&time.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.a.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.b.to_le_bytes());
        let check = check([time, self.a, self.b, u64::from(head)], random, number);
        bytes[..4].copy_from_slice(&check.to_le_bytes());
        bytes
    }

    /// The slot of this number in the file with this random number.
    #[must_use]
    #[inline]
    pub fn decode(bytes: &[u8; SLOT], random: u64, number: u64) -> Found {
        let word = |at: usize| {
            bytes[at..at + 8].iter().rev().fold(0, |word: u64, &byte| word << 8 | u64::from(byte))
        };
        let (first, time, a, b) = (word(0), word(8), word(16), word(24));
        let (written, head) = (first & 0xffff_ffff, first >> 32);
        if written == 0 {
            return Found::Empty;
        }
        if written != u64::from(check([time, a, b, head], random, number)) {
            return Found::Damaged;
        }
        let [.., thread_low, thread_high] = [bytes[4], bytes[5], bytes[6], bytes[7]];
        Found::Whole(Self {
            kind: bytes[4],
            code: bytes[5],
            thread: u16::from_le_bytes([thread_low, thread_high]),
            time: time & TIME,
            name: u16::from_le_bytes([bytes[14], bytes[15]]),
            a,
            b,
        })
    }
}

const fn lo(n: u16) -> u8 {
    n.to_le_bytes()[0]
}

const fn hi(n: u16) -> u8 {
    n.to_le_bytes()[1]
}

/// Never 0, which is what a slot has that was not written.
#[inline]
fn check(words: [u64; 4], random: u64, number: u64) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "the low half is what is kept")]
    let low = hash::words(words, random.wrapping_add(number)) as u32;
    if low == 0 { 1 } else { low }
}

#[cfg(test)]
mod tests {
    use super::{Found, Slot, TIME};

    const ONE: Slot = Slot {
        kind: 7,
        code: 2,
        thread: 0x0102,
        time: TIME - 5,
        name: 0x0a0b,
        a: u64::MAX,
        b: 0x1234_5678_9abc_def0,
    };

    #[test]
    fn a_slot_is_read_as_it_was_written_and_nowhere_else() {
        let bytes = ONE.encode(99, 1000);
        assert_eq!(Slot::decode(&bytes, 99, 1000), Found::Whole(ONE));
        assert_eq!(Slot::decode(&bytes, 99, 1001), Found::Damaged);
        assert_eq!(Slot::decode(&bytes, 98, 1000), Found::Damaged);
        assert_eq!(Slot::decode(&[0; 32], 99, 1000), Found::Empty);
    }

    #[test]
    fn a_flipped_bit_is_seen() {
        for bit in 0..256 {
            let mut bytes = ONE.encode(1, 2);
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Slot::decode(&bytes, 1, 2), Found::Damaged, "bit {bit}");
        }
    }
}
