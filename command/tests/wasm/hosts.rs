//! Other hosts than the one for WASI that the command builds: Node, as a host for WASI and
//! for JavaScript.

use crate::common::{is_there, root, run, scratch, skip, succeed, text};
use crate::program::{MEGABYTES, NEWEST, RELEASES, gosbrk, is_true, module, place, said};
use std::process::Command;

fn has_node(check: &str) -> bool {
    let is = is_there("node");
    if !is {
        skip(check, "there is no Node");
    }
    is
}

/// Node's host for WASI. Its fast calls use memory that it has freed when a module has
/// grown, whatever was compiled (nodejs/node#53087): without them it works.
fn wasi(dir: &str, module: &std::path::Path) -> Command {
    let mut node = Command::new("node");
    node.args(["--no-warnings", "--no-turbo-fast-api-calls"]);
    node.arg(root().join("testdata/guest/wasi.mjs")).arg(module).arg(dir).arg(MEGABYTES);
    node.env("GOSBRK", "trace=/traces/node.gosbrk");
    node
}

#[test]
fn node_records_as_a_host_for_wasi() {
    if !has_node("a recording by Node's WASI") {
        return;
    }
    for release in [RELEASES[0], NEWEST] {
        let Some(module) = module("wasip1", release) else { continue };
        let dir = scratch(&format!("wasm-node-{release}"));
        let dir = dir.to_str().unwrap();
        let said = succeed(&mut wasi(dir, &module));
        is_true(&std::path::Path::new(dir).join("node.gosbrk"), &said, 0);
        // Without a directory there is no recording, and the program goes on.
        let output = run(&mut wasi("-", &module));
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert!(
            text(&output.stderr).contains("no directory that the host gives"),
            "{}",
            text(&output.stderr)
        );
    }
}

#[test]
fn node_records_a_program_for_javascript() {
    if !has_node("a recording under Node") {
        return;
    }
    for release in RELEASES {
        let Some(module) = module("js", release) else { continue };
        let file = place(&format!("told-js-{release}.gosbrk"));
        // What the last run left may be something else.
        let _ = std::fs::remove_file(&file);
        let mut command = gosbrk(release);
        command.args(["trace", "wasm", "run", "-o"]).arg(&file).arg(&module).arg(MEGABYTES);
        let output = run(&mut command);
        let error = text(&output.stderr);
        if error.contains("has no wasm_exec_node.js") {
            skip(&format!("Go {release} under Node"), "no Go here has wasm_exec_node.js");
            continue;
        }
        assert!(output.status.success(), "{error}");
        // Its output goes through JavaScript, for which Go allocates a little.
        is_true(&file, &text(&output.stdout), 128 << 10);
        // Another file is left as it is, and the program runs.
        std::fs::write(&file, "something else").unwrap();
        let (status, error) = said(&mut command);
        assert_eq!(status, 1, "{error}");
        assert!(error.contains("this program is not recorded: "), "{error}");
        assert!(error.contains("is not a recording; it was left as it is"), "{error}");
        assert_eq!(std::fs::read(&file).unwrap(), b"something else");
    }
}
