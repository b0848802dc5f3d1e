//! The program that compares `gosbrk look` with programs on machines that have no tests. Here it
//! is run itself.

use crate::common::{run, scratch, text};
use crate::guest::{OWN, build};
use std::fs::{Permissions, set_permissions, write};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

#[test]
fn what_compares_elsewhere_passes_here() {
    let built = |name: &str, tag: &str, options: &[&str]| {
        build(name, OWN, tag, options).expect("the Go at hand")
    };
    let beside = built("beside", "beside", &[]);
    let programs = [("dwarf", &[][..]), ("w", &["-ldflags=-w"]), ("s", &["-ldflags=-s"])]
        .map(|(tag, options)| built("memory", &format!("beside-{tag}"), options));
    let gosbrk = env!("CARGO_BIN_EXE_gosbrk");
    let output = run(Command::new(&beside).arg(gosbrk).args(&programs));
    let said = text(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert_eq!(said.matches("ok   ").count(), 9, "{said}");

    // And it sees one figure that is wrong.
    let wrong = scratch("look-beside").join("gosbrk");
    let script = format!("#!/bin/sh\n{gosbrk} \"$@\" | sed 's/\"collections\":/&9/'\n");
    write(&wrong, script).unwrap();
    set_permissions(&wrong, Permissions::from_mode(0o755)).unwrap();
    let output = run(Command::new(&beside).arg(&wrong).arg(&programs[0]));
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.matches("collections: look says 9").count(), 3, "{said}");
}
