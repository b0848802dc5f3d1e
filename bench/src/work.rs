//! The work that all sides do.
//!
//! A long file, because it is a list: each kind of work with its sizes, in the order of the
//! report.

use crate::plan::{Op, PAGE, Plan, Step};
use crate::trace;
use std::fs;
use std::path::Path;

/// Work of one kind: a section of the report.
pub struct Group {
    /// For the command line and file names.
    pub id: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// The heading of its plot, for readers who see nothing else.
    pub plot: &'static str,
    /// What is done, in a few sentences.
    pub text: &'static str,
    /// What the nanoseconds are those of.
    pub unit: &'static str,
    /// What changes from work to work, where that is a number.
    pub axis: Option<&'static str>,
    /// Whether the memory taken is told too.
    pub peak: bool,
    /// How many samples, if not as many as usual.
    pub rounds: Option<usize>,
    /// The work.
    pub works: Vec<Work>,
}

/// One thing to be done, and timed.
pub struct Work {
    /// For the tables and, behind the group's, for the command line.
    pub name: String,
    /// Where it stands on the axis.
    pub x: f64,
    /// For sides that hand out memory.
    pub plan: Plan,
    /// For sides that are Go's layer, where they are asked for more than memory.
    pub calls: Option<Plan>,
}

/// How much is done.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// What the figures are made of.
    Full,
    /// Only to see that everything works.
    Quick,
}

/// All of it. Traces are read from the project's folder `testdata`.
pub fn all(size: Size, testdata: &Path) -> Result<Vec<Group>, String> {
    let mut groups =
        vec![pairs(), fits(size), holes(size), churn(size), threads(size), contend(size)];
    groups.push(heap(size));
    groups.push(traces(size, testdata, false)?);
    groups.push(traces(size, testdata, true)?);
    Ok(groups)
}

fn pairs() -> Group {
    let work = |(name, bytes): (&str, usize)| {
        let plan = Plan::new(0, 1, vec![], vec![Step::pair(bytes)]);
        Work { name: name.to_owned(), x: bytes as f64, plan, calls: None }
    };
    let sizes =
        [("4 KiB", 4 << 10), ("64 KiB", 64 << 10), ("1 MiB", 1 << 20), ("64 MiB", 64 << 20)];
    Group {
        id: "pairs",
        title: "Pairs",
        plot: "Time to allocate some memory and free it again, on an empty heap",
        text: "An allocation and its free, on an empty heap; nobody touches the memory.",
        unit: "a pair",
        axis: Some("bytes"),
        peak: false,
        rounds: None,
        works: sizes.map(work).into(),
    }
}

/// Memory that is only there to be in the way: in `count` slots, `stride` apart.
fn fill(slot: usize, count: usize, stride: isize, bytes: usize) -> Step {
    Step { slot, count, stride, bytes, at: PAGE, ..Step::new(Op::Fill) }
}

/// Empties `count` slots, `stride` apart: from the top down, where a list that is
/// kept in order is shortest to walk.
fn free_down(count: usize, stride: isize) -> Step {
    let last = (count - 1) * stride.unsigned_abs();
    Step { slot: last, count, stride: -stride, ..Step::new(Op::Free) }
}

fn fits(size: Size) -> Group {
    let counts: &[usize] = if size == Size::Full { &[1, 4, 16, 64] } else { &[1, 16] };
    let work = |&blocks: &usize| {
        let holes = blocks - 1;
        let mut setup = vec![];
        if holes > 0 {
            setup.push(fill(0, 2 * holes, 1, PAGE));
        }
        setup.push(fill(2 * holes, 1, 1, 3 * PAGE));
        setup.push(fill(2 * holes + 1, 1, 1, PAGE));
        setup.push(Step::free(2 * holes));
        if holes > 0 {
            setup.push(free_down(holes, 2));
        }
        Work {
            name: thousands(blocks),
            x: blocks as f64,
            plan: Plan::new(2 * holes + 2, 1, setup, vec![Step::pair(2 * PAGE)]),
            calls: None,
        }
    };
    Group {
        id: "fits",
        title: "Small heaps",
        plot: "Time to allocate and free memory that fits into the last free block only",
        text: "So many free blocks, of a page each but the last, which has three; then an \
               allocation of two pages, which fits only there, and its free. Where a list is short.",
        unit: "a pair",
        axis: Some("free blocks"),
        peak: false,
        rounds: None,
        works: counts.iter().map(work).collect(),
    }
}

