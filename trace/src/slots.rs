//! The slots of a trace in order, as far as they are as they were written.

use crate::format::slot::{Found, Slot};
use crate::format::{HEADER, SLOT};
use crate::source::Source;
use std::io;

/// Bytes that are read at a time.
const PIECE: usize = 1 << 20;

/// Why there are no more slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// None was written behind the last one.
    End,
    /// The file ends in the middle of a slot.
    Cut,
    /// This slot is not as it was written, or was not written though a later one was.
    Damaged,
}

/// A walk over slots.
pub struct Slots<'a> {
    source: &'a dyn Source,
    random: u64,
    next: u64,
    /// The first one that is not to be read.
    limit: u64,
    piece: Vec<u8>,
    /// The slot that `piece` begins with.
    first: u64,
    stop: Option<Stop>,
}

impl Clone for Slots<'_> {
    fn clone(&self) -> Self {
        // Without what was read ahead, which is large.
        Self { piece: Vec::new(), ..*self }
    }
}

impl<'a> Slots<'a> {
    /// Slots from this one on, and before `limit`.
    #[must_use]
    pub fn new(source: &'a dyn Source, random: u64, from: u64, limit: u64) -> Self {
        Self { source, random, next: from, limit, piece: Vec::new(), first: 0, stop: None }
    }

    /// The number of the slot that comes next.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.next
    }

    /// Why there are no more; `None` while there are, or where the limit was reached.
    #[must_use]
    pub const fn stop(&self) -> Option<Stop> {
        self.stop
    }

    /// The next slot; `None`: there are no more.
    ///
    /// # Errors
    /// The system does not give the bytes.
    #[inline]
    pub fn read(&mut self) -> io::Result<Option<Slot>> {
        if self.next >= self.limit || self.stop.is_some() {
            return Ok(None);
        }
        let Some(bytes) = self.bytes()? else { return Ok(None) };
        match Slot::decode(&bytes, self.random, self.next) {
            Found::Whole(slot) => {
                self.next += 1;
                Ok(Some(slot))
            }
            Found::Damaged => {
                self.stop = Some(Stop::Damaged);
                Ok(None)
            }
            Found::Empty if self.is_rest_empty()? => {
                self.stop = Some(Stop::End);
                Ok(None)
            }
            Found::Empty => self.again(),
        }
    }

    /// The next slot, which was empty, and later ones were not. A program that writes may
    /// have written all of them meanwhile, in order: then this one is there by now.
    fn again(&mut self) -> io::Result<Option<Slot>> {
        self.fill(self.next)?;
        let bytes = self.bytes()?;
        let found = bytes.map(|bytes| Slot::decode(&bytes, self.random, self.next));
        let Some(Found::Whole(slot)) = found else {
            self.stop = Some(Stop::Damaged);
            return Ok(None);
        };
        self.next += 1;
        Ok(Some(slot))
    }

    #[inline]
    fn bytes(&mut self) -> io::Result<Option<[u8; SLOT]>> {
        loop {
            // Never more than a piece, where it is one of these.
            #[expect(clippy::cast_possible_truncation, reason = "see above")]
            let at = (self.next.wrapping_sub(self.first)) as usize * SLOT;
            let is_near = self.next.wrapping_sub(self.first) < (PIECE / SLOT) as u64;
            let bytes = if is_near { self.piece.get(at..at + SLOT) } else { None };
            if let Some(bytes) = bytes {
                return Ok(bytes.try_into().ok());
            }
            let size = self.fill(self.next)?;
            if size < SLOT {
                self.stop = Some(if size == 0 { Stop::End } else { Stop::Cut });
                return Ok(None);
            }
        }
    }

    /// Reads a piece from this slot on, and gives how many bytes there were.
    fn fill(&mut self, from: u64) -> io::Result<usize> {
        self.piece.resize(PIECE, 0);
        self.first = from;
        let offset = from.saturating_mul(SLOT as u64).saturating_add(HEADER as u64);
        let size = self.source.read_at(offset, &mut self.piece)?;
        self.piece.truncate(size);
        Ok(size)
    }

    /// Whether no slot behind the next one was written. A slot's check word is written
    /// last, so that one which was being written counts as none.
    fn is_rest_empty(&mut self) -> io::Result<bool> {
        let mut from = self.next;
        loop {
            let size = self.fill(from)?;
            // What was not written has no check word; of the first one the rest may be there.
            if self.piece.chunks_exact(SLOT).any(|slot| slot[..4] != [0; 4]) {
                return Ok(false);
            }
            if size < PIECE {
                return Ok(true);
            }
            from += (PIECE / SLOT) as u64;
        }
    }
}
