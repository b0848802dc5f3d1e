//! What is to be done, step by step: the same for every side, in whatever language
//! it is written. It travels as text:
//!
//! ```text
//! threads=1 slots=2000 passes=0 units=1 fresh=0 profile=0 start=0 initial=0
//! setup 2
//! fill 0 2000 1 4096 4096 0
//! free 1998 1000 -2 0 0 0
//! measured 1
//! pair 0 1 0 8192 4096 0
//! ```
//!
//! A line is a word, `slot count stride bytes at want`, and a name: the rest of the
//! line. A slot is where a side keeps one allocation. The words:
//!
//! | word | what is done |
//! |---|---|
//! | `alloc` | `bytes` of zeroed memory into `slot`, aligned to `at`; `count` times, each `stride` slots on |
//! | `fill` | the same, but the memory need not be zeroed |
//! | `free` | what is in `slot`; likewise |
//! | `pair` | an allocation and its free, `count` times |
//! | `touch` | writes to every page of `[at, at+bytes)` of what is in `slot` |
//! | `sysAlloc` … `sysFault` | the layer's function; addresses are offsets from its base |
//! | `touchAt` | as `touch`, of the layer's memory at the offset `at` |
//!
//! A touch with `want` 0 has to find zero there, or the run is void. A function
//! that returns an address has to return `want`.

use std::fmt::{self, Display, Write};

/// The page that all memory is asked for, aligned to and touched in.
pub const PAGE: usize = 4096;

/// nil among offsets; of a touch, that it expects nothing.
pub const NIL: usize = usize::MAX;

/// What a step does: first what is done with slots, then with the layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Op {
    Alloc,
    Fill,
    Free,
    Pair,
    Touch,
    SysAlloc,
    SysFree,
    SysReserve,
    SysReserveAligned,
    SysMap,
    SysUnused,
    SysUsed,
    SysHugePage,
    SysNoHugePage,
    SysHugePageCollapse,
    SysFault,
    TouchAt,
}

/// The words, in the order of [`Op`].
const WORDS: [(&str, Op); 17] = [
    ("alloc", Op::Alloc),
    ("fill", Op::Fill),
    ("free", Op::Free),
    ("pair", Op::Pair),
    ("touch", Op::Touch),
    ("sysAlloc", Op::SysAlloc),
    ("sysFree", Op::SysFree),
    ("sysReserve", Op::SysReserve),
    ("sysReserveAligned", Op::SysReserveAligned),
    ("sysMap", Op::SysMap),
    ("sysUnused", Op::SysUnused),
    ("sysUsed", Op::SysUsed),
    ("sysHugePage", Op::SysHugePage),
    ("sysNoHugePage", Op::SysNoHugePage),
    ("sysHugePageCollapse", Op::SysHugePageCollapse),
    ("sysFault", Op::SysFault),
    ("touchAt", Op::TouchAt),
];

/// One line of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is done.
    pub op: Op,
    /// The first slot.
    pub slot: usize,
    /// How often.
    pub count: usize,
    /// How many slots on each time.
    pub stride: isize,
    /// Bytes.
    pub bytes: usize,
    /// The alignment or the offset.
    pub at: usize,
    /// What has to come of it.
    pub want: usize,
    /// The purpose, or nothing.
    pub name: String,
}

impl Step {
    /// One of this kind, of slot 0 and of no bytes.
    pub const fn new(op: Op) -> Self {
        let name = String::new();
        Self { op, slot: 0, count: 1, stride: 0, bytes: 0, at: 0, want: 0, name }
    }

    /// `bytes` of zeroed memory into a slot.
    pub fn alloc(slot: usize, bytes: usize) -> Self {
        Self { slot, bytes, at: PAGE, ..Self::new(Op::Alloc) }
    }

    /// A slot's memory goes back.
    pub fn free(slot: usize) -> Self {
        Self { slot, ..Self::new(Op::Free) }
    }

    /// Every page of what was just allocated is written to.
    pub fn touch(slot: usize, bytes: usize) -> Self {
        Self { slot, bytes, ..Self::new(Op::Touch) }
    }

    /// An allocation and its free.
    pub fn pair(bytes: usize) -> Self {
        Self { bytes, at: PAGE, ..Self::new(Op::Pair) }
    }
}

