//! A system with one range of memory, always at the same address, that refuses when it
//! is told to.

use gosbrk::error::Error;
use gosbrk::os::{Hint, Os};
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::cell::Cell;
use std::ptr::with_exposed_provenance_mut;
use std::rc::Rc;
use std::sync::{Mutex, MutexGuard};

/// Where the range is: the same in every run, so that an input means the same; outside
/// of what a sanitizer keeps for itself; and a multiple of 2^45, so that an offset is
/// aligned just as its address is.
pub const BASE: usize = 1 << 45;

/// Most bytes that a segment can have.
pub const ROOM: usize = 112 << 20;

/// Most bytes that the library can have for its records: more than it takes for
/// [`ROOM`].
const RECORDS: usize = 64 << 10;

/// Up to so many bytes are cleared rather than given back and mapped again, which takes
/// longer but where hardly any page was touched.
const FEW: usize = 2 << 20;

/// Whether the range is mapped; whoever holds the lock uses it.
static RANGE: Mutex<bool> = Mutex::new(false);

/// What the arena and the one who watches it share.
#[derive(Default)]
pub struct Control {
    /// Bytes of the segment, from the base on.
    pub mapped: Cell<usize>,
    /// What the next request for memory gets, unless it is granted.
    pub refusal: Cell<Option<Error>>,
    /// What a request was refused with since this was last taken.
    pub refused: Cell<Option<Error>>,
    /// Whether memory was asked for since this was last taken.
    pub asked: Cell<bool>,
}

/// The system.
pub struct Arena {
    control: Rc<Control>,
    _range: MutexGuard<'static, bool>,
}

impl Arena {
    /// The range with no segment in it, once its last user is gone.
    ///
    /// # Panics
    /// The address is taken.
    #[must_use]
    pub fn new(control: Rc<Control>) -> Self {
        let mut range = RANGE.lock().unwrap_or_else(|failed| {
            // The run before this one has left what it had.
            discard(BASE, ROOM);
            RANGE.clear_poison();
            failed.into_inner()
        });
        if !*range {
            let at = with_exposed_provenance_mut(BASE);
            let access = libc::PROT_READ | libc::PROT_WRITE;
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
            let flags = flags | libc::MAP_FIXED_NOREPLACE;
            // SAFETY: nothing that is mapped is replaced.
            let got = unsafe { libc::mmap(at, ROOM, access, flags, -1, 0) };
            assert_eq!(got, at, "the arena's address is taken");
            *range = true;
        }
        Self { control, _range: range }
    }

    /// Whether a request is granted.
    fn ask(&self) -> Result<(), Error> {
        self.control.asked.set(true);
        match self.control.refusal.take() {
            None => Ok(()),
            Some(refusal) => {
                self.control.refused.set(Some(refusal));
                Err(refusal)
            }
        }
    }
}

impl Os for Arena {
    fn place(&mut self, at: usize, n: usize, _: usize) -> Result<usize, Error> {
        assert!(at == 0 && self.control.mapped.get() == 0, "there is one segment");
        self.map(BASE, n).map(|()| BASE)
    }

    fn map(&mut self, at: usize, n: usize) -> Result<(), Error> {
        let mapped = self.control.mapped.get();
        assert_eq!(at, BASE + mapped, "the segment grows at its end");
        assert!(n > 0 && n.is_multiple_of(4096), "{n} bytes are no pages");
        if n > ROOM - mapped {
            return Err(Error::NoMem);
        }
        self.ask()?;
        self.control.mapped.set(mapped + n);
        Ok(())
    }

    unsafe fn unmap(&mut self, at: usize, n: usize) {
        assert_eq!((at, n), (BASE, self.control.mapped.get()), "the segment goes as a whole");
        self.control.mapped.set(0);
        // SAFETY: nobody uses the memory, by the caller's promise.
        unsafe { self.clear(at, n, false) };
    }

    unsafe fn resize(&mut self, at: usize, old: usize, new: usize) -> Result<usize, Error> {
        let layout = |n| Layout::from_size_align(n, 4096).expect("whole pages");
        let from = with_exposed_provenance_mut::<u8>(at);
        let mut to = 0;
        if new > RECORDS {
            return Err(Error::NoMem);
        }
        if new != 0 {
            if new > old {
                self.ask()?;
            }
            // SAFETY: the layout is not empty.
            let copy = unsafe { alloc_zeroed(layout(new)) };
            // SAFETY: both have as many bytes, and are different allocations.
            unsafe { copy.copy_from_nonoverlapping(from, old.min(new)) };
            to = copy.expose_provenance();
        }
        if old != 0 {
            // SAFETY: allocated here with this layout.
            unsafe { dealloc(from, layout(old)) };
        }
        Ok(to)
    }

    unsafe fn advise(&mut self, hint: Hint, at: usize, n: usize) -> Result<(), Error> {
        let offset = at - BASE;
        assert!(n > 0 && offset + n <= self.control.mapped.get(), "a hint stays in the segment");
        if matches!(hint, Hint::Release | Hint::Fault) {
            discard(at, n);
        }
        Ok(())
    }

    unsafe fn clear(&mut self, at: usize, n: usize, _warm: bool) {
        if n <= FEW {
            // SAFETY: nobody uses the memory, by the caller's promise.
            unsafe { with_exposed_provenance_mut::<u8>(at).write_bytes(0, n) }
        } else {
            discard(at, n);
        }
    }

    fn resident(&self, _: usize, n: usize) -> usize {
        n
    }
}

/// Makes whole pages of the range read as zero.
fn discard(at: usize, n: usize) {
    assert!(at >= BASE && at + n <= BASE + ROOM, "outside of the range");
    // SAFETY: the range is this module's, and nobody refers into it.
    let done = unsafe { libc::madvise(with_exposed_provenance_mut(at), n, libc::MADV_DONTNEED) };
    assert_eq!(done, 0, "not whole pages");
}
