//! What a child of fork finds when stores become visible in any order that the barriers
//! leave open, on processors that do that: every group of stores between two barriers, or
//! between a barrier and a system call, is seen in part, and the child repairs it.

use super::super::Sbrk;
use crate::addr::pointer;
use crate::config::Config;
use crate::error::Error;
use crate::freelist::Block;
use crate::memlock::{Memlock, Recover};
use crate::os::linux::order::watch;
use crate::os::{Hint, Os};
use crate::random::Random;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

const P: usize = 4096;
/// Pages that the kernel has to give.
const PAGES: usize = 16;
/// Groups of up to so many stores are tried in every mixture.
const ALL_MIXTURES: usize = 6;

type Lock = Memlock<Sbrk<Kernel>>;
const LOCK_WORDS: usize = size_of::<Lock>() / 8;

/// A kernel that keeps what it has mapped where no child inherits it.
#[derive(Clone, Debug)]
struct Kernel {
    base: usize,
    mapped: Rc<Cell<usize>>,
}

impl Kernel {
    fn new() -> Self {
        let memory = Box::leak(vec![[0_u64; P / 8]; PAGES + 1].into_boxed_slice());
        let base = memory.as_mut_ptr().expose_provenance().next_multiple_of(P);
        Self { base, mapped: Rc::default() }
    }
}

impl Os for Kernel {
    fn place(&mut self, _: usize, n: usize, _: usize) -> Result<usize, Error> {
        self.map(self.base, n).map(|()| self.base)
    }

    fn map(&mut self, at: usize, n: usize) -> Result<(), Error> {
        assert_eq!(at, self.base + self.mapped.get());
        if self.mapped.get() + n > PAGES * P {
            return Err(Error::NoMem);
        }
        watch::look();
        self.mapped.update(|mapped| mapped + n);
        watch::look();
        Ok(())
    }

    unsafe fn unmap(&mut self, _: usize, _: usize) {
        unreachable!("the segment stays");
    }

    unsafe fn resize(&mut self, _: usize, _: usize, _: usize) -> Result<usize, Error> {
        unreachable!("the heap is small");
    }

    fn is_mapped(&self, at: usize) -> Option<bool> {
        Some((self.base..self.base + self.mapped.get()).contains(&at))
    }

    unsafe fn advise(&mut self, _: Hint, _: usize, _: usize) -> Result<(), Error> {
        Ok(())
    }

    fn resident(&self, _: usize, n: usize) -> usize {
        n
    }
}

impl Recover for Sbrk<Kernel> {
    fn recover(&mut self) {
        self.recover();
    }
}

/// All memory: the words of the lock with the layer in it, then those of the segment; and
/// what the kernel has mapped.
#[derive(Clone)]
struct Memory {
    words: Vec<u64>,
    mapped: usize,
}

impl Memory {
    fn of(lock: usize, kernel: &Kernel) -> Self {
        let mut words = vec![0_u64; LOCK_WORDS + PAGES * P / 8];
        // SAFETY: so many bytes are there, and this thread alone changes them.
        unsafe { pointer::<u8>(lock).copy_to(words.as_mut_ptr().cast(), LOCK_WORDS * 8) };
        // SAFETY: as above.
        unsafe {
            pointer::<u64>(kernel.base).copy_to(words[LOCK_WORDS..].as_mut_ptr(), PAGES * P / 8);
        }
        Self { words, mapped: kernel.mapped.get() }
    }

    /// Makes all memory so.
    fn restore(&self, lock: usize, kernel: &Kernel) {
        let words = self.words.as_ptr();
        // SAFETY: as many bytes as were read there; nobody has a reference into them.
        unsafe { pointer::<u8>(lock).copy_from(words.cast(), LOCK_WORDS * 8) };
        // SAFETY: as above.
        unsafe { pointer::<u64>(kernel.base).copy_from(words.add(LOCK_WORDS), PAGES * P / 8) };
        kernel.mapped.set(self.mapped);
    }

    /// What children can find that see some of the stores which lead to `next`.
    fn mixtures(&self, next: &Self, random: &mut Random, mut look: impl FnMut(&Self)) -> u64 {
        let pairs = self.words.iter().zip(&next.words).enumerate();
        let stores: Vec<_> = pairs.filter(|(_, (a, b))| a != b).map(|(i, _)| i).collect();
        let masks: Vec<u64> = if stores.len() <= ALL_MIXTURES {
            (0..1 << stores.len()).collect()
        } else {
            let one = (0..stores.len().min(64)).map(|i| 1 << i);
            one.clone()
                .chain(one.map(|bit: u64| !bit))
                .chain((0..32).map(|_| random.next()))
                .collect()
        };
        for mask in &masks {
            let mut mixture = self.clone();
            for (i, &word) in stores.iter().enumerate() {
                if mask >> (i % 64) & 1 == 1 {
                    mixture.words[word] = next.words[word];
                }
            }
            look(&mixture);
        }
        masks.len() as u64
    }
}

