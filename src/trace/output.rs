//! The file under a trace: slots go into a window of it that is mapped, or, where the
//! kernel or the file system does not agree to that, by a system call for each call.
//!
//! A window gets its place on the disk before it is mapped, so that no store into it
//! finds the disk full, which would be a signal. What is left, somebody who cuts the file
//! short while it is mapped, is for `window`.

use super::slot::{Kind, SIZE, Slot};
use super::window::Window;
use crate::addr::pointer;
use crate::journal::in_order;
use crate::os::linux::disk::{Identity, PIECES, most};
use crate::os::linux::page::MOST;
use crate::os::linux::{File, munmap};

/// Bytes of the header.
pub const HEADER: usize = 4096;
/// Bytes of the first window. The first store into a window has the kernel read all of it
/// ahead, so it has little more than programs need that end soon. Windows begin where pages do.
const FIRST: usize = if MOST > 16 << 10 { MOST } else { 16 << 10 };
/// Each further window has so many times the bytes of the one before, up to the last figure.
const GROWTH: usize = 4;
const LARGEST: usize = 256 << 10;
/// Bytes of slots that are gathered where nothing is mapped; the header fits.
const GROUP: usize = HEADER;

/// Bytes of zeros that windows are filled with, a piece at a time.
const ZEROS: usize = LARGEST / PIECES;

/// Whether a process that ends leaves the window and the descriptor to the kernel. A C library
/// must not: it may be unloaded, and the process goes on.
const LEAVES: bool = cfg!(feature = "flat");

/// Why a trace ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The disk, or what the process may write, is full: the kernel's error number.
    Full(i32),
    /// Something else was refused: the kernel's error number.
    Refused(i32),
    /// The descriptor is closed, or is of another file.
    Closed,
    /// The file is shorter than it was made, or the kernel cannot give a page of it.
    Cut,
    /// The process ends.
    Exited,
}

impl End {
    const fn of(errno: i32) -> Self {
        match errno {
            libc::ENOSPC | libc::EDQUOT | libc::EFBIG => Self::Full(errno),
            _ => Self::Refused(errno),
        }
    }
}

/// The file and what of it is being written. All zero: none.
#[derive(Debug)]
pub struct Output {
    file: Option<File>,
    identity: Identity,
    /// Without one, slots are gathered in `group`.
    window: Window,
    /// Bytes of the window, or of the group.
    size: usize,
    /// Bytes of it that are written.
    used: usize,
    /// Its place in the file.
    at: usize,
    /// Slots that were written.
    slots: u64,
    /// The file's random number.
    seed: u64,
    group: [u64; GROUP / 8],
    /// Never written to, so it takes no memory.
    zeros: [u64; ZEROS / 8],
}

impl Output {
    /// Writes what may not be all zero.
    ///
    /// # Safety
    /// All of it is writable, and zero.
    pub unsafe fn begin(this: *mut Self) {
        // SAFETY: the caller's promise.
        let file = unsafe { &raw mut (*this).file };
        // SAFETY: as above.
        unsafe { file.write(None) };
    }

    /// What a signal handler has to know. It never moves.
    pub const fn window(&self) -> *const Window {
        &raw const self.window
    }

    /// Takes a file that was made just now.
    pub fn keep(&mut self, file: File) {
        self.file = Some(file);
    }

    /// Begins the file. Its first 4096 bytes are for the header.
    ///
    /// # Errors
    /// Why it cannot be written.
    pub fn start(&mut self, seed: u64) -> Result<(), End> {
        let Some(file) = &self.file else { return Err(End::Closed) };
        (self.identity, _) = file.identity().map_err(End::Refused)?;
        self.window.renew();
        (self.at, self.used, self.size, self.slots, self.seed) = (0, 0, 0, 0, seed);
        match self.reach(FIRST) {
            Err(End::Refused(_)) => self.gather(0),
            done => done?,
        }
        Ok(())
    }

    /// Where the header's bytes go, all zero.
    pub fn header(&mut self) -> *mut u8 {
        if self.is_piecewise() { self.group.as_mut_ptr().cast() } else { pointer(self.window.at()) }
    }

    /// The header is complete.
    ///
    /// # Errors
    /// As [`Output::put`].
    pub fn headed(&mut self) -> Result<(), End> {
        self.used = HEADER;
        self.flush()
    }

    /// Whether slots go to the file by system calls.
    pub fn is_piecewise(&self) -> bool {
        !self.window.is_mapped()
    }

    /// Whether the file lost the page that something was stored into.
    pub fn is_cut(&self) -> bool {
        self.window.is_lost()
    }

    /// Writes a slot; where nothing is mapped, at the next [`Output::flush`].
    ///
    /// # Errors
    /// The trace has ended, and the file says so if it could.
    pub fn put(&mut self, slot: &Slot, time: u64) -> Result<(), End> {
        // The last slot of a window is written when there is room for another window: else
        // it is the one that says so.
        if self.used + SIZE == self.size && !self.is_piecewise() {
            self.last_of_window(slot, time)
        } else {
            self.store(slot, time);
            if self.used == self.size { self.flush() } else { Ok(()) }
        }
    }

