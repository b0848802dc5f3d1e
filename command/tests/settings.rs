//! Go programs under other settings of the kernel, on gosbrk and on Go as it is.

mod common;

use common::setting::Setting;
use common::three::{Judge, KINDS, WORK, command, measure, programs, times};
use common::{scratch, skip};
use std::fs::{read_to_string, write};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

#[test]
fn resident_with_huge_pages() {
    programs();
    let file = Path::new("/sys/kernel/mm/transparent_hugepage/enabled");
    let Some(setting) = Setting::new(file) else {
        return skip("huge pages", "this user may not change when programs get them");
    };
    // It holds for the whole machine, so for no longer than it takes to measure.
    let mut took = Vec::new();
    for mode in ["never", "madvise", "always"] {
        setting.set(mode);
        for godebug in ["", "disablethp=1"] {
            for (work, steps) in WORK {
                let run = |program: &Path| {
                    let mut command = command(program, steps);
                    command.env("GODEBUG", godebug);
                    command
                };
                let what = format!("huge pages {mode}, {work}, GODEBUG={godebug}");
                took.push((what, godebug, measure(["Rss", "AnonHugePages"], times(10), run)));
            }
        }
    }
    drop(setting);
    let mut judge = Judge::default();
    for (what, godebug, took) in took {
        judge.compare(&format!("resident with {what}"), took.each_ref().map(|took| took.least(0)));
        let huge = took.map(|took| took.most(1));
        if !godebug.is_empty() && huge != [0; 3] {
            judge.fault(format!("{what}: there are huge pages of {huge:?} KiB in {KINDS:?}"));
        }
    }
    judge.finish();
}

/// What the kernel says of memory, in KiB.
fn meminfo(name: &str) -> u64 {
    let meminfo = read_to_string("/proc/meminfo").unwrap();
    let line = meminfo.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.unwrap().trim().trim_end_matches(" kB").parse().unwrap()
}

/// Starts a program and waits until it has done its work; none if it does not get
/// that far.
fn start(program: &Path) -> Option<Child> {
    let mut command = command(program, &["busy", "wait"]);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().ok()?;
    let mut said = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut said).unwrap();
    if said == "waiting\n" {
        return Some(child);
    }
    child.wait().unwrap();
    None
}

/// So many programs at once that there would not be enough if the kernel counted the
/// GiB that each has only reserved.
#[test]
fn programs_where_the_kernel_never_overcommits() {
    if std::env::var_os("GOSBRK_TEST_OVERCOMMIT").is_none_or(|value| value != "1") {
        let why = "it is set for the whole machine; GOSBRK_TEST_OVERCOMMIT=1 allows it";
        return skip("vm.overcommit_memory=2", why);
    }
    programs();
    let Some(setting) = Setting::new(Path::new("/proc/sys/vm/overcommit_memory")) else {
        return skip("vm.overcommit_memory=2", "this user may not set it");
    };
    let many = meminfo("CommitLimit").saturating_sub(meminfo("Committed_AS")) / (1 << 20) + 1;
    setting.set("2");
    let started = programs().each_ref().map(|program| {
        let mut children: Vec<_> = (0..many).map_while(|_| start(program)).collect();
        let started = children.len() as u64;
        for child in &mut children {
            drop(child.stdin.take());
            child.wait().unwrap();
        }
        started
    });
    drop(setting);
    assert_eq!(started, [many; 3], "so many of {KINDS:?} have started");
}

/// Names the setting for a process that ends with one.
const ENDS_WITH: &str = "GOSBRK_TEST_SETTING";

#[test]
fn a_setting_comes_back_whatever_happens() {
    if let Some(path) = std::env::var_os(ENDS_WITH) {
        let setting = Setting::new(Path::new(&path)).unwrap();
        setting.set("new");
        // At once: nothing is dropped, as when a signal ends it.
        std::process::exit(7);
    }
    let path = scratch("setting").join("setting");
    write(&path, "old").unwrap();
    let setting = Setting::new(&path).unwrap();
    setting.set("new");
    drop(setting);
    assert_eq!(read_to_string(&path).unwrap(), "old");
    let test = ["--exact", "a_setting_comes_back_whatever_happens"];
    let mut this = Command::new(std::env::current_exe().unwrap());
    let status = this.args(test).env(ENDS_WITH, &path).stdout(Stdio::null()).status().unwrap();
    assert_eq!(status.code(), Some(7));
    // Whoever gets hold of it has waited until it is back.
    drop(Setting::new(&path).unwrap());
    assert_eq!(read_to_string(&path).unwrap(), "old");
}
