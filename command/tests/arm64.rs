//! Whole Go programs for linux/arm64, built here and run under emulation. Needs what
//! `tools/setup-arm64.sh --install tests` installs.

mod common;

use common::emulated::{emulated, has_tools};
use common::whole::{LAYOUTS, gosbrk};
use common::{run, scratch, succeed, tell};
use std::path::{Path, PathBuf};
use std::process::Command;

/// How often the program runs that is interrupted all the time.
const RUNS: usize = 2;

fn build(dir: &Path, name: &str, layout: &str, cgo: bool) -> PathBuf {
    let program = dir.join(format!("{name}-{layout}-{cgo}"));
    let mut command = gosbrk(&["--layout", layout, "go", "build"]);
    command.env("GOARCH", "arm64").env("CGO_ENABLED", if cgo { "1" } else { "0" });
    command.env("CC", "aarch64-linux-gnu-gcc");
    succeed(command.arg("-o").arg(&program).arg(format!("./{name}")));
    program
}

#[test]
fn programs_run_in_both_layouts() {
    if !has_tools("Go programs for linux/arm64") {
        return;
    }
    let dir = scratch("arm64-programs");
    for layout in LAYOUTS {
        for cgo in [false, true] {
            let hello = build(&dir, "hello", layout, cgo);
            for page in ["4096", "65536"] {
                assert_eq!(succeed(&mut emulated(page, &hello)), "hello, world\n", "{layout}");
            }
            let says =
                succeed(Command::new(env!("CARGO_BIN_EXE_gosbrk")).arg("doctor").arg(&hello));
            assert!(says.contains(&format!("layout: {layout}")), "{says}");
        }
        // Memory that was freed and given back is zero when it comes again.
        let freed = build(&dir, "freed", layout, false);
        assert!(succeed(&mut emulated("4096", &freed)).contains("freed"), "{layout}");
    }
}

/// Go keeps the running goroutine in a register that a signal handler reads at any time.
#[test]
fn a_program_that_is_interrupted_all_the_time_goes_on() {
    if !has_tools("a profiled Go program for linux/arm64") {
        return;
    }
    let dir = scratch("arm64-signals");
    for layout in LAYOUTS {
        let signals = build(&dir, "signals", layout, false);
        for _ in 0..RUNS {
            let output = run(&mut emulated("4096", &signals));
            assert!(output.status.success(), "{layout}: {output:?}");
        }
        tell(&format!("{layout}: {RUNS} runs with a CPU profile and signals"));
    }
}

#[test]
fn a_recording_is_read_here() {
    if !has_tools("a recording of a Go program for linux/arm64") {
        return;
    }
    let dir = scratch("arm64-record");
    let hello = build(&dir, "hello", "compact", false);
    let trace = dir.join("hello.trace");
    let mut command = emulated("4096", &hello);
    succeed(command.env("GOSBRK", format!("trace={}", trace.display())));
    let said = succeed(gosbrk(&["trace", "stat"]).arg(&trace));
    assert!(said.contains("compact") && said.contains(" calls, to its exit\n"), "{said}");
}
