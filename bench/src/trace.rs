//! Recorded traces as plans: call by call for the sides that are Go's layer, and for
//! the others what comes of them, allocations and frees.

use crate::plan::{NIL, Op, PAGE, Plan, Step};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A trace as two plans.
pub struct Trace {
    /// Its calls, with the addresses they returned.
    pub calls: Plan,
    /// The same as allocations, for sides that know no break: a region that a hint
    /// placed may lie anywhere, and one that was freed in parts goes back with its
    /// last part.
    pub regions: Plan,
}

/// Reads a gzipped trace. With `touch` memory is written to where the program said
/// that it was about to: pages of an allocation at once, of a reservation when
/// `sysUsed` names them.
pub fn read(path: &Path, touch: bool) -> Result<Trace, String> {
    let mut text = String::new();
    let file = File::open(path).map_err(|e| format!("{}: {e}", path.display()))?;
    flate2::read::GzDecoder::new(file)
        .read_to_string(&mut text)
        .map_err(|e| format!("{}: {e}", path.display()))?;
    parse(&text, touch).map_err(|why| format!("{}: {why}", path.display()))
}

fn parse(text: &str, touch: bool) -> Result<Trace, String> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut calls = Plan { fresh: true, threads: 1, ..Plan::default() };
    let mut regions = Regions { page: PAGE, slots: Vec::new(), steps: Vec::new() };
    for line in lines {
        let bad = || format!("{line:?} is not a call");
        if let Some(settings) = line.strip_prefix("init ") {
            init(&mut calls, settings).ok_or_else(bad)?;
            regions.page = if calls.profile == 0 { PAGE } else { 16 * PAGE };
            continue;
        }
        let step = call(line).ok_or_else(bad)?;
        calls.units += 1;
        regions.apply(&step);
        let mut touched = step.clone();
        let given = matches!(step.op, Op::SysAlloc) && step.want != NIL;
        if given {
            (touched.at, touched.want) = (step.want, 0);
        }
        calls.measured.push(step);
        if touch && (given || touched.op == Op::SysUsed) {
            if !given {
                touched.want = NIL;
            }
            regions.touch(&touched);
            touched.op = Op::TouchAt;
            calls.measured.push(touched);
        }
    }
    let regions = Plan {
        threads: 1,
        fresh: true,
        units: calls.units,
        slots: regions.slots.len(),
        measured: regions.steps,
        ..Plan::default()
    };
    Ok(Trace { calls, regions })
}

/// `init profile=wasm start=0x0 initial=0x0 limit=0x0`
fn init(plan: &mut Plan, settings: &str) -> Option<()> {
    for setting in settings.split(' ') {
        match setting.split_once('=')? {
            ("profile", name) => {
                let profiles = ["plan9", "wasm", "wasm_go121"];
                plan.profile = profiles.iter().zip(0..).find(|(known, _)| **known == name)?.1;
            }
            ("start", value) => plan.start = number(value)?,
            ("initial", value) => plan.initial = number(value)?,
            _ => {}
        }
    }
    Some(())
}

/// `reserve +0x10000 131072 "page summary" -> +0x10000`
fn call(line: &str) -> Option<Step> {
    let (line, result) = line.split_once(" -> ").map_or((line, None), |(l, r)| (l, Some(r)));
    let (line, name) = line.split_once(" \"").unwrap_or((line, ""));
    let mut words = line.split(' ');
    let op = match words.next()? {
        "alloc" => Op::SysAlloc,
        "free" => Op::SysFree,
        "reserve" => Op::SysReserve,
        "reserve-aligned" => Op::SysReserveAligned,
        "map" => Op::SysMap,
        "unused" => Op::SysUnused,
        "used" => Op::SysUsed,
        "hugepage" => Op::SysHugePage,
        "nohugepage" => Op::SysNoHugePage,
        "collapse" => Op::SysHugePageCollapse,
        "fault" => Op::SysFault,
        _ => return None,
    };
    let mut step = Step::new(op);
    name.trim_end_matches('"').clone_into(&mut step.name);
    if !matches!(op, Op::SysAlloc | Op::SysReserveAligned) {
        step.at = address(words.next()?)?;
    }
    step.bytes = number(words.next()?)?;
    if op == Op::SysReserveAligned {
        step.at = number(words.next()?)?;
    }
    step.want = match result {
        Some(result) => address(result.split(' ').next()?)?,
        None => NIL,
    };
    Some(step)
}

