//! Whole Go programs check every byte of their memory while system calls are refused to
//! them, with each error and from each call on. Stock Go is the control: what it
//! survives, a program on gosbrk must survive. What ends it may end a program on gosbrk,
//! but only in the same way: with a message and status 2.

mod common;
mod seccomp;

use common::confined::confine;
use common::whole::{LAYOUTS, STOCK, built, go};
use common::{long, reached, skip, succeed};
use seccomp::points::{Amount, Control, Tried, points};
use seccomp::refuse::{ERRORS, Kind, Refusal, Span, count, refuse};
use seccomp::verdict::{Verdict, verdict};
use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Mutex;
use std::thread;

/// A program of `testdata/go`, how it is built and run, and what is refused to it.
struct Job {
    program: &'static str,
    args: &'static [&'static str],
    godebug: &'static str,
    cgo: &'static str,
    experiment: &'static str,
    /// `RLIMIT_AS` in bytes; 0: none.
    space: u64,
    kinds: &'static [Kind],
    amount: Amount,
    /// The fewest refusals that the normal amount makes, in both layouts together.
    least: usize,
}

const CHECKED: Job = Job {
    program: "checked",
    args: &[],
    godebug: "",
    cgo: "0",
    experiment: "",
    space: 0,
    kinds: &[
        Kind::MMAP,
        Kind::MUNMAP,
        Kind::MADVISE,
        Kind::MPROTECT,
        Kind::MREMAP,
        Kind::MINCORE,
        Kind::MSYNC,
    ],
    amount: Amount::Few,
    least: 30,
};

#[test]
fn memory_is_refused() {
    matrix(&Job { amount: Amount::Usual, least: 90, ..CHECKED });
}

/// The files that the runtime reads when it starts, and the calls that make a thread
/// sleep.
#[test]
fn what_is_not_memory_is_refused() {
    let kinds = &[Kind::OPENAT, Kind::READ, Kind::PREAD, Kind::PRCTL, Kind::FUTEX_WAIT];
    matrix(&Job { kinds, ..CHECKED });
}

/// The heap needs more than one arena, even in the layout plain, where one has 64 MiB.
#[test]
fn a_second_arena_is_refused() {
    let kinds = &[Kind::MMAP, Kind::DONTNEED];
    matrix(&Job { args: &["large"], kinds, ..CHECKED });
}

/// Under a limit, the layer looks how much is mapped in `compact`.
#[test]
fn what_is_mapped_is_not_told() {
    let kinds = &[Kind::MMAP, Kind::OPENAT, Kind::READ];
    matrix(&Job { args: &["large"], space: 4 << 30, kinds, ..CHECKED });
}

/// With `harddecommit`, released memory is made inaccessible, and accessible again before
/// it is used.
#[test]
fn access_is_refused() {
    let kinds = &[Kind::MMAP, Kind::MMAP_FIXED, Kind::MADVISE, Kind::MPROTECT];
    let godebug = "harddecommit=1";
    matrix(&Job { godebug, kinds, ..CHECKED });
}

/// With `madvdontneed=0`, stock Go releases with `MADV_FREE`.
#[test]
fn lazy_release_is_refused() {
    let kinds = &[Kind::FREE, Kind::DONTNEED, Kind::MMAP];
    let godebug = "madvdontneed=0";
    matrix(&Job { godebug, kinds, ..CHECKED });
}

/// With `efence`, each object has its own pages, which fault after it is freed.
#[test]
fn faults_are_refused() {
    let kinds = &[Kind::MPROTECT, Kind::MADVISE, Kind::MMAP];
    let godebug = "efence=1";
    matrix(&Job { godebug, kinds, ..CHECKED });
}

/// The pages of a user arena fault after it is freed, and are mapped again later.
#[test]
fn arenas_of_the_users_are_refused() {
    let kinds = &[Kind::MMAP, Kind::MMAP_FIXED, Kind::MADVISE, Kind::MPROTECT];
    let (program, experiment) = ("arenas", "arenas");
    matrix(&Job { program, experiment, kinds, ..CHECKED });
}

const LOCKED: Job = Job {
    program: "locked",
    kinds: &[Kind::MMAP, Kind::MUNMAP, Kind::MADVISE, Kind::MPROTECT],
    ..CHECKED
};

/// The kernel refuses to release locked pages by itself.
#[test]
fn locked_slices_are_not_released() {
    matrix(&LOCKED);
}

#[test]
fn all_memory_is_locked() {
    matrix(&Job { args: &["all"], ..LOCKED });
}

#[test]
fn locked_memory_is_closed() {
    matrix(&Job { godebug: "harddecommit=1", ..LOCKED });
}

/// When the kernel neither releases memory nor maps fresh pages over it, the layer has to
/// clear it. Stock Go hands out stale bytes then, so it is no control here.
#[test]
fn both_ways_to_release_are_refused() {
    two(&CHECKED, Kind::MADVISE, Kind::MMAP_FIXED, 3);
}

/// In a program in which some range was closed before, so that others have to be opened.
#[test]
fn both_ways_to_release_are_refused_after_a_fault() {
    two(&Job { godebug: "efence=1", ..CHECKED }, Kind::MADVISE, Kind::MMAP_FIXED, 3);
}

