//! What memory a Go program is charged for, on gosbrk and on Go as it is: the lowest
//! limits that it runs under, what it locks, and its core file. The kernel counts
//! what is only reserved for some of these, and must not for others.

mod common;

use common::confined::{Resource, confine, highest};
use common::smaps::{Mapping, parse};
use common::three::{Judge, KINDS, SLACK, WORK, command, measure, programs, times};
use common::{run, scratch, skip, succeed};
use std::array;
use std::fs::{File, read_dir, read_to_string};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Stdio;

/// Bytes that no program here takes, by whatever count.
const MOST: u64 = 2 << 30;

/// The lowest limit in KiB that a program runs under; none if it does not run under
/// the highest that this process may set. A program that runs once in some runs
/// counts as running, so that a run with bad luck decides nothing.
fn lowest(program: &Path, steps: &[&str], resource: Resource) -> Option<u64> {
    let runs = |pages: u64| {
        (0..times(5)).any(|_| {
            let mut command = command(program, steps);
            confine(&mut command, &[(resource, pages << 12)]);
            let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
            // Under the lowest limits it is not even started.
            status.is_ok_and(|status| status.success())
        })
    };
    let (mut few, mut enough) = (0, highest(resource, MOST) >> 12);
    assert!(!runs(few), "the limit has no effect");
    if !runs(enough) {
        return None;
    }
    while enough - few > 1 {
        let middle = few.midpoint(enough);
        *(if runs(middle) { &mut enough } else { &mut few }) = middle;
    }
    Some(enough << 2)
}

/// Compares the lowest limits of the three, with each kind of work.
fn compare_lowest(name: &str, resource: Resource, first: &[&str]) {
    let mut judge = Judge::default();
    for (work, steps) in WORK {
        let what = format!("lowest {name}, {work}");
        let steps = [first, steps].concat();
        let lowest = programs().each_ref().map(|program| lowest(program, &steps, resource));
        judge.compare(&what, lowest);
        for (kind, _) in KINDS.iter().zip(lowest).filter(|(_, lowest)| lowest.is_none()) {
            let most = highest(resource, MOST) >> 10;
            skip(&format!("{what}, {kind}"), &format!("the highest limit here is {most} KiB"));
        }
    }
    judge.finish();
}

#[test]
fn lowest_limit_of_address_space() {
    compare_lowest("ulimit -v", libc::RLIMIT_AS, &[]);
}

#[test]
fn lowest_limit_of_data() {
    compare_lowest("ulimit -d", libc::RLIMIT_DATA, &[]);
}

/// Locked is what is only reserved, too, so this needs a limit above all of stock's
/// address space.
#[test]
fn lowest_limit_of_locked_memory() {
    compare_lowest("ulimit -l with mlockall", libc::RLIMIT_MEMLOCK, &["lock"]);
}

#[test]
fn locked_memory() {
    if !run(&mut command(&programs()[0], &["lock"])).status.success() {
        return skip("memory after mlockall", "this user may not lock as much (ulimit -l)");
    }
    let mut judge = Judge::default();
    for (work, steps) in WORK {
        let steps = [&["lock"], steps].concat();
        let took = measure(["Rss", "VmLck"], times(5), |program| command(program, &steps));
        for (i, what) in ["resident", "VmLck"].into_iter().enumerate() {
            let least = took.each_ref().map(|took| took.least(i));
            judge.compare(&format!("{what} after mlockall, {work}"), least);
        }
    }
    judge.finish();
}

/// The mappings of a program after some steps.
fn mappings(program: &Path, steps: &[&str]) -> Vec<Mapping> {
    parse(&succeed(command(program, steps).arg("smaps")))
}

/// The kernel never gives more of this than there is with `vm.overcommit_memory=2`.
#[test]
fn committed_memory() {
    // What is marked as accounted, and what would be if MAP_NORESERVE had an effect then.
    let commits =
        |mapping: &Mapping| mapping.has(&["ac"]) || mapping.has(&["nr"]) && mapping.has(&["wr"]);
    let mut judge = Judge::default();
    for (work, steps) in WORK {
        let took = programs().each_ref().map(|program| {
            let once = |_| {
                let all = mappings(program, steps);
                all.iter().filter(|mapping| commits(mapping)).map(|mapping| mapping.size).sum()
            };
            (0..times(5)).map(once).min().unwrap_or(0)
        });
        assert!(took[0] > 0, "no mapping is marked");
        judge.compare(&format!("committed, {work}"), took);
    }
    judge.finish();
}

