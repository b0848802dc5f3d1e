//! How far the work on a trace is: said on a terminal alone, because what reads traces is
//! often a script.

use crate::progress::Progress;
use std::path::Path;

/// Does some work on so many calls of a file, which tells how many are done.
pub fn watched<T>(
    doing: &str,
    file: &Path,
    calls: u64,
    work: impl FnOnce(&mut dyn FnMut(u64)) -> T,
) -> T {
    let mut progress = Progress::on_terminal(format!("{doing} {}", file.display()));
    let count = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    work(&mut |done| progress.at(count(done), count(calls)))
}
