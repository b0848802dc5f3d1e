//! Does what a plan says, and times it.

use crate::plan::{NIL, Op, PAGE, Plan, Step};
use crate::side::{Layer, Side, fail};
use std::fs;
use std::hint::black_box;
use std::ptr::{NonNull, with_exposed_provenance_mut};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Barrier, Mutex};
use std::time::{Duration, Instant};

/// What came of one run of a plan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Nanoseconds for each of the plan's units.
    pub ns: f64,
    /// Most physical memory that it took, in KiB.
    pub peak: u64,
}

impl Sample {
    /// Reads the line that a side prints: `sample NS PEAK`.
    pub fn parse(line: &str) -> Option<Self> {
        let (ns, peak) = line.trim().strip_prefix("sample ")?.split_once(' ')?;
        Some(Self { ns: ns.parse().ok()?, peak: peak.parse().ok()? })
    }

    /// That line.
    pub fn print(self) {
        println!("sample {:.3} {}", self.ns, self.peak);
    }
}

/// One allocation.
#[derive(Clone, Copy)]
struct Slot {
    p: NonNull<u8>,
    n: usize,
    align: usize,
}

/// Runs a plan of slots in this thread.
pub fn slots<S: Side>(plan: &Plan, ms: u64, side: &mut S) -> Sample {
    measure(plan, |timer| {
        let mut slots = vec![None; plan.slots];
        steps(side, &mut slots, &plan.setup);
        if plan.fresh {
            return timer.fresh(ms, plan, || {
                let start = Instant::now();
                steps(side, &mut slots, &plan.measured);
                let took = start.elapsed();
                for slot in slots.iter_mut().filter_map(Option::take) {
                    // SAFETY: it was allocated so, and nobody has it any more.
                    unsafe { side.free(slot.p, slot.n, slot.align) };
                }
                side.empty();
                took
            });
        }
        timer.batches(ms, plan, || steps(side, &mut slots, &plan.measured));
    })
}

/// Runs a plan of either kind in this thread.
pub fn layer<L: Layer + Side>(plan: &Plan, ms: u64, layer: &mut L) -> Sample {
    if plan.measured.iter().all(|step| step.op < Op::SysAlloc) {
        return slots(plan, ms, layer);
    }
    measure(plan, |timer| {
        timer.fresh(ms, plan, || {
            // SAFETY: the last pass is over, and nobody has any of its memory.
            unsafe { layer.init(plan) };
            let base = layer.base();
            let start = Instant::now();
            for step in &plan.measured {
                call(layer, base, step);
            }
            start.elapsed()
        });
    })
}

/// Runs a plan of slots in as many threads as it wants.
pub fn threads<S: Side + Clone + Send>(plan: &Plan, side: &S) -> Sample {
    measure(plan, |timer| {
        let barrier = Barrier::new(plan.threads);
        let span = Mutex::new(None);
        std::thread::scope(|scope| {
            for _ in 0..plan.threads {
                let mut side = side.clone();
                let (barrier, span) = (&barrier, &span);
                scope.spawn(move || {
                    let mut slots = vec![None; plan.slots];
                    steps(&mut side, &mut slots, &plan.setup);
                    barrier.wait();
                    let start = Instant::now();
                    for _ in 0..plan.passes {
                        steps(&mut side, &mut slots, &plan.measured);
                    }
                    let end = Instant::now();
                    let mut span = span.lock().unwrap();
                    let (first, last) = span.unwrap_or((start, end));
                    *span = Some((start.min(first), end.max(last)));
                });
            }
        });
        if let Some((first, last)) = *span.lock().unwrap() {
            timer.count(last - first, plan.threads * plan.passes);
        }
    })
}

/// Time taken, and for how many passes.
#[derive(Default)]
struct Timer {
    took: Duration,
    passes: usize,
}

impl Timer {
    /// A pass at a time, each timed by itself, until `ms` is used up.
    fn fresh(&mut self, ms: u64, plan: &Plan, mut pass: impl FnMut() -> Duration) {
        pass(); // warms up
        while self.took < Duration::from_millis(ms) || self.passes < plan.passes {
            let took = pass();
            self.count(took, 1);
        }
    }

