//! Whatever the system refuses: the call gives nothing and changes nothing, or
//! does what it would have done; and once the system agrees, all is as if it had
//! never refused.
//!
//! Each script is played once to count what it asks of the system, and then once
//! for each of these requests, with that one refused.

mod arena;

use arena::alone::alone;
use arena::failing::{Failing, Plan};
use arena::script::{Act, Answer, Script, notation};
use arena::snapshot::Snapshot;
use arena::trap::{self, Failure};
use arena::{Memory, amount, in_parts, long};
use gosbrk::os::linux::Linux;
use gosbrk::{Advice, Config, Error, Profile, Sbrk, Stats};
use std::ops::Range;
use std::rc::Rc;

const MIB: usize = 1 << 20;

/// A layer on a system that refuses what a plan says. Its segment is always at
/// the same place, so that states can be compared to the last address.
struct Stage {
    plan: Rc<Plan>,
    layer: Sbrk<Failing<Memory>>,
}

impl Stage {
    fn new() -> Self {
        let plan = Plan::new();
        let layer = Sbrk::new(Failing::new(Memory::default(), &plan));
        Self { plan, layer }
    }

    fn init(&mut self, script: &Script) -> Result<(), Error> {
        // SAFETY: nobody uses memory of this layer but the script.
        unsafe { self.layer.init(&script.config) }
    }
}

/// What a script comes to when nothing is refused.
struct Undisturbed {
    /// Requests to the system before each call, and in all.
    requests: Vec<u64>,
    answers: Vec<Result<Answer, Error>>,
    end: Snapshot,
}

fn undisturbed(stage: &mut Stage, script: &Script) -> Undisturbed {
    stage.plan.refuse(0..0, Error::NoMem);
    stage.init(script).unwrap();
    let (mut requests, mut answers) = (vec![stage.plan.calls.get()], Vec::new());
    for (act, answer) in &script.steps {
        let given = act.make_and_mark(&mut stage.layer);
        if let Some(answer) = answer {
            assert_eq!(&notation(*act, given), answer, "{}: {act:?}", script.name);
        }
        answers.push(given);
        requests.push(stage.plan.calls.get());
    }
    Undisturbed { requests, answers, end: Snapshot::of(&stage.layer) }
}

/// Plays a script with some requests refused, all of them in one call.
fn disturbed(
    stage: &mut Stage,
    script: &Script,
    good: &Undisturbed,
    refused: &Range<u64>,
    error: Error,
) {
    let what = |act| format!("{}: {act:?}, requests {refused:?} refused, {error:?}", script.name);
    let fits = |given: Error| given == error || given == Error::NoMem;
    stage.plan.refuse(refused.clone(), error);
    let made = stage.init(script);
    assert_eq!(made.is_err(), refused.start < good.requests[0]);
    if let Err(given) = made {
        assert!(fits(given), "{}: {given:?}", what(None));
        assert_eq!((stage.layer.base(), stage.layer.stats()), (0, Stats::default()));
        assert_eq!(Act::Alloc(1).make(&mut stage.layer), Err(Error::NoMem));
        stage.plan.refuse(0..0, error);
        stage.init(script).unwrap();
    }
    for (i, (act, _)) in script.steps.iter().enumerate() {
        let here = (good.requests[i]..good.requests[i + 1]).contains(&refused.start);
        let before = here.then(|| Snapshot::of(&stage.layer));
        let given = act.make_and_mark(&mut stage.layer);
        if here {
            stage.plan.refuse(0..0, error);
        }
        if let (Some(before), true) = (before, given != good.answers[i]) {
            assert!(given.is_err_and(fits), "{}: {given:?}", what(Some(act)));
            Snapshot::of(&stage.layer).assert_is(&before, || what(Some(act)));
            let again = act.make_and_mark(&mut stage.layer);
            assert_eq!(again, good.answers[i], "{}, tried again", what(Some(act)));
        } else {
            assert_eq!(given, good.answers[i], "{}", what(Some(act)));
        }
    }
    Snapshot::of(&stage.layer).assert_is(&good.end, || what(None));
}

/// Plays scripts with each request refused in turn, by itself, and together with
/// all that follow in the same call. Gives how often it played.
fn each_request_refused(scripts: &[Script]) -> u64 {
    in_parts(scripts.len(), |part| {
        let mut stage = Stage::new();
        let mut points = 0;
        for script in &scripts[part] {
            let good = undisturbed(&mut stage, script);
            for k in 0..*good.requests.last().unwrap() {
                for (refused, error) in [
                    (k..k + 1, Error::NoMem),
                    (k..k + 1, Error::ForeignBreak),
                    (k..u64::MAX, Error::NoMem),
                ] {
                    points += 1;
                    disturbed(&mut stage, script, &good, &refused, error);
                }
            }
        }
        points
    })
}

