//! A test in a process of its own, for what would be a nuisance to others:
//! limits, filters on system calls, signals.

use std::process::Command;

/// Names the test that a process runs alone.
const ALONE: &str = "GOSBRK_TEST_ALONE";

/// What the process says when it got to the end.
const DONE: &str = "alone: done";

/// Whether this process was started for one test.
pub fn is_alone() -> bool {
    std::env::var_os(ALONE).is_some()
}

/// Runs `body`, which is all there is to the test of this name, in a process that
/// does nothing else; in the process that was started for it, right here.
pub fn alone(test: &str, body: impl FnOnce()) {
    if std::env::var(ALONE).is_ok_and(|name| name == test) {
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body)).is_ok();
        println!("{DONE}");
        // At once: what `body` has done to the process may not let it end as usual.
        std::process::exit(i32::from(!done));
    }
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(ALONE, test);
    let output = child.env_remove("GOSBRK").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    for (_, reached) in said.lines().filter_map(|line| line.split_once(super::AMOUNT)) {
        super::amount(reached);
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    let passed = output.status.success() && said.contains(DONE);
    assert!(passed, "{}\n{said}\n{errors}", output.status);
}