    /// Ever more passes at a time, until they take `ms`: that last batch counts. Or
    /// as many as the plan says, at once.
    fn batches(&mut self, ms: u64, plan: &Plan, mut pass: impl FnMut()) {
        let enough = Duration::from_millis(ms);
        if plan.passes == 0 {
            pass(); // warms up
        }
        let mut passes = plan.passes.max(1);
        loop {
            let start = Instant::now();
            for _ in 0..passes {
                pass();
            }
            let took = start.elapsed();
            if took >= enough || plan.passes > 0 {
                return self.count(took, passes);
            }
            let wanted = enough.as_secs_f64() / took.as_secs_f64().max(1e-7) * 1.2;
            // At least twice and at most a hundred times as many.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let factor = wanted.clamp(2.0, 100.0).ceil() as usize;
            passes *= factor;
        }
    }

    fn count(&mut self, took: Duration, passes: usize) {
        self.took += took;
        self.passes += passes;
    }
}

/// Has `work` timed, with the memory that it took.
fn measure(plan: &Plan, work: impl FnOnce(&mut Timer)) -> Sample {
    let before = resident("VmRSS:");
    let mut timer = Timer::default();
    work(&mut timer);
    let ns = timer.took.as_secs_f64() * 1e9 / (timer.passes * plan.units) as f64;
    Sample { ns, peak: resident("VmHWM:").saturating_sub(before) }
}

/// A line of the kernel's account of this process, in KiB.
fn resident(line: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let value = status.lines().find_map(|found| found.strip_prefix(line));
    value.and_then(|value| value.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[inline]
fn steps<S: Side>(side: &mut S, slots: &mut [Option<Slot>], steps: &[Step]) {
    for step in steps {
        let (n, at) = (step.bytes, step.at);
        match step.op {
            Op::Pair => {
                for _ in 0..step.count {
                    let p = black_box(given(side.alloc(n, at), n));
                    // SAFETY: allocated just now.
                    unsafe { side.free(p, n, at) };
                }
            }
            Op::Touch => match slots[step.slot] {
                // SAFETY: inside what the slot has.
                Some(slot) => unsafe { touch(slot.p.add(at), n, step.want) },
                None => fail("a plan touches an empty slot"),
            },
            _ => {
                let mut at = step.slot;
                for _ in 0..step.count {
                    one(side, &mut slots[at], step);
                    at = at.wrapping_add_signed(step.stride);
                }
            }
        }
    }
}

/// A step with one slot.
fn one<S: Side>(side: &mut S, slot: &mut Option<Slot>, step: &Step) {
    let (n, align) = (step.bytes, step.at);
    match step.op {
        Op::Alloc => *slot = Some(Slot { p: given(side.alloc(n, align), n), n, align }),
        Op::Fill => *slot = Some(Slot { p: given(side.fill(n, align), n), n, align }),
        Op::Free => match slot.take() {
            // SAFETY: it was allocated so, and nobody has it any more.
            Some(Slot { p, n, align }) => unsafe { side.free(p, n, align) },
            None => fail("a plan frees an empty slot"),
        },
        _ => fail("a step of the layer among those of slots"),
    }
}

fn given(p: Option<NonNull<u8>>, n: usize) -> NonNull<u8> {
    p.unwrap_or_else(|| fail(&format!("out of memory, for {n} bytes")))
}

#[inline]
fn call<L: Layer>(layer: &mut L, base: usize, step: &Step) {
    if step.op == Op::TouchAt {
        let p = NonNull::new(with_exposed_provenance_mut(base + step.at));
        // SAFETY: the trace's program owned it there.
        return unsafe { touch(given(p, step.bytes), step.bytes, step.want) };
    }
    // SAFETY: the trace's program owned it there, so this one does here.
    let got = unsafe { layer.call(base, step) };
    let returns = matches!(step.op, Op::SysAlloc | Op::SysReserve | Op::SysReserveAligned);
    if returns && got != step.want {
        fail(&format!("{step:?} gave {got:#x}: the run went another way than the trace"));
    }
}

/// Writes to every page of `[p, p+n)`. What was there is swapped out, since a
/// page that is read before it is written to costs two page faults.
///
/// # Safety
/// It is the caller's, and `p` is aligned as pages are.
unsafe fn touch(p: NonNull<u8>, n: usize, want: usize) {
    for at in (0..n).step_by(PAGE) {
        // SAFETY: inside the range.
        let page = unsafe { p.add(at) };
        // SAFETY: as above, and aligned.
        let word = unsafe { AtomicU32::from_ptr(page.as_ptr().cast()) };
        if word.swap(1, Ordering::Relaxed) != 0 && want != NIL {
            fail("memory that was handed out is not zero");
        }
    }
}
