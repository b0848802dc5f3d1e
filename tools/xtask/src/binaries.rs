//! The test programs that Cargo makes of the workspace: all compiled at once, so that
//! nothing is compiled twice with other features, and each run by itself.

use crate::command::{said, words};
use crate::parts::{self, Part};
use serde_json::Value;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

/// All but what needs libclang, without the peers that are compiled from C.
/// Not incrementally: what Cargo then keeps to compile a changed file sooner takes a tenth more.
const SELECTION: &str = "--locked --workspace --exclude gosbrk-bindgen --no-default-features \
                         --config build.incremental=false";

/// What `make test-arm64` runs: other machines, emulated.
const EMULATED: [&str; 3] =
    ["tests/arm64.rs", "command/tests/arm64.rs", "command/tests/dist_arm64.rs"];

/// What compiles all test programs.
pub fn compile() -> Part {
    parts::one("compile", ".", &format!("cargo test --no-run {SELECTION}"))
}

/// All test programs but the emulated ones, compiled, as parts that are named by their sources.
///
/// # Errors
/// One does not compile; then the error is what the compiler said.
pub fn compiled() -> Result<Vec<Part>, Box<dyn Error>> {
    let cargo = format!("cargo test --no-run --quiet --message-format=json {SELECTION}");
    let messages = said(&mut words(&cargo))?;
    let top = std::env::current_dir()?;
    let mut programs: Vec<_> = messages.lines().filter_map(|line| program(line, &top)).collect();
    programs.retain(|program| !EMULATED.contains(&program.name.as_str()));
    programs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(programs)
}

/// What tests the examples in the documentation.
pub fn examples() -> Part {
    parts::tests("examples in docs", ".", &format!("cargo test --doc {SELECTION}"))
}

/// The test program that a message of Cargo's is about.
fn program(message: &str, top: &Path) -> Option<Part> {
    let message: Value = serde_json::from_str(message).ok()?;
    let text = |value: &Value| value.as_str().map(PathBuf::from);
    if message["profile"]["test"] != true {
        return None;
    }
    let source = text(&message["target"]["src_path"])?;
    let dir = text(&message["manifest_path"])?.parent()?.to_owned();
    let name = source.strip_prefix(top).unwrap_or(&source).display().to_string();
    let command = Command::new(text(&message["executable"])?);
    Some(Part { name, dir, command, single: false })
}

#[cfg(test)]
mod tests {
    use super::{EMULATED, program};
    use std::path::Path;

    #[test]
    fn what_is_emulated_is_there() {
        let top = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
        for name in EMULATED {
            assert!(top.join(name).is_file(), "{name}");
        }
    }

    #[test]
    fn test_programs_are_told_from_the_rest() {
        let message = |test: &str, executable: &str| {
            format!(
                r#"{{"reason":"compiler-artifact","manifest_path":"/top/command/Cargo.toml",
                "target":{{"src_path":"/top/command/tests/modes.rs"}},
                "profile":{{"test":{test}}},"executable":{executable}}}"#
            )
        };
        let top = Path::new("/top");
        let part = program(&message("true", r#""/top/target/debug/deps/modes-12""#), top).unwrap();
        assert_eq!(
            (part.name.as_str(), part.dir.as_path()),
            ("command/tests/modes.rs", &*top.join("command"))
        );
        assert_eq!(part.command.get_program(), "/top/target/debug/deps/modes-12");
        assert!(program(&message("false", r#""/top/target/debug/gosbrk""#), top).is_none());
        assert!(program(&message("true", "null"), top).is_none());
        assert!(program(r#"{"reason":"build-finished","success":true}"#, top).is_none());
        assert!(program("not a message", top).is_none());
    }
}
