//! The layer without its memory: which addresses it gives.

use std::collections::BTreeMap;

/// Whose `sbrk` it is, as in `gosbrk.h`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// Pages of 4 KiB, the break moves.
    #[default]
    Plan9,
    /// Pages of 64 KiB, the break moves.
    Wasm,
    /// Pages of 64 KiB; every growth is at the end of the memory, and the break stays.
    WasmGo121,
}

/// Which free block a request gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fit {
    /// The lowest that is large enough, as the library does it.
    #[default]
    First,
    /// The lowest of exactly that size, or else as [`Fit::First`].
    Exact,
    /// The lowest of the smallest that are large enough.
    Best,
}

/// The layer.
#[derive(Clone, Debug)]
pub struct Layer {
    profile: Profile,
    fit: Fit,
    fold: bool,
    start: u64,
    bloc: u64,
    /// Where the memory ends that it has.
    end: u64,
    /// Free blocks: their sizes by their addresses. No two touch.
    free: BTreeMap<u64, u64>,
    used: u64,
    most_used: u64,
    skipped: u64,
}

impl Profile {
    /// Bytes of a page.
    #[must_use]
    pub const fn page(self) -> u64 {
        if let Self::Plan9 = self { 4096 } else { 65536 }
    }
}

impl Layer {
    /// The layer before the first call; `start` and `initial` as they are in a set-up.
    #[must_use]
    pub fn new(profile: Profile, fit: Fit, fold: bool, start: u64, initial: u64) -> Self {
        let bloc = start.next_multiple_of(profile.page());
        let end = initial.max(bloc);
        let free = BTreeMap::new();
        Self { profile, fit, fold, start: bloc, bloc, end, free, used: 0, most_used: 0, skipped: 0 }
    }

    /// A size in whole pages.
    #[must_use]
    pub const fn whole(&self, n: u64) -> u64 {
        n.next_multiple_of(self.profile.page())
    }

    /// `sysAllocOS`, and `sysReserveOS` without a hint.
    pub fn alloc(&mut self, n: u64) -> u64 {
        let n = self.whole(n);
        let at = self.take(n).unwrap_or_else(|| self.sbrk(n));
        self.use_(n);
        at
    }

    /// `sysReserveOS` at the break.
    pub fn extend(&mut self, n: u64) -> u64 {
        let n = self.whole(n);
        self.use_(n);
        self.sbrk(n)
    }

    /// `sysReserveAlignedSbrk`: the address, and how much is given.
    pub fn aligned(&mut self, size: u64, align: u64) -> (u64, u64) {
        let is_old = self.profile == Profile::WasmGo121;
        let sum = self.whole(size + align);
        let found = match self.take(sum) {
            None if !is_old => {
                let at = self.bloc.next_multiple_of(align);
                let old = self.sbrk(at + size - self.bloc);
                self.skip(old, at);
                self.use_(size);
                return (at, size);
            }
            None => self.sbrk(sum),
            Some(found) => found,
        };
        let at = found.next_multiple_of(align);
        if is_old && at == found {
            self.use_(size + align);
            return (at, size + align);
        }
        self.skip(found, at);
        self.skip(at + size, found + sum);
        self.use_(size);
        (at, size)
    }

    /// `sysFreeOS`.
    pub fn free(&mut self, at: u64, n: u64) {
        let rounded = self.whole(n);
        self.used = self.used.saturating_sub(rounded);
        if at + n == self.bloc {
            self.bloc = at;
        } else {
            self.put(at, rounded);
        }
        while self.fold {
            let Some((&at, &size)) = self.free.last_key_value() else { break };
            if at + size != self.bloc {
                break;
            }
            self.free.remove(&at);
            self.bloc = at;
        }
    }

    /// The break.
    #[must_use]
    pub const fn bloc(&self) -> u64 {
        self.bloc
    }

    /// The free blocks by address: where each is, and its bytes.
    pub fn blocks(&self) -> impl Iterator<Item = (u64, u64)> {
        self.free.iter().map(|(at, size)| (*at, *size))
    }

    /// Bytes of the free blocks, and behind the break.
    #[must_use]
    pub fn unused(&self) -> (u64, u64) {
        let tail = if self.profile == Profile::WasmGo121 { 0 } else { self.end - self.bloc };
        (self.free.values().sum(), tail)
    }

    /// Bytes from the beginning to the highest end, the most that was handed out at once,
    /// and what was skipped for alignment, all of it together.
    #[must_use]
    pub const fn high(&self) -> (u64, u64, u64) {
        (self.end - self.start, self.most_used, self.skipped)
    }

    fn use_(&mut self, n: u64) {
        self.used += n;
        self.most_used = self.most_used.max(self.used);
    }

    fn sbrk(&mut self, n: u64) -> u64 {
        if self.profile == Profile::WasmGo121 {
            let at = self.end;
            self.end += n;
            return at;
        }
        let at = self.bloc;
        self.bloc += n;
        self.end = self.end.max(self.bloc);
        at
    }

    /// The end of a free block.
    fn take(&mut self, n: u64) -> Option<u64> {
        let first = || self.blocks().find(|(_, size)| *size >= n);
        let (at, size) = match self.fit {
            Fit::First => first(),
            Fit::Exact => self.blocks().find(|(_, size)| *size == n).or_else(first),
            Fit::Best => self.blocks().filter(|(_, size)| *size >= n).min_by_key(|one| one.1),
        }?;
        if size == n {
            self.free.remove(&at);
        } else {
            self.free.insert(at, size - n);
        }
        Some(at + size - n)
    }

    fn skip(&mut self, from: u64, to: u64) {
        if from < to {
            self.skipped += to - from;
            self.put(from, to - from);
        }
    }

    fn put(&mut self, mut at: u64, mut n: u64) {
        let below = self.free.range(..at).next_back().map(|(below, size)| (*below, *size));
        if let Some((below, size)) = below.filter(|(below, size)| below + size == at) {
            self.free.remove(&below);
            (at, n) = (below, n + size);
        }
        if let Some(size) = self.free.remove(&(at + n)) {
            n += size;
        }
        self.free.insert(at, n);
    }
}