#[test]
fn every_script_that_is_kept() {
    let mut scripts = Script::kept();
    scripts.push(closed_and_freed());
    let points = each_request_refused(&scripts);
    amount(&format!("{points} failures in {} scripts", scripts.len()));
}

/// Scripts of calls at random, with hints that reach the system.
fn random_scripts(profile: Profile, calls: usize, most: usize, seeds: Range<u64>) -> Vec<Script> {
    let page = profile.page_size();
    let (start, initial, limit) = (page, 3 * page, most * page);
    let config = Config { profile, start, initial, limit, advice: Advice::Os, ..Config::default() };
    seeds.map(|seed| Script::random(config, calls, most * page / 16, seed)).collect()
}

#[test]
fn random_calls_with_hints_that_reach_the_system() {
    let [plan9, wasm] = if long() { [1400, 200] } else { [30, 10] };
    for (profile, calls, most, seeds) in [
        (Profile::Plan9, 120, 96, plan9),
        (Profile::Wasm, 60, 32, wasm),
        (Profile::WasmGo121, 60, 32, wasm),
    ] {
        let scripts = random_scripts(profile, calls, most, 1..seeds + 1);
        let points = each_request_refused(&scripts);
        amount(&format!("{points} failures in {} scripts, {profile:?}", scripts.len()));
    }
}

/// The records of a heap take a page for each 32 MiB beyond the first.
#[test]
fn large_heaps_whose_records_have_to_grow() {
    for initial in [0, 100 * MIB] {
        let config = Config { initial, limit: 400 * MIB, advice: Advice::Os, ..Config::default() };
        let seeds = if long() { 1..40 } else { 1..3 };
        let scripts: Vec<_> =
            seeds.map(|seed| Script::random(config, 50, 10 * MIB, seed)).collect();
        let points = each_request_refused(&scripts);
        amount(&format!("{points} failures in {} scripts", scripts.len()));
    }
}

/// Ranges that are closed, in whole or in part, when they are freed: to the list, and
/// to the break.
fn closed_and_freed() -> Script {
    const P: usize = 4096;
    let config = Config { advice: Advice::Os, ..Config::default() };
    let acts = [
        Act::Alloc(8 * P),
        Act::Alloc(4 * P),
        Act::Hint("fault", 2 * P, 3 * P),
        Act::Free(Some(0), 8 * P),
        Act::Alloc(8 * P),
        Act::Hint("fault", 8 * P, 4 * P),
        Act::Free(Some(8 * P), 4 * P),
        Act::Alloc(2 * MIB),
        Act::Hint("fault", 8 * P, 2 * MIB),
        Act::Hint("used", 9 * P, P),
        Act::Free(Some(8 * P), 2 * MIB),
        Act::Alloc(P),
    ];
    let steps = acts.map(|act| (act, None)).to_vec();
    Script { name: "closed and freed".to_owned(), config, steps }
}

/// The ways in which the kernel can fail.
const FAILURES: [Failure; 6] = [
    Failure::Errno(libc::ENOMEM),
    Failure::Errno(libc::EAGAIN),
    Failure::Errno(libc::EINVAL),
    Failure::Errno(libc::EEXIST),
    Failure::Errno(libc::EPERM),
    Failure::Elsewhere,
];

/// No call of so many is refused.
const NONE: usize = usize::MAX;

/// Plays a script on the kernel with system call `k` of the call number `at`
/// failing. Gives whether there was such a system call.
fn on_the_kernel(
    script: &Script,
    good: &Undisturbed,
    at: usize,
    k: usize,
    failure: Failure,
) -> bool {
    let what =
        || format!("{}: system call {k} of {:?}: {failure:?}", script.name, script.steps[at].0);
    let fits = |given: Error| matches!(given, Error::NoMem | Error::ForeignBreak);
    let mut layer = Sbrk::new(Linux);
    // SAFETY: nobody uses memory of this layer but the script.
    unsafe { layer.init(&script.config) }.unwrap();
    for i in 0..at {
        assert_eq!(script.steps[i].0.make_and_mark(&mut layer), good.answers[i]);
    }
    let before = Snapshot::of(&layer);
    let (given, calls) = trap::with(k, failure, || script.steps[at].0.make_and_mark(&mut layer));
    if given != good.answers[at] {
        assert!(given.is_err_and(fits), "{}: {given:?}", what());
        Snapshot::of(&layer).assert_is(&before, what);
        let again = script.steps[at].0.make_and_mark(&mut layer);
        assert_eq!(again, good.answers[at], "{}, again", what());
    }
    for i in at + 1..script.steps.len() {
        let then = script.steps[i].0.make_and_mark(&mut layer);
        assert_eq!(then, good.answers[i], "{}, then {i}", what());
    }
    // SAFETY: the script is over.
    unsafe { layer.drop_segment() };
    k < calls
}