/// What a caller knows: the break and what is free.
type Known = (usize, Vec<Block>);

fn known(layer: &Sbrk<Kernel>) -> Known {
    (layer.bloc(), layer.mem_freelist().collect())
}

/// One call, of those whose memory is given back first.
fn call(
    layer: &mut Sbrk<Kernel>,
    kind: usize,
    live: &mut Vec<(usize, usize)>,
    random: &mut Random,
) {
    let n = (1 + random.below(3)) * P;
    // SAFETY of all: the memory is this test's.
    let given = match kind {
        0 if !live.is_empty() => {
            let (at, n) = live.swap_remove(random.below(live.len()));
            // SAFETY: as above.
            unsafe { layer.sys_free_os(at, n) }.unwrap();
            return;
        }
        // SAFETY: as above.
        1 => unsafe { layer.sys_reserve_aligned_sbrk(n, 2 * P) }.map(|given| given.addr),
        // SAFETY: as above.
        _ => unsafe { layer.sys_alloc_os(n, b"test") },
    };
    if let Ok(at) = given {
        live.push((at, n));
        for page in (at..at + n).step_by(P) {
            // SAFETY: given just now.
            unsafe { pointer::<u64>(page + 64).write(1) };
        }
    }
}

#[test]
fn a_child_repairs_what_it_sees_of_the_stores_in_any_order() {
    let mut children = 0;
    for seed in 0..4 {
        children += scenario(seed);
    }
    println!("reached: {children} children");
    assert!(children > 10_000);
}

/// A run of calls, with every child that may come of each.
fn scenario(seed: u64) -> u64 {
    let kernel = Kernel::new();
    let lock: &Lock = Box::leak(Box::new(Memlock::new(Sbrk::new(kernel.clone()))));
    let at = core::ptr::from_ref(lock).expose_provenance();
    // SAFETY: a layer of this test's own.
    unsafe { lock.lock().unwrap().init(&Config::default()) }.unwrap();
    let (mut random, mut live, mut children) = (Random::new(seed), Vec::new(), 0);
    for _ in 0..60 {
        let kind = random.below(4);
        let before = known(&lock.lock().unwrap());
        let states = Rc::new(RefCell::new(vec![Memory::of(at, &kernel)]));
        let (notes, watched) = (Rc::clone(&states), kernel.clone());
        let note = move || notes.borrow_mut().push(Memory::of(at, &watched));
        watch::with(note, || call(&mut lock.lock().unwrap(), kind, &mut live, &mut random));
        let after = known(&lock.lock().unwrap());
        let end = Memory::of(at, &kernel);
        let mut states = states.take();
        states.push(end.clone());
        for pair in states.windows(2) {
            children += pair[0].mixtures(&pair[1], &mut random, |mixture| {
                mixture.restore(at, &kernel);
                child(lock, kind, [&before, &after]);
            });
        }
        end.restore(at, &kernel);
    }
    children
}

/// A child looks at all that it finds, and goes on with it.
fn child(lock: &Lock, kind: usize, [before, after]: [&Known; 2]) {
    let mut layer = lock.lock().unwrap();
    // SAFETY: nobody writes to the segment.
    assert_eq!(unsafe { layer.mem_check() }, Ok(()), "kind {kind}");
    let found = known(&layer);
    // A reservation with an alignment is a change after another.
    let between = kind == 1 && found.0.abs_diff(before.0) <= 6 * P;
    assert!(found == *before || found == *after || between, "{found:x?}\n{before:x?}\n{after:x?}");
    let used = found.0 - layer.base() - found.1.iter().map(|block| block.size).sum::<usize>();
    assert_eq!(layer.stats().in_use, used);
    // SAFETY: the memory is this test's.
    let Ok(p) = (unsafe { layer.sys_alloc_os(P, b"child") }) else { return };
    // SAFETY: as above.
    unsafe { layer.sys_free_os(p, P) }.unwrap();
    // SAFETY: nobody writes to the segment.
    assert_eq!(unsafe { layer.mem_check() }, Ok(()));
}