fn holes(size: Size) -> Group {
    let counts: &[usize] =
        if size == Size::Full { &[16, 1_000, 10_000, 100_000, 1_000_000] } else { &[16, 1_000] };
    let work = |&holes: &usize| Work {
        name: thousands(holes),
        x: holes as f64,
        plan: Plan::new(
            2 * holes,
            1,
            vec![fill(0, 2 * holes, 1, PAGE), free_down(holes, 2)],
            vec![Step::pair(2 * PAGE)],
        ),
        calls: None,
    };
    Group {
        id: "holes",
        title: "Holes",
        plot: "Time to allocate two pages and free them, when no free block is large enough",
        text: "So many free pages, no two side by side; then an allocation of two pages, which \
               fits into none of them, and its free.",
        unit: "a pair",
        axis: Some("free blocks"),
        peak: false,
        rounds: Some(5),
        works: counts.iter().map(work).collect(),
    }
}

/// Steps that replace what is in a random slot by 1 to `most` pages, and touch each.
fn replacements(random: &mut Random, steps: usize, slots: usize, most: usize) -> Vec<Step> {
    let mut all = Vec::new();
    for _ in 0..steps {
        let (slot, bytes) = (random.below(slots), (1 + random.below(most)) * PAGE);
        all.extend([Step::free(slot), Step::alloc(slot, bytes), Step::touch(slot, bytes)]);
    }
    all
}

/// Steps that fill every slot with 1 to `most` pages, and touch each.
fn first(random: &mut Random, slots: usize, most: usize) -> Vec<Step> {
    let mut all = Vec::new();
    for slot in 0..slots {
        let bytes = (1 + random.below(most)) * PAGE;
        all.extend([Step::alloc(slot, bytes), Step::touch(slot, bytes)]);
    }
    all
}

fn churn(size: Size) -> Group {
    let (slots, before, steps) =
        if size == Size::Full { (10_000, 10_000, 20_000) } else { (300, 300, 500) };
    let mut random = Random(1);
    let mut setup = first(&mut random, slots, 64);
    setup.extend(replacements(&mut random, before, slots, 64));
    let measured = replacements(&mut random, steps, slots, 64);
    let plan = Plan { passes: 1, ..Plan::new(slots, steps, setup, measured) };
    Group {
        id: "churn",
        title: "Churn",
        plot: "Time to replace one of 10,000 allocations",
        text: "10,000 live allocations of 1 to 64 pages. A step frees one at random, makes \
               another in its place and writes to every page of it. 10,000 steps go before, \
               20,000 are timed.",
        unit: "a step",
        axis: None,
        peak: true,
        rounds: Some(5),
        works: vec![Work { name: "a step".to_owned(), x: 0.0, plan, calls: None }],
    }
}

fn counts(size: Size) -> &'static [usize] {
    if size == Size::Full { &[1, 2, 4, 8] } else { &[1, 2] }
}

fn threads(size: Size) -> Group {
    let (slots, steps) = if size == Size::Full { (64, 20_000) } else { (16, 200) };
    let work = |&threads: &usize| {
        let mut random = Random(2);
        let setup = first(&mut random, slots, 8);
        let measured = replacements(&mut random, steps, slots, 8);
        let plan = Plan { threads, passes: 1, ..Plan::new(slots, steps, setup, measured) };
        Work { name: threads.to_string(), x: threads as f64, plan, calls: None }
    };
    Group {
        id: "threads",
        title: "Threads",
        plot: "Time to replace an allocation, by number of threads",
        text: "Each thread has 64 live allocations of 1 to 8 pages. A step frees one at random, \
               makes another in its place and writes to every page of it. The time is that of \
               all threads together, over all of their steps.",
        unit: "a step",
        axis: Some("threads"),
        peak: false,
        rounds: None,
        works: counts(size).iter().map(work).collect(),
    }
}

fn contend(size: Size) -> Group {
    let pairs = if size == Size::Full { 200_000 } else { 1_000 };
    let work = |&threads: &usize| {
        let setup = vec![Step::alloc(0, 32 * PAGE), Step::alloc(1, PAGE), Step::free(0)];
        let pair = Step { count: pairs, ..Step::pair(PAGE) };
        let plan = Plan { threads, passes: 1, ..Plan::new(2, pairs, setup, vec![pair]) };
        Work { name: threads.to_string(), x: threads as f64, plan, calls: None }
    };
    Group {
        id: "contend",
        title: "Contention",
        plot: "Time to allocate a page and free it, by number of threads that do only that",
        text: "Each thread does nothing but allocate a page and free it, in free memory with a page \
               in use above: at the very end a pair would move the break, but only while no other \
               thread has a page there, so two threads would not do the work of one. The time is \
               that of all threads together, over all of their pairs.",
        unit: "a pair",
        axis: Some("threads"),
        peak: false,
        rounds: None,
        works: counts(size).iter().map(work).collect(),
    }
}

