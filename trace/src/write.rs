//! Writes a trace: for what was looked at, and for tests.

use crate::format::header::Header;
use crate::format::slot::{Slot, kind};
use std::io::{self, Write};

/// A trace being written.
pub struct Writer<W> {
    to: W,
    random: u64,
    next: u64,
}

/// Text in words of 16 bytes, filled up with zeros.
fn pieces(text: &[u8]) -> impl ExactSizeIterator<Item = (u64, u64)> {
    text.chunks(16).map(|piece| {
        let word = |from: usize| {
            let bytes = piece.iter().skip(from).take(8).rev();
            bytes.fold(0, |word: u64, &byte| word << 8 | u64::from(byte))
        };
        (word(0), word(8))
    })
}

/// Most slots of text that can follow a slot.
const MOST: usize = 255;

impl<W: Write> Writer<W> {
    /// A trace that begins with this header.
    ///
    /// # Errors
    /// Those of `to`.
    pub fn new(mut to: W, header: &Header) -> io::Result<Self> {
        to.write_all(&header.encode())?;
        Ok(Self { to, random: header.random, next: 0 })
    }

    /// Writes a slot.
    ///
    /// # Errors
    /// Those of what it writes to.
    pub fn slot(&mut self, slot: &Slot) -> io::Result<()> {
        self.to.write_all(&slot.encode(self.random, self.next))?;
        self.next += 1;
        Ok(())
    }

    /// The number of the slot that comes next.
    pub const fn number(&self) -> u64 {
        self.next
    }

    /// Defines a name.
    ///
    /// # Errors
    /// Those of what it writes to.
    pub fn name(&mut self, index: u16, name: &[u8]) -> io::Result<()> {
        let name = &name[..name.len().min(16 * (MOST + 1))];
        let mut pieces = pieces(name);
        let (a, b) = pieces.next().unwrap_or_default();
        let code = u8::try_from(pieces.len()).unwrap_or(u8::MAX);
        let thread = u16::try_from(name.len()).unwrap_or(0);
        self.slot(&Slot { kind: kind::NAME, code, thread, name: index, a, b, ..Slot::default() })?;
        self.text(pieces)
    }

    /// Says what a program counter is.
    ///
    /// # Errors
    /// Those of what it writes to.
    pub fn function(&mut self, pc: u64, name: &str, file: &str, line: u64) -> io::Result<()> {
        let text = format!("{name}\0{file}");
        let text = &text.as_bytes()[..text.len().min(16 * MOST)];
        let pieces = pieces(text);
        let code = u8::try_from(pieces.len()).unwrap_or(u8::MAX);
        self.slot(&Slot { kind: kind::FUNCTION, code, a: pc, b: line, ..Slot::default() })?;
        self.text(pieces)
    }

    /// The stack of the next call, the innermost program counter first.
    ///
    /// # Errors
    /// Those of what it writes to.
    pub fn stack(&mut self, time: u64, stack: &[u64]) -> io::Result<()> {
        let pairs = stack.chunks(2).take(MOST + 1);
        let mut left = pairs.len();
        for pair in pairs {
            left -= 1;
            let (a, b) = (pair[0], pair.get(1).copied().unwrap_or(0));
            let code = u8::try_from(left).unwrap_or(u8::MAX);
            self.slot(&Slot { kind: kind::STACK, code, time, a, b, ..Slot::default() })?;
        }
        Ok(())
    }

    fn text(&mut self, pieces: impl Iterator<Item = (u64, u64)>) -> io::Result<()> {
        for (a, b) in pieces {
            self.slot(&Slot { kind: kind::TEXT, a, b, ..Slot::default() })?;
        }
        Ok(())
    }

    /// Has all that was written so far arrive.
    ///
    /// # Errors
    /// Those of what it writes to.
    pub fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }

    /// Ends it.
    ///
    /// # Errors
    /// Those of what it writes to.
    pub fn finish(mut self) -> io::Result<W> {
        self.to.flush()?;
        Ok(self.to)
    }
}