/// The control: the guest notices stale bytes. Refused like this, stock Go hands them out.
#[test]
fn stale_bytes_are_noticed() {
    if !seccomp::is_there("stale bytes on stock Go") {
        return;
    }
    let from = |kind, n| Refusal { kind, error: ERRORS[0], span: Span::From, n };
    let noticed = (12..30).any(|n| {
        let both = [from(Kind::MADVISE, 1), from(Kind::MMAP_FIXED, n)];
        let (ended, _) = refuse(CHECKED.command(STOCK), &both);
        matches!(verdict(&ended), Verdict::Breaks(_))
    });
    assert!(noticed, "no stale byte in 18 runs");
}

/// The control of the guests' checks: each byte of a block decides them.
#[test]
fn no_byte_is_left_out() {
    succeed(&mut go(&["test", "-vet=off", "-count=1", "./pages"]));
}

/// The line that says why memory was refused is built from files of `/proc`, which may be
/// refused too.
#[test]
fn files_are_refused_with_memory() {
    two(&CHECKED, Kind::OPENAT, Kind::MMAP, 2);
}

/// With cgo, C creates the threads and owns the first stack.
#[test]
fn a_program_with_c_code_is_refused() {
    let kinds = &[Kind::MMAP, Kind::MUNMAP, Kind::MADVISE];
    matrix(&Job { cgo: "1", kinds, ..CHECKED });
}

impl Job {
    fn command(&self, on: &str) -> Command {
        let environment = [("CGO_ENABLED", self.cgo), ("GOEXPERIMENT", self.experiment)];
        let mut command = common::program(built(self.program, on, &environment));
        command.args(self.args).env("GODEBUG", self.godebug);
        if self.space > 0 {
            confine(&mut command, &[(libc::RLIMIT_AS, self.space)]);
        }
        command
    }
}

/// Makes all refusals of a job and compares what comes of them with stock Go.
fn matrix(job: &Job) {
    if !seccomp::is_there("system calls refused to whole programs") {
        return;
    }
    let amount = if long() { Amount::All } else { job.amount };
    let Some(stock) = calls(job, STOCK) else {
        return skip(&format!("{} {:?}", job.program, job.args), "this user may not lock memory");
    };
    let one = |refusal| tried(job, STOCK, vec![refusal]).verdict;
    let mut control = Control::new(each(&stock, job.amount), one);
    let mut report = Report::default();
    for on in LAYOUTS {
        let calls = calls(job, on).expect("what stock Go may do");
        let alone = each(&calls, amount).into_iter().map(|refusal| vec![refusal]);
        for tried in all(job, on, alone.collect()) {
            report.add(on, &tried, control.allows(&tried));
        }
    }
    report.close(job.least);
}

/// Refuses all calls of one kind, and those of another from every `step`th on. A program
/// on gosbrk must survive or end cleanly.
fn two(job: &Job, first: Kind, then: Kind, step: usize) {
    if !seccomp::is_there("two kinds of system calls refused to whole programs") {
        return;
    }
    let from = |kind, error, n| Refusal { kind, error, span: Span::From, n };
    let last = if long() { 60 } else { 6 };
    let both = ERRORS.iter().flat_map(|&error| {
        let steps = (1..=last).map(move |i| from(then, error, step * i));
        steps.map(move |refusal| vec![from(first, error, 1), refusal])
    });
    let mut report = Report::default();
    for on in LAYOUTS {
        for tried in all(job, on, both.clone().collect()) {
            let clean = matches!(tried.verdict, Verdict::Survives | Verdict::Ends);
            report.add(on, &tried, clean);
        }
    }
    report.close(60);
}

/// Counts the calls of each kind that a program makes when nothing is refused. `None`: the
/// user may not lock memory.
fn calls(job: &Job, on: &str) -> Option<BTreeMap<Kind, usize>> {
    let (ended, calls) = count(job.command(on), job.kinds);
    if ended.stdout.starts_with("not allowed") {
        return None;
    }
    assert_eq!(verdict(&ended), Verdict::Survives, "{on}: {ended:?}");
    Some(calls)
}

/// The refusals of each kind.
fn each(calls: &BTreeMap<Kind, usize>, amount: Amount) -> Vec<Refusal> {
    calls.iter().flat_map(|(&kind, &n)| points(kind, n, amount)).collect()
}

/// Runs the program with some refusals.
fn tried(job: &Job, on: &str, refusals: Vec<Refusal>) -> Tried {
    let (ended, refused) = refuse(job.command(on), &refusals);
    Tried { refusals, verdict: verdict(&ended), refused }
}

/// Runs the program once for each set of refusals, on all processors.
fn all(job: &Job, on: &str, all: Vec<Vec<Refusal>>) -> Vec<Tried> {
    let (rest, done) = (Mutex::new(all), Mutex::new(Vec::new()));
    let work = || {
        let next = || rest.lock().unwrap().pop();
        while let Some(refusals) = next() {
            let tried = tried(job, on, refusals);
            done.lock().unwrap().push(tried);
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    done.into_inner().unwrap()
}

/// What came of the refusals of a test.
#[derive(Default)]
struct Report {
    made: usize,
    wrong: Vec<String>,
}

impl Report {
    fn add(&mut self, on: &str, tried: &Tried, right: bool) {
        // The number of calls varies with the scheduling, so a late one may not come.
        self.made += usize::from(tried.refused > 0);
        if !right {
            self.wrong.push(format!("{on}: {tried}"));
        }
    }

    fn close(self, least: usize) {
        let Self { made, wrong } = self;
        reached(&format!("{made} refusals"));
        assert!(wrong.is_empty(), "{} of {made} are wrong:\n{}", wrong.len(), wrong.join("\n"));
        assert!(made >= least, "only {made} refusals");
    }
}