#[test]
fn every_system_call_of_the_kernel() {
    alone("every_system_call_of_the_kernel", || {
        trap::install();
        let mut stage = Stage::new();
        let times = if long() { 20 } else { 1 };
        let mut scripts = random_scripts(Profile::Plan9, 60, 64, 1..1 + 3 * times);
        scripts.extend(random_scripts(Profile::Wasm, 40, 32, 1..1 + 2 * times));
        scripts.push(closed_and_freed());
        let mut points = 0;
        for script in &scripts {
            let good = undisturbed(&mut stage, script);
            for at in 0..script.steps.len() {
                for failure in FAILURES {
                    let failed = |k: &usize| on_the_kernel(script, &good, at, *k, failure);
                    points += (0..NONE).take_while(failed).count();
                }
            }
        }
        amount(&format!("{points} failures of the kernel in {} scripts", scripts.len()));
    });
}

/// The same of setting up the segment, where the library chooses its place and
/// where it is told, with records that take a call of their own.
#[test]
fn every_system_call_of_setting_up() {
    alone("every_system_call_of_setting_up", || {
        trap::install();
        let mut points = 0;
        for base in [0, 0x2000_0000_0000] {
            let config = Config { base, initial: 40 * MIB, ..Config::default() };
            for failure in FAILURES {
                for k in 0..NONE {
                    let what =
                        || format!("system call {k} of setting up at {base:#x}: {failure:?}");
                    let mut layer = Sbrk::new(Linux);
                    // SAFETY: a layer of this test's own.
                    let (made, calls) = trap::with(k, failure, || unsafe { layer.init(&config) });
                    if made.is_err() {
                        let nothing = (layer.base(), layer.stats());
                        assert_eq!(nothing, (0, Stats::default()), "{}", what());
                        // SAFETY: as above.
                        assert_eq!(unsafe { layer.init(&config) }, Ok(()), "{}, again", what());
                    }
                    assert!(base == 0 || layer.base() == base, "{}", what());
                    assert_eq!(
                        Act::Alloc(41 * MIB).make_and_mark(&mut layer),
                        Ok(Answer::At(Some(0)))
                    );
                    // SAFETY: as above.
                    unsafe { layer.drop_segment() };
                    if k >= calls {
                        break;
                    }
                    points += 1;
                }
            }
        }
        amount(&format!("{points} failures of the kernel"));
    });
}

/// A filter refuses both ways of giving pages back.
#[test]
fn what_is_closed_and_cannot_be_emptied_is_open_again_and_zero() {
    alone("what_is_closed_and_cannot_be_emptied_is_open_again_and_zero", || {
        trap::install();
        let mut layer = Sbrk::new(Linux);
        let config = Config { advice: Advice::Os, ..Config::default() };
        // SAFETY: a layer of this test's own.
        unsafe { layer.init(&config) }.unwrap();
        // SAFETY: as above.
        let at = unsafe { layer.sys_alloc_os(MIB, b"") }.unwrap();
        let range = std::ptr::with_exposed_provenance_mut::<u8>(at);
        // SAFETY: memory of this test's own.
        unsafe { range.write_bytes(1, MIB) };
        let refused = [libc::SYS_mmap, libc::SYS_madvise];
        // SAFETY: as above.
        let closed = trap::without(&refused, || unsafe { layer.sys_fault_os(at, MIB) });
        assert_eq!(closed, Err(Error::NoMem));
        // SAFETY: as above; it can be read, or this test ends here.
        let bytes = unsafe { std::slice::from_raw_parts(range, MIB) };
        assert!(bytes.iter().all(|byte| *byte == 0));
        // SAFETY: nobody uses it any more.
        unsafe { layer.drop_segment() };
    });
}

/// What the other tests compare: a page that is closed differs from one that is open, and so
/// do those with other bytes. Neither is a fault.
#[test]
fn a_closed_page_and_a_byte_are_part_of_the_state() {
    let mut layer = Sbrk::new(Linux);
    // SAFETY: a layer of this test's own.
    unsafe { layer.init(&Config::default()) }.unwrap();
    // SAFETY: as above.
    let at = unsafe { layer.sys_alloc_os(MIB, b"") }.unwrap();
    let range = std::ptr::with_exposed_provenance_mut::<u8>(at);
    // SAFETY: memory of this test's own.
    unsafe { range.write_bytes(1, MIB) };
    let before = Snapshot::of(&layer);
    // SAFETY: as above; whole pages.
    let page = unsafe { range.add(MIB / 2) };
    let protect = |protection| {
        // SAFETY: as above; nobody uses it while it is closed.
        assert_eq!(unsafe { libc::mprotect(page.cast(), 4096, protection) }, 0);
    };
    protect(libc::PROT_NONE);
    assert_ne!(Snapshot::of(&layer), before);
    protect(libc::PROT_READ | libc::PROT_WRITE);
    assert_eq!(Snapshot::of(&layer), before);
    // SAFETY: as above.
    unsafe { page.write(2) };
    assert_ne!(Snapshot::of(&layer), before);
    // SAFETY: nobody uses it any more.
    unsafe { layer.drop_segment() };
}