fn heap(size: Size) -> Group {
    let holes = if size == Size::Full { 1_000 } else { 100 };
    let sizes: &[(&str, usize)] = if size == Size::Full {
        &[("1 GiB", 1 << 30), ("16 GiB", 16 << 30), ("128 GiB", 128 << 30), ("1 TiB", 1 << 40)]
    } else {
        &[("1 GiB", 1 << 30), ("16 GiB", 16 << 30)]
    };
    let work = |&(name, bytes): &(&str, usize)| {
        // A page that will be free, a large block, two live pages, a large block.
        let between = bytes / (2 * holes) / PAGE * PAGE;
        let mut setup = Vec::new();
        for slot in (0..4 * holes).step_by(4) {
            for (i, bytes) in [PAGE, between, 2 * PAGE, between].into_iter().enumerate() {
                setup.push(fill(slot + i, 1, 0, bytes));
            }
        }
        setup.push(free_down(holes, 4));
        let mut random = Random(3);
        let mut measured = Vec::new();
        for _ in 0..holes {
            let slot = 4 * random.below(holes) + 2;
            measured.extend([
                Step::free(slot),
                Step::alloc(slot, 2 * PAGE),
                Step::touch(slot, 2 * PAGE),
            ]);
        }
        let plan = Plan::new(4 * holes, holes, setup, measured);
        Work { name: name.to_owned(), x: bytes as f64, plan, calls: None }
    };
    Group {
        id: "heap",
        title: "Heap size",
        plot: "Time to replace an allocation, by the address space that the heap spans",
        text: "Large blocks that nobody touches take up so much address space. Between them lie \
               1,000 free pages, and 1,000 live pairs of pages; a step frees one of these pairs at \
               random, allocates two pages, which fit nowhere else, and writes to both.",
        unit: "a step",
        axis: Some("bytes of addresses"),
        peak: false,
        rounds: None,
        works: sizes.iter().map(work).collect(),
    }
}

fn traces(size: Size, testdata: &Path, touch: bool) -> Result<Group, String> {
    let folder = testdata.join("traces");
    let found = fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut paths: Vec<_> = found.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ext| ext == "gz"));
    paths.sort();
    if size == Size::Quick {
        paths.truncate(2);
    }
    let mut works = Vec::new();
    for path in &paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let trace = trace::read(path, touch)?;
        works.push(Work {
            name: name.trim_end_matches(".ops.gz").to_owned(),
            x: 0.0,
            plan: trace.regions,
            calls: Some(trace.calls),
        });
    }
    let (id, title, plot, text) = if touch {
        (
            "traces-touched",
            "Traces, memory written to",
            "Time of a call that a real program made, with memory written to",
            "The same calls, and every page is written to when it is allocated or declared used, \
             as the programs did in some way. That is in the time.",
        )
    } else {
        (
            "traces",
            "Traces of real programs",
            "Time of a call that a real program made",
            "What the runtimes of real programs asked for (testdata/traces), from an empty heap; \
             nobody touches the memory. Most of the calls say that memory is about to be used, \
             which Go's layer ignores. Peers are asked for the memory alone, at any address, and \
             the time is over the same number of calls.",
        )
    };
    Ok(Group {
        id,
        title,
        plot,
        text,
        unit: "a call",
        axis: None,
        peak: false,
        rounds: None,
        works,
    })
}

/// `12,345`
pub fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Numbers that look random and are the same in every run.
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// One of 0 to `n-1`.
    pub fn below(&mut self, n: usize) -> usize {
        // Below n, so it fits.
        #[expect(clippy::cast_possible_truncation)]
        let below = ((u128::from(self.next()) * n as u128) >> 64) as usize;
        below
    }
}

#[cfg(test)]
mod tests {
    use super::{Op, Size, all, thousands};
    use crate::plan::{Plan, Step};
    use std::path::Path;

    /// Walks through a plan with slots that only know whether they are full.
    fn check(plan: &Plan) {
        let mut full = vec![false; plan.slots];
        let mut apply = |step: &Step| {
            let mut slot = step.slot;
            for _ in 0..step.count {
                match step.op {
                    Op::Alloc | Op::Fill => assert!(!std::mem::replace(&mut full[slot], true)),
                    Op::Free => assert!(std::mem::replace(&mut full[slot], false)),
                    Op::Touch => assert!(full[slot]),
                    _ => {}
                }
                slot = slot.wrapping_add_signed(step.stride);
            }
        };
        plan.setup.iter().chain(&plan.measured).for_each(&mut apply);
        if !plan.fresh {
            plan.measured.iter().for_each(&mut apply);
        }
    }

    #[test]
    fn no_slot_is_filled_twice_or_freed_empty() {
        let testdata = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../testdata"));
        for size in [Size::Full, Size::Quick] {
            for work in all(size, testdata).unwrap().iter().flat_map(|group| &group.works) {
                check(&work.plan);
                assert!(work.plan.units > 0, "{}", work.name);
            }
        }
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
    }
}
