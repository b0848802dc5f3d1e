//! `gosbrk trace`: recording a program, and what a recording says.
//!
//! | module | what it owns |
//! |---|---|
//! | [`progress`] | how far long work is |
//! | [`open`] | opening traces, and saying what is wrong with them |
//! | [`stat`] | the summary, for people and for programs |
//! | [`view`] | the page for the browser |
//! | [`print`](mod@print) | calls as text |
//! | [`check`] | conditions, for CI |
//! | [`diff`] | two moments beside each other |
//! | [`replay`] | the calls again, under other settings |
//! | [`export`] | tables, drawings and timelines for other programs |
//! | [`record`] | running a program and recording it |
//! | [`child`] | the program that is recorded: its signals and its end |
//! | [`wasm`] | the same for programs compiled to WebAssembly |

mod check;
mod child;
mod diff;
mod export;
mod open;
mod print;
mod progress;
mod record;
mod replay;
mod stat;
mod view;
mod wasm;

use crate::Options;
use clap::{Args, Subcommand};
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  gosbrk trace record go run ./cmd/server     build it on gosbrk, run it, record it
  gosbrk trace record -o traces/ go test ./...    a file for each process
  gosbrk trace stat server.4711.gosbrk        where its memory went
  gosbrk trace view --open server.4711.gosbrk       the same as a page
  gosbrk trace export --svg -o server.svg server.4711.gosbrk    the same as a picture
  gosbrk trace check --fail-if 'peak.rss>64MiB' server.4711.gosbrk
  gosbrk trace diff before.gosbrk after.gosbrk      what changed between two runs
  gosbrk trace replay server.4711.gosbrk      what other settings would have saved
  gosbrk trace wasm run ./cmd/server          compile it to WebAssembly, run it, record it";

/// `gosbrk trace`.
#[derive(Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Trace {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Run a program and record every call of its memory layer
    Record(record::Record),
    /// Say where the memory of a recorded program went
    Stat(stat::Stat),
    /// Write the memory page: one HTML file for the browser
    View(view::View),
    /// Print the calls in the text notation, which lockstep replays
    Print(print::Print),
    /// Fail if a figure is beyond a limit
    Check(check::Check),
    /// Compare two recordings, or two moments of one
    Diff(diff::Diff),
    /// Repeat the calls under other settings, to see what they would save
    Replay(replay::Replay),
    /// Write a table, a drawing or a timeline for other programs
    Export(export::Export),
    /// Record Go programs that are compiled to WebAssembly
    Wasm(wasm::Wasm),
}

/// Runs it.
pub fn run(trace: &Trace, options: &Options) -> ExitCode {
    match &trace.verb {
        Verb::Record(record) => record::run(record, options),
        Verb::Stat(stat) => stat::run(stat),
        Verb::View(view) => view::run(view),
        Verb::Print(print) => print::run(print),
        Verb::Check(check) => check::run(check),
        Verb::Diff(diff) => diff::run(diff),
        Verb::Replay(replay) => replay::run(replay),
        Verb::Export(export) => export::run(export),
        Verb::Wasm(wasm) => wasm::run(wasm, options),
    }
}

#[cfg(test)]
mod tests;
