//! Where a recording goes, and what ends it.

use crate::common::{run, scratch, succeed, text};
use crate::program::{NEWEST, gosbrk, module, open, place, said, stat};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

fn running(file: &Path, module: &Path, args: &[&str]) -> Command {
    let mut command = gosbrk(NEWEST);
    command.args(["trace", "wasm", "run", "-o"]).arg(file).arg(module).args(args);
    command
}

#[test]
fn a_program_ends_as_it_would_and_its_recording_is_whole() {
    let Some(module) = module("wasip1", NEWEST) else { return };
    for (how, status) in [("fail", 3), ("panic", 2)] {
        let file = place(&format!("{how}.gosbrk"));
        let output = run(&mut running(&file, &module, &["4", how]));
        assert_eq!(output.status.code(), Some(status), "{}", text(&output.stderr));
        let stat = stat(&file);
        assert_eq!(stat["end"], "exited", "{how}: {stat}");
        assert!(stat["calls"].as_u64() > Some(100), "{how}: {stat}");
    }
}

#[test]
fn a_host_that_is_killed_leaves_all_calls_before() {
    let Some(module) = module("wasip1", NEWEST) else { return };
    let file = place("killed.gosbrk");
    let mut command = running(&file, &module, &["8", "wait"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let last = lines.find(|line| line.as_ref().unwrap().starts_with("Collections"));
    assert!(last.is_some());
    let group = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process_group(group, rustix::process::Signal::KILL).unwrap();
    child.wait().unwrap();
    let stat = stat(&file);
    assert_eq!(stat["end"], "open", "{stat}");
    // The large block came last: its stack is `main.main`.
    let trace = open(&file);
    assert_eq!(trace.slots * 32 + 4096, fs::metadata(&file).unwrap().len());
    let growths = stat["heap_growths"].as_array().unwrap();
    let large = growths.iter().any(|one| {
        let is_own = one["own"].as_u64().and_then(|at| usize::try_from(at).ok());
        is_own.is_some_and(|at| one["stack"][at] == "main.main")
            && one["bytes"].as_u64() > Some(2 << 20)
    });
    assert!(large, "{growths:?}");
}

#[test]
fn only_recordings_are_replaced() {
    let Some(module) = module("wasip1", NEWEST) else { return };
    let file = place("there.gosbrk");
    fs::write(&file, "something else").unwrap();
    let (status, error) = said(&mut running(&file, &module, &["1"]));
    assert_eq!(status, 1, "{error}");
    assert!(error.contains("is not a trace; it was left as it is"), "{error}");
    assert!(error.contains("nothing was recorded"), "{error}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "something else");
    fs::remove_file(&file).unwrap();
    for _ in 0..2 {
        let (status, error) = said(&mut running(&file, &module, &["1"]));
        assert_eq!(status, 0, "{error}");
    }
    assert_eq!(stat(&file)["end"], "exited");
}

#[test]
fn a_full_disk_ends_the_recording_and_not_the_program() {
    let Some(module) = module("wasip1", NEWEST) else { return };
    let dir = scratch("wasm-full");
    let file = dir.join("full.gosbrk");
    // The host is built once, without the limit.
    succeed(&mut running(&file, &module, &["1"]));
    // A limit on files is what a full disk is: the host gets an error for what it writes.
    let mut command = Command::new("bash");
    let script = "ulimit -f 8; trap '' XFSZ; exec \"$@\"";
    command.args(["-c", script, "bash"]).arg(env!("CARGO_BIN_EXE_gosbrk"));
    command.args(["trace", "wasm", "run", "-o"]).arg(&file).arg(&module).arg("8");
    let output = run(command.env_remove("GOSBRK"));
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{error}");
    assert!(error.contains("gosbrk: the trace ends here: it cannot be written"), "{error}");
    assert!(text(&output.stdout).contains("Collections"));
    let stat = stat(&file);
    assert_eq!(stat["end"], "open", "{stat}");
    assert!(stat["calls"].as_u64() > Some(20), "{stat}");
}

#[test]
fn what_cannot_be_recorded_is_said() {
    let mut overlay = gosbrk(NEWEST);
    overlay.args(["trace", "wasm", "build", "-overlay=x.json", "./told"]);
    let (status, error) = said(&mut overlay);
    assert!(status == 2 && error.contains("-overlay cannot be given"), "{error}");
    let mut other = gosbrk(NEWEST);
    let script = place("other.wasm");
    fs::write(&script, "no module").unwrap();
    let (status, error) = said(other.args(["trace", "wasm", "run"]).arg(&script));
    assert!(status == 2 && error.contains("is no WebAssembly module of Go's"), "{error}");
}
