//! The page of a program that is looked at while it runs: one moment of it.

use crate::data::{Map, Page, Paint, Peaks, Point, Source, State, Step};
use gosbrk_look::cgroup::Limit;
use gosbrk_look::heap::{self, HEAP_PAGE};
use gosbrk_look::model::{Kind, megabytes};
use gosbrk_look::outlook;
use gosbrk_look::snapshot::{Snapshot, Target};
use gosbrk_look::space::Space;

/// Why a look from outside does not know something.
const CALLS: &str = "A look from outside sees no calls into the memory layer: `gosbrk trace record` records them from the start of a program.";
const GROWTHS: &str = "A look from outside comes after the heap has grown: `gosbrk trace record` records who made it grow.";
const SPACE: &str =
    "The runtime does not count what it took addresses for: `gosbrk trace record` does.";
const WASTE: &str =
    "Only a memory layer that cannot give addresses back loses any: it is known of a trace.";

/// The page of what was read of a process just now. `limit` is that of its cgroup, `space` its
/// address space.
#[must_use]
pub fn page(target: &Target, snapshot: &Snapshot, limit: Option<&Limit>, space: &Space) -> Page {
    let step = |known: &gosbrk_look::model::Known| vec![Step { point: 0, value: known.clone() }];
    let parts = snapshot.other_parts();
    let own = |(name, bytes): (&str, u64)| (name.to_owned(), bytes);
    let others = match &snapshot.moment.other {
        Ok(_) => Ok(parts.into_iter().map(own).collect()),
        Err(why) => Err(why.clone()),
    };
    Page {
        title: target.name.clone(),
        facts: facts(target),
        notes: notes(snapshot, limit, space),
        source: Source::Moment,
        has_layer: target.on_gosbrk(),
        kind: Kind::Process,
        points: vec![Point { time: 0, number: 0 }],
        rows: snapshot.moment.rows().map(|(_, known)| step(known)),
        peaks: Peaks::default(),
        calls: Err(CALLS.into()),
        others,
        map: map(target).ok_or_else(|| {
            "The runtime's map of its pages could not be read, or there is none.".into()
        }),
        growths: Err(GROWTHS.into()),
        space: Err(SPACE.into()),
        waste: Err(WASTE.into()),
        outlook: outlooks(target, snapshot),
    }
}

fn facts(target: &Target) -> Vec<String> {
    let program = &target.modules[0];
    let release = program.go.clone().unwrap_or_else(|| "an unknown Go release".into());
    let layout = match program.layout {
        Some("stock") | None => "stock".into(),
        Some(layout) => format!("on gosbrk, {layout}"),
    };
    vec![release, layout, format!("process {}", target.process.pid)]
}

fn notes(snapshot: &Snapshot, limit: Option<&Limit>, space: &Space) -> Vec<String> {
    let mut notes = vec![space.line()];
    if let Some((limit, max)) = limit.and_then(|limit| Some((limit, limit.max?))) {
        notes.push(format!(
            "Its cgroup takes {} of at most {}, files in the page cache included: {}",
            megabytes(limit.current),
            megabytes(max),
            limit.folder.display()
        ));
    }
    if snapshot.swap > 0 {
        let swap = megabytes(snapshot.swap);
        notes.push(format!("In swap: {swap}, not a part of the resident memory."));
    }
    if snapshot.uncertain > 0 {
        notes.push(format!(
            "The program has no symbols, so that not all tables of the runtime can be found: up to {} of what is not from the runtime may be theirs.",
            megabytes(snapshot.uncertain)
        ));
    }
    if snapshot.readings.iter().flatten().any(|reading| !reading.steady) {
        notes.push("The program changed its counters all the time while they were read.".into());
    }
    notes
}

/// "Will it come back?" for each runtime; its name where there are several.
fn outlooks(target: &Target, snapshot: &Snapshot) -> Vec<(String, Vec<String>)> {
    let all = target.modules.iter().zip(&snapshot.readings);
    let one = |(module, reading): (&gosbrk_look::find::Module, &Result<_, _>)| {
        let name = if target.modules.len() > 1 { module.name.clone() } else { String::new() };
        match reading {
            Ok(reading) => {
                let reading: &gosbrk_look::counters::Reading = reading;
                (name, outlook::lines(&reading.counters, &reading.goals))
            }
            Err(trouble) => {
                let trouble: &gosbrk_look::trouble::Trouble = trouble;
                (name, vec![trouble.to_string()])
            }
        }
    };
    all.map(one).collect()
}

/// The pages of all heaps, in runs of one state.
fn map(target: &Target) -> Option<Map> {
    let mut paints = Vec::new();
    for module in &target.modules {
        let (place, _) = module.place.as_ref().ok()?;
        // A heap that changes meanwhile: once more.
        let read = || heap::map(&target.process, place).ok();
        for (start, pages) in read().or_else(read)?.ranges {
            runs(start, &pages, &mut paints);
        }
    }
    let base = 0;
    (!paints.is_empty()).then_some(Map { page: HEAP_PAGE, base, paints })
}

fn runs(start: u64, pages: &[heap::State], paints: &mut Vec<Paint>) {
    let mut address = start;
    for run in pages.chunk_by(|a, b| a == b) {
        let state = match run[0] {
            heap::State::Used => State::Used,
            heap::State::Kept => State::Kept,
            heap::State::Released => State::Released,
        };
        let bytes = run.len() as u64 * HEAP_PAGE;
        paints.push(Paint { point: 0, address, bytes, state, name: 0 });
        address += bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_in_one_state_are_one_run() {
        use heap::State::{Kept, Released, Used};
        let mut paints = Vec::new();
        runs(1 << 20, &[Used, Used, Kept, Released, Released], &mut paints);
        let seen: Vec<_> =
            paints.iter().map(|one| (one.address - (1 << 20), one.bytes, one.state)).collect();
        let page = HEAP_PAGE;
        assert_eq!(
            seen,
            [
                (0, 2 * page, State::Used),
                (2 * page, page, State::Kept),
                (3 * page, 2 * page, State::Released)
            ]
        );
    }
}
