//! The project's own checks: `cargo xtask`, and the Makefile by it.
//!
//! | module | what it does |
//! |---|---|
//! | [`suites`] | says what is run: `make test`, `make check` |
//! | [`parts`] | runs test programs and counts their tests |
//! | [`binaries`] | compiles the test programs in Rust and lists them |
//! | [`took`] | measures what each took |
//! | [`long`] | runs the long amounts and prints a table: `make fuzz` |
//! | [`mutants`] | puts bugs into a copy of the library and sees the checks turn red |
//! | [`instructions`] | counts instructions and compares them with the baseline |
//! | [`modules`] | finds modules that use each other in a circle: `make lint` |
//! | [`docs`] | finds faults in Markdown, such as links that lead nowhere: `make lint` |
//! | [`licences`] | collects the licences of what the command is linked with: `make dist` |
//! | [`chart`] | draws the address space of programs from the table in docs/ |
//! | [`coverage`] | makes a table of what llvm-cov exports: `make coverage` |
//! | [`output`] | reads what test programs print |
//! | [`command`] | runs a command, with a log |

mod binaries;
mod chart;
mod command;
mod coverage;
mod docs;
mod instructions;
mod licences;
mod long;
mod modules;
mod mutants;
mod output;
mod parts;
mod suites;
mod took;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask COMMAND

  test                          every suite that a change must pass (make test)
  check                         the short ones, for while one works (make check)
  long [NAME...]                the long amounts; only those whose names begin so (make fuzz)
  mutants [PREFIX...]           puts in the bugs of testdata/mutants, such as 01; default: all
  instructions [--renew]        compares instruction counts with bench/instructions.txt
  modules                       finds modules that use each other in a circle (make lint)
  docs                          finds faults in the docs: links, code blocks, names (make lint)
  chart                         draws docs/address-space-*.svg from docs/whole-programs.md
  licences TARGET               those of what the command is linked with (make dist)
  timed FILE COMMAND...         runs it here, and writes to FILE its milliseconds of processors
  coverage LINES REGIONS [-l]   a table of two exports of llvm-cov (make coverage)
";

/// How a command ended: whether all is well.
type Done = Result<bool, Box<dyn Error>>;

fn main() -> ExitCode {
    // Paths are those of the tree, wherever it is called.
    let top = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    if let ["timed", file, command @ ..] = &args[..] {
        return ended(took::run(file, command));
    }
    let done = std::env::set_current_dir(top).map_err(Into::into).and_then(|()| run(&args));
    ended(done)
}

/// The status that tells how it ended.
fn ended(done: Done) -> ExitCode {
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(args: &[&str]) -> Done {
    match args {
        ["test"] => suites::test(),
        ["check"] => suites::check(),
        ["licences", target] => licences::print(target),
        ["chart"] => chart::draw(),
        ["docs"] => docs::check(),
        ["modules"] => modules::check(),
        ["long", only @ ..] => long::run(only),
        ["mutants", patches @ ..] => mutants::run(patches),
        ["instructions"] => instructions::compare(),
        ["instructions", "--renew"] => instructions::renew(),
        ["coverage", lines, regions] => coverage::print(lines, regions, false),
        ["coverage", lines, regions, "-l"] => coverage::print(lines, regions, true),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(true)
        }
        [first, ..] => {
            Err(format!("{first}: no such command, or not with these arguments\n\n{HELP}").into())
        }
    }
}
