//! Signals to `gosbrk trace record`.

use crate::cli::{trace, traces};
use crate::common::{root, scratch, succeed, text};
use crate::program::{OWN, build, gosbrk};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Sends a signal to the recorder alone, once something is recorded. The program would end with
/// its input, which stays open.
fn interrupt(command: &mut Command, folder: &Path, signal: &str) -> Output {
    command.current_dir(folder).stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut recorder = command.spawn().unwrap();
    let input = recorder.stdin.take();
    while !traces(folder).iter().any(|file| fs::metadata(file).is_ok_and(|file| file.len() > 8192))
    {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    succeed(Command::new("kill").args([format!("-{signal}"), recorder.id().to_string()]));
    // One that the signal does not reach ends later, with another status.
    std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_secs(20));
        drop(input);
    });
    recorder.wait_with_output().unwrap()
}

#[test]
fn record_passes_signals_on() {
    let Some(program) = build("memory", "compact", OWN) else { return };
    for (signal, status) in [("TERM", 143), ("HUP", 129), ("INT", 130)] {
        let folder = scratch(&format!("trace-signal-{signal}"));
        // Whoever runs the tests may ignore them (nohup).
        let mut command = Command::new("env");
        command.args(["--default-signal=TERM,HUP,INT", env!("CARGO_BIN_EXE_gosbrk")]);
        command.env_remove("GOSBRK").args(["trace", "record"]).arg(&program).arg("idle");
        let output = interrupt(&mut command, &folder, signal);
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{signal}: {error}");
        assert!(error.contains("gosbrk: recorded "), "{error}");
        let file = traces(&folder).remove(0);
        let said = format!("recording to {}\n", file.canonicalize().unwrap().display());
        assert!(error.contains(&said), "{error}");
        let stat = succeed(&mut trace(&["stat", "--json"], &file));
        let stat: Value = serde_json::from_str(&stat).unwrap();
        assert_eq!(stat["complete"], true, "{signal}: {stat}");
        let pid = stat["pid"].to_string();
        assert!(!Path::new("/proc").join(pid).exists(), "the program still runs");
    }
}

#[test]
fn record_passes_signals_on_to_what_go_runs() {
    let folder = scratch("trace-signal-go");
    let mut command = gosbrk();
    command.args(["--layout", "compact", "trace", "record", "-o"]).arg(folder.join("x.gosbrk"));
    command.args(["go", "run", "-C"]).arg(root().join("testdata/look")).args(["./memory", "idle"]);
    let output = interrupt(&mut command, &folder, "TERM");
    let error = text(&output.stderr);
    // That of `go run`, which says why its program ended.
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("signal: terminated") && error.contains("gosbrk: recorded "), "{error}");
}