    fn store(&mut self, slot: &Slot, time: u64) {
        let words = slot.words(self.seed.wrapping_add(self.slots), time);
        let to = if self.is_piecewise() {
            // SAFETY: a slot is whole, and the group has room for it.
            unsafe { self.group.as_mut_ptr().byte_add(self.used) }
        } else {
            pointer(self.window.at() + self.used)
        };
        // SAFETY: inside the window, which is mapped and has its place on the disk, or the
        // group; both are aligned to 8 bytes.
        #[expect(clippy::multiple_unsafe_ops_per_block, reason = "the words of one slot")]
        unsafe {
            to.add(1).write_volatile(words[1]);
            to.add(2).write_volatile(words[2]);
            to.add(3).write_volatile(words[3]);
            // With it the slot is there.
            in_order();
            to.write_volatile(words[0]);
        }
        self.used += SIZE;
        self.slots += 1;
    }

    #[cold]
    fn last_of_window(&mut self, slot: &Slot, time: u64) -> Result<(), End> {
        let next = self.at + self.size;
        let n = (self.size * GROWTH).min(LARGEST);
        let place = self.verify().and_then(|()| self.give_place(next, n));
        match place {
            Err(end @ (End::Full(_) | End::Closed | End::Cut | End::Exited)) => return Err(end),
            // A file system that gives no more place ahead may still be written to.
            Err(End::Refused(_)) => {
                self.store(slot, time);
                self.gather(next);
            }
            Ok(()) => {
                self.store(slot, time);
                self.at = next;
                if self.reach_placed(n).is_err() {
                    self.gather(next);
                }
            }
        }
        Ok(())
    }

    /// Sends what was gathered, if slots are.
    ///
    /// # Errors
    /// As [`Output::put`].
    pub fn flush(&mut self) -> Result<(), End> {
        if !self.is_piecewise() || self.used == 0 { Ok(()) } else { self.send() }
    }

    #[cold]
    fn send(&mut self) -> Result<(), End> {
        self.verify()?;
        let Some(file) = &self.file else { return Err(End::Closed) };
        if self.at + self.used > most() {
            return Err(End::Full(libc::EFBIG));
        }
        // SAFETY: the group's bytes up to what is used.
        let bytes = unsafe { core::slice::from_raw_parts(self.group.as_ptr().cast(), self.used) };
        file.write_at(self.at, bytes).map_err(End::of)?;
        self.at += self.used;
        self.used = 0;
        Ok(())
    }

    /// Ends the trace: its last slot says why, if there is a place for it. What was cut short
    /// is left as it is.
    #[cold]
    pub fn end(&mut self, end: End, time: u64) {
        let (code, errno) = match end {
            End::Full(errno) => (2, errno),
            End::Refused(errno) => (3, errno),
            End::Closed => (3, libc::EBADF),
            End::Cut => return self.close(),
            End::Exited => (0, 0),
        };
        if self.is_piecewise() {
            // What was gathered is lost.
            self.used = 0;
            self.slots = (self.at.saturating_sub(HEADER) / SIZE) as u64;
        }
        if self.used + SIZE <= self.size {
            let last = Slot { code, ..Slot::new(Kind::Last, u64::from(errno.unsigned_abs()), 0) };
            self.store(&last, time);
            let _ = self.flush();
        }
        if end == End::Exited && LEAVES {
            let _ = self.window.take();
            core::mem::forget(self.file.take());
        } else {
            self.close();
        }
    }

    /// Lets go of the window and the file; in a child of fork, of those of the parent.
    pub fn close(&mut self) {
        self.unmap();
        // The number may be another file's by now.
        if self.verify() != Err(End::Closed) {
            self.file = None;
        }
    }

    /// Maps the window that begins at `at`, after it was given its place.
    fn reach(&mut self, n: usize) -> Result<(), End> {
        self.give_place(self.at, n)?;
        self.reach_placed(n)
    }

    fn give_place(&self, at: usize, n: usize) -> Result<(), End> {
        if at + n > most() {
            return Err(End::Full(libc::EFBIG));
        }
        let Some(file) = &self.file else { return Err(End::Closed) };
        file.allocate(at, n).map_err(End::of)?;
        // The kernel makes the pages of one large write together. Without it each page takes
        // a fault of its own at the first store into it, which takes four times as long.
        match file.fill(at, n, &self.zeros).map_err(End::of) {
            Err(full @ End::Full(_)) => Err(full),
            _ => Ok(()),
        }
    }

    fn reach_placed(&mut self, n: usize) -> Result<(), End> {
        // First the old one goes: there may be no address space for both.
        self.unmap();
        let Some(file) = &self.file else { return Err(End::Closed) };
        self.window.set(file.map(self.at, n).map_err(End::Refused)?, n);
        (self.size, self.used) = (n, 0);
        Ok(())
    }

    fn unmap(&mut self) {
        if self.is_piecewise() {
            return;
        }
        let (window, n) = self.window.take();
        // SAFETY: the window, which nobody writes to any more.
        let _ = unsafe { munmap(window, n) };
    }

    /// From now on slots are gathered, and go to this place in the file.
    fn gather(&mut self, at: usize) {
        self.unmap();
        (self.at, self.size, self.used) = (at, GROUP, 0);
    }

    /// Whether the descriptor is still of the trace, and the file as long as it was made: a
    /// program may close what it does not know, and get the number for a file of its own.
    fn verify(&mut self) -> Result<(), End> {
        match self.file.as_ref().map(File::identity) {
            Some(Ok((identity, size))) if identity == self.identity => {
                let least = self.at + if self.is_piecewise() { 0 } else { self.size };
                if size < least { Err(End::Cut) } else { Ok(()) }
            }
            _ => {
                // Not closed: it is not this library's any more.
                core::mem::forget(self.file.take());
                Err(End::Closed)
            }
        }
    }
}