/// What one sample does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Threads that do it at once, each with slots of its own.
    pub threads: usize,
    /// Slots that a thread has.
    pub slots: usize,
    /// How often what is measured is done; 0: for as long as a sample takes.
    pub passes: usize,
    /// What one pass counts for.
    pub units: usize,
    /// Whether every pass begins with empty memory. Emptying it is not timed.
    pub fresh: bool,
    /// The layer's profile, by its number in the header.
    pub profile: u32,
    /// Its first `bloc`, from the base.
    pub start: usize,
    /// Its first `blocMax`.
    pub initial: usize,
    /// Done once, and not timed.
    pub setup: Vec<Step>,
    /// Done again and again.
    pub measured: Vec<Step>,
}

impl Plan {
    /// A plan for one thread that does `measured` for as long as a sample takes.
    pub fn new(slots: usize, units: usize, setup: Vec<Step>, measured: Vec<Step>) -> Self {
        Self { threads: 1, slots, units, setup, measured, ..Self::default() }
    }

    /// Reads what [`Plan`] displays.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut lines = text.lines();
        let mut plan = Self::default();
        for pair in lines.next().unwrap_or_default().split(' ') {
            let (key, value) =
                pair.split_once('=').ok_or_else(|| format!("{pair:?} is not KEY=NUMBER"))?;
            let value: usize = number(value)?;
            match key {
                "threads" => plan.threads = value,
                "slots" => plan.slots = value,
                "passes" => plan.passes = value,
                "units" => plan.units = value,
                "fresh" => plan.fresh = value != 0,
                "profile" => plan.profile = number(pair.split_at(key.len() + 1).1)?,
                "start" => plan.start = value,
                "initial" => plan.initial = value,
                _ => return Err(format!("a plan has no {key}")),
            }
        }
        for (title, steps) in [("setup", &mut plan.setup), ("measured", &mut plan.measured)] {
            let line = lines.next().unwrap_or_default();
            let count =
                line.strip_prefix(title).ok_or_else(|| format!("{line:?} is not `{title} N`"))?;
            for line in lines.by_ref().take(number(count.trim())?) {
                steps.push(parse_step(line).ok_or_else(|| format!("{line:?} is not a step"))?);
            }
        }
        Ok(plan)
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{text:?} is not a number"))
}

fn parse_step(line: &str) -> Option<Step> {
    let mut words = line.splitn(8, ' ');
    let word = words.next()?;
    let (_, op) = *WORDS.iter().find(|(known, _)| *known == word)?;
    let slot = words.next()?.parse().ok()?;
    let count = words.next()?.parse().ok()?;
    let stride = words.next()?.parse().ok()?;
    let mut size = || words.next()?.parse().ok();
    let (bytes, at, want) = (size()?, size()?, size()?);
    let name = words.next().unwrap_or_default().to_owned();
    Some(Step { op, slot, count, stride, bytes, at, want, name })
}

impl Display for Plan {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { threads, slots, passes, units, fresh, profile, start, initial, .. } = self;
        let fresh = u8::from(*fresh);
        write!(out, "threads={threads} slots={slots} passes={passes} units={units} fresh={fresh}")?;
        writeln!(out, " profile={profile} start={start} initial={initial}")?;
        for (title, steps) in [("setup", &self.setup), ("measured", &self.measured)] {
            writeln!(out, "{title} {}", steps.len())?;
            for step in steps {
                let Step { op, slot, count, stride, bytes, at, want, name } = step;
                let (word, _) = WORDS[*op as usize];
                write!(out, "{word} {slot} {count} {stride} {bytes} {at} {want}")?;
                if !name.is_empty() {
                    write!(out, " {name}")?;
                }
                out.write_char('\n')?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Op, Plan, Step, WORDS};

    #[test]
    fn words_stand_in_the_order_of_their_ops() {
        for (i, (word, op)) in WORDS.iter().enumerate() {
            assert_eq!(i, *op as usize, "{word}");
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let name = "immortal metadata".to_owned();
        let named = Step { at: 4096, want: 77, name, ..Step::new(Op::SysMap) };
        let back = Step { slot: 8, count: 4, stride: -2, ..Step::new(Op::Free) };
        let mut plan = Plan::new(9, 3, vec![Step::alloc(5, 8192), back], vec![named]);
        plan.fresh = true;
        plan.profile = 2;
        assert_eq!(Plan::parse(&plan.to_string()), Ok(plan));
    }

    #[test]
    fn what_is_no_plan_is_told() {
        for (text, why) in [
            ("threads=x", "is not a number"),
            ("wings=2", "has no wings"),
            ("slots=1\nmeasured 0", "is not `setup N`"),
            ("slots=1\nsetup 1\nfly 0 1 0 0 0 0", "is not a step"),
        ] {
            let error = Plan::parse(text).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }
}