fn address(text: &str) -> Option<usize> {
    if text == "nil" { Some(NIL) } else { number(text.strip_prefix('+')?) }
}

fn number(text: &str) -> Option<usize> {
    match text.strip_prefix("0x") {
        Some(digits) => usize::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// What is handed out, each region in a slot.
struct Regions {
    page: usize,
    slots: Vec<Region>,
    steps: Vec<Step>,
}

/// A region that was handed out, and how much of it is left.
struct Region {
    start: usize,
    end: usize,
    left: usize,
}

impl Regions {
    fn apply(&mut self, step: &Step) {
        match step.op {
            Op::SysAlloc | Op::SysReserve if step.want != NIL => self.give(step, PAGE),
            Op::SysReserveAligned if step.want != NIL => self.give(step, step.at.max(PAGE)),
            Op::SysFree => self.take(step.at, step.bytes),
            _ => {}
        }
    }

    fn give(&mut self, step: &Step, align: usize) {
        let left = step.bytes.next_multiple_of(self.page);
        let slot = self.slots.len();
        self.steps.push(Step { at: align, ..Step::alloc(slot, step.bytes) });
        self.slots.push(Region { start: step.want, end: step.want + left, left });
    }

    fn take(&mut self, at: usize, n: usize) {
        let end = at + n.next_multiple_of(self.page);
        for (slot, region) in self.slots.iter_mut().enumerate() {
            let common = region.end.min(end).saturating_sub(region.start.max(at));
            if region.left > 0 && common > 0 {
                region.left -= common;
                if region.left == 0 {
                    self.steps.push(Step::free(slot));
                }
            }
        }
    }

    /// Writes to what a step names, in whichever regions it lies.
    fn touch(&mut self, step: &Step) {
        for (slot, region) in self.slots.iter().enumerate().filter(|(_, r)| r.left > 0) {
            let (from, to) = (region.start.max(step.at), region.end.min(step.at + step.bytes));
            if from < to {
                let touch = Step::touch(slot, to - from);
                self.steps.push(Step { at: from - region.start, want: step.want, ..touch });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{NIL, Op, parse};

    const TEXT: &str = "# a program\n\
        init profile=wasm start=0x10000 initial=0x20000 limit=0x0\n\
        alloc 65536 \"heap index\" -> +0x10000\n\
        reserve +0x30000 65536 -> nil\n\
        reserve-aligned 131072 65536 -> +0x20000 131072\n\
        used +0x20000 8192\n\
        free +0x20000 65536\n\
        free +0x30000 65536\n";

    #[test]
    fn calls_are_the_trace() {
        let plan = parse(TEXT, false).unwrap().calls;
        assert_eq!((plan.profile, plan.start, plan.initial), (1, 0x10000, 0x20000));
        assert_eq!((plan.units, plan.measured.len()), (6, 6));
        let [alloc, refused, aligned, ..] = &plan.measured[..] else { panic!() };
        assert_eq!((alloc.bytes, alloc.want, alloc.name.as_str()), (65536, 0x10000, "heap index"));
        assert_eq!((refused.at, refused.want), (0x30000, NIL));
        assert_eq!((aligned.at, aligned.want), (65536, 0x20000));
    }

    #[test]
    fn a_region_goes_back_with_its_last_part() {
        let plan = parse(TEXT, true).unwrap().regions;
        let ops: Vec<_> = plan.measured.iter().map(|step| (step.op, step.slot)).collect();
        let expected =
            [(Op::Alloc, 0), (Op::Touch, 0), (Op::Alloc, 1), (Op::Touch, 1), (Op::Free, 1)];
        assert_eq!(ops, expected);
        assert_eq!(plan.slots, 2);
    }

    #[test]
    fn what_is_no_trace_is_told() {
        assert!(parse("alloc\n", false).is_err());
        assert!(parse("fly +0x0 1\n", false).is_err());
    }
}