/// A core file's KiB by its length and by what it takes of the disk.
type Core = [u64; 2];

/// Has the kernel write a core file, where it writes one into the directory that a
/// program is in.
fn core(program: &Path, steps: &[&str]) -> Option<Core> {
    let pattern = read_to_string("/proc/sys/kernel/core_pattern").unwrap();
    let elsewhere = pattern.starts_with(['|', '@']) || pattern.contains('/');
    if elsewhere || highest(libc::RLIMIT_CORE, MOST) < MOST {
        return None;
    }
    let dir = scratch("core");
    let steps = [steps, &["crash"]].concat();
    let mut command = command(program, &steps);
    confine(&mut command, &[(libc::RLIMIT_CORE, MOST)]);
    let output = run(command.current_dir(&dir).env("GOTRACEBACK", "crash"));
    let file = read_dir(&dir).unwrap().next().unwrap_or_else(|| panic!("no core: {output:?}"));
    let file = File::open(file.unwrap().path()).unwrap();
    // Some file systems count its blocks when they are on the disk.
    file.sync_all().unwrap();
    let file = file.metadata().unwrap();
    Some([file.len() >> 10, file.blocks() >> 1])
}

/// What a core file is by the rules of core(5) with the usual filter: each mapping
/// that has pages of its own, apart from those that are marked; on the disk, these
/// pages only.
fn core_by_smaps(program: &Path, steps: &[&str]) -> Core {
    let dumped = |mapping: &Mapping| mapping.own > 0 && !mapping.has(&["dd", "io"]);
    let all = mappings(program, steps).into_iter().filter(dumped);
    all.fold([0, 0], |[size, own], mapping| [size + mapping.size, own + mapping.own])
}

/// The lesser figures of two.
fn lesser(a: [[Option<u64>; 2]; 3], b: [[Option<u64>; 2]; 3]) -> [[Option<u64>; 2]; 3] {
    array::from_fn(|kind| array::from_fn(|i| a[kind][i].min(b[kind][i])))
}

#[test]
fn core_files() {
    let mut judge = Judge::default();
    for (work, steps) in WORK {
        let least = |core: &dyn Fn(&Path) -> Option<Core>| {
            programs().each_ref().map(|program| {
                let cores: Option<Vec<_>> = (0..times(3)).map(|_| core(program)).collect();
                let least = |i| cores.iter().flatten().map(|core: &Core| core[i]).min();
                [least(0), least(1)]
            })
        };
        let mut computed = least(&|program| Some(core_by_smaps(program, steps)));
        let mut cores = least(&|program| core(program, steps));
        if cores == [[None; 2]; 3] {
            skip("core files of the kernel's", "it writes none here; compared is what smaps says");
            cores = computed;
        }
        // What is computed where it writes none must be right where it does. A heap of a busy
        // machine can be larger each time: then the least needs more runs.
        let agree = |cores: &[[Option<u64>; 2]; 3], computed: &[[Option<u64>; 2]; 3]| {
            let mut both = cores.iter().flatten().zip(computed.iter().flatten());
            both.all(|(core, computed)| core.unwrap().abs_diff(computed.unwrap()) <= SLACK)
        };
        for _ in 0..5 {
            if agree(&cores, &computed) {
                break;
            }
            computed = lesser(computed, least(&|program| Some(core_by_smaps(program, steps))));
            cores = lesser(cores, least(&|program| core(program, steps)));
        }
        assert!(agree(&cores, &computed), "{cores:?}, {computed:?}");
        judge.compare(&format!("core file, {work}"), cores.map(|core| core[0]));
        judge.compare(&format!("core file on disk, {work}"), cores.map(|core| core[1]));
    }
    judge.finish();
}
