use super::{Page, Part};
use crate::cursor::Cursor;
use crate::figures::Figures;
use crate::file::Trace;
use crate::runs::Runs;
use crate::sample;
use crate::stat::purpose;
use gosbrk_look::model::ROWS;
use std::path::Path;
use std::{env, fs};

fn trace(calls: u64) -> Trace {
    Trace::new(Box::new(sample::write(Vec::new(), calls).unwrap())).unwrap()
}

/// What those who draw the page begin with: it has all there is to draw.
#[test]
fn the_sample_in_testdata_is_up_to_date() {
    let page = Page::of(&trace(500), Part::default(), |_| ()).unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/page/sample.json");
    let json = format!("{}\n", page.json());
    if env::var_os("GOSBRK_BLESS").is_some() {
        fs::write(&file, &json).unwrap();
    }
    assert!(fs::read_to_string(&file).unwrap() == json, "make it anew with GOSBRK_BLESS=1");
    let meta = &page.meta;
    for list in ["growths", "stacks", "names", "threads"] {
        assert!(meta[list].as_array().is_some_and(|list| !list.is_empty()), "{list}");
    }
    for group in ["step", "change", "break", "row", "bitmap"] {
        let mut columns = page.columns.iter().filter(|column| column.group == group);
        assert!(columns.all(|column| !column.numbers.is_empty()), "{group}");
    }
}

fn words(page: &Page, group: &str, name: &str) -> Vec<u64> {
    let numbers = &page.column(group, name).unwrap().numbers;
    (0..numbers.len()).map(|at| numbers.get(at).unwrap()).collect()
}

/// What a page has, and what it makes of it: as a script would.
struct Drawn {
    page: Page,
    runs: Runs<(u64, u64)>,
    changes: usize,
    steps: usize,
}

impl Drawn {
    fn new(page: Page) -> Self {
        let mut drawn = Self { page, runs: Runs::default(), changes: 0, steps: 0 };
        for at in 0..words(&drawn.page, "initial", "addr").len() {
            drawn.set("initial", at);
        }
        drawn
    }

    fn get(&self, group: &str, name: &str, at: usize) -> Option<u64> {
        self.page.column(group, name).unwrap().numbers.get(at)
    }

    fn set(&mut self, group: &str, at: usize) {
        let of = |name| self.get(group, name, at).unwrap();
        let (addr, size, state, name) = (of("addr"), of("size"), of("state"), of("name"));
        let to_be = (state > 0).then_some((state, name));
        self.runs.update(addr, addr + size, |_| to_be, |_| ());
    }

    /// One step.
    fn step(&mut self) {
        let step = self.steps;
        let of = |name| self.get("step", name, step).unwrap();
        let (addr, size, becomes, name) = (of("addr"), of("size"), of("becomes"), of("name"));
        if becomes != 255 {
            self.runs.update(
                addr,
                addr + size,
                |old| {
                    let kept = old.map_or(0, |(_, name)| name);
                    (becomes > 0).then_some((becomes, if name > 0 { name } else { kept }))
                },
                |_| (),
            );
        }
        while self.get("change", "step", self.changes) == Some(step as u64) {
            self.set("change", self.changes);
            self.changes += 1;
        }
        self.steps += 1;
    }
}

/// What a page draws is what the trace says, at every step, whatever part it is of.
#[test]
fn a_page_draws_what_the_trace_says() {
    let trace = trace(3000);
    for part in [
        Part::default(),
        Part { most: 100, ..Part::default() },
        Part { from: 1_000_000_000, to: 3_000_000_000, most: 700 },
        Part { from: 4_900_000_000, ..Part::default() },
    ] {
        let page = Page::of(&trace, part, |_| ()).unwrap();
        let names: Vec<String> = page.meta["names"]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap().to_owned())
            .collect();
        let calls = words(&page, "step", "call");
        assert!(calls.len() > 40, "{part:?}: {}", calls.len());
        assert!(calls.len() as u64 <= part.most + 3);
        let mut drawn = Drawn::new(page);
        let mut cursor = Cursor::new(&trace).unwrap();
        for call in calls {
            drawn.step();
            let picture = cursor.go(call).unwrap();
            let ours: Vec<_> = drawn
                .runs
                .iter()
                .map(|(from, to, (state, name))| {
                    (from, to, state, names[usize::try_from(name).unwrap()].clone())
                })
                .collect();
            let theirs: Vec<_> = picture
                .memory
                .runs()
                .iter()
                .map(|(from, to, (state, name))| {
                    let name = if name == 0 { String::new() } else { purpose(&trace, name) };
                    (from, to, state as u64, name)
                })
                .collect();
            assert_eq!(ours, theirs, "{part:?}, call {call}");
        }
        assert_eq!(drawn.changes, words(&drawn.page, "change", "step").len());
    }
}

/// The page's figures are those of `stat --json`: at every call, or at every step.
#[test]
fn the_figures_are_those_of_stat() {
    let trace = trace(3000);
    for most in [u64::MAX, 50] {
        let page = Page::of(&trace, Part { most, ..Part::default() }, |_| ()).unwrap();
        let steps = words(&page, "step", "call");
        let rows = words(&page, "row", "call");
        let mut cursor = Cursor::new(&trace).unwrap();
        for call in steps.iter().copied().chain(rows.iter().copied()) {
            let at = rows.partition_point(|from| *from <= call) - 1;
            let figures = Figures::of(cursor.go(call).unwrap());
            for (row, figure) in ROWS.iter().zip(figures.0) {
                let size = page.column("row", row.key).unwrap().numbers.get(at).unwrap();
                let why = format!("{}_why", row.key);
                let why = page.column("row", &why).unwrap().numbers.get(at).unwrap();
                let want = figure.map_or_else(|why| (0, why as u64), |size| (size, 0));
                assert_eq!((size, why), want, "call {call}, {}", row.key);
            }
        }
        // No peak is lost, and the moments end a step.
        let peak = page.meta["stat"]["moments"]["peak"].clone();
        assert!(steps.contains(&peak["call"].as_u64().unwrap()));
        assert_eq!(words(&page, "row", "rss").into_iter().max(), peak["rss"].as_u64());
    }
}
