//! Runs test programs and other commands, two at a time, and counts their tests. Goes on
//! after one has failed, and shows what was skipped and why.

use crate::command::{logged, words};
use crate::output::{self, Count};
use crate::took::{self, Took};
use std::fmt::Write;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

/// Where the logs are, one for each part.
const LOGS: &str = "target/logs";

/// A command that runs tests, or is one.
pub struct Part {
    pub name: String,
    /// Where it runs, from the top of the tree.
    pub dir: PathBuf,
    pub command: Command,
    /// Whether it is one test, which passes if the command succeeds.
    pub single: bool,
}

/// A command that says how many tests passed.
pub fn tests(name: &str, dir: &str, command: &str) -> Part {
    Part { name: name.to_owned(), dir: dir.into(), command: words(command), single: false }
}

/// A command that is one test.
pub fn one(name: &str, dir: &str, command: &str) -> Part {
    Part { single: true, ..tests(name, dir, command) }
}

/// What came of some parts.
#[derive(Default)]
pub struct Results {
    pub count: Count,
    pub took: Vec<Took>,
}

impl Results {
    /// Adds those of other parts.
    pub fn add(&mut self, more: Self) {
        self.count += more.count;
        self.took.extend(more.took);
    }

    /// Whether nothing has failed.
    pub fn well(&self) -> bool {
        self.count.failed == 0
    }

    /// Prints the line that counts all. Gives whether all is well.
    pub fn closed(&self) -> bool {
        println!("{}", in_words(self.count));
        self.well()
    }
}

/// Runs parts one after the other.
///
/// # Errors
/// A log cannot be written or read.
pub fn in_turn(parts: Vec<Part>) -> io::Result<Results> {
    side_by_side(parts, 1)
}

/// Runs so many parts at a time, in this order. What a part prints is shown when it has
/// ended, in one piece.
///
/// # Errors
/// A log cannot be written or read.
pub fn side_by_side(parts: Vec<Part>, at_a_time: usize) -> io::Result<Results> {
    fs::create_dir_all(LOGS)?;
    let rest = Mutex::new(parts.into_iter());
    let all = Mutex::new(Results::default());
    let lane = || -> io::Result<()> {
        let next = || rest.lock().unwrap_or_else(PoisonError::into_inner).next();
        while let Some(part) = next() {
            let (told, results) = part.run()?;
            let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
            print!("{told}");
            all.add(results);
        }
        Ok(())
    };
    thread::scope(|scope| {
        let lanes: Vec<_> = (0..at_a_time).map(|_| scope.spawn(lane)).collect();
        lanes.into_iter().try_for_each(|lane| {
            lane.join().unwrap_or_else(|_| Err(io::Error::other("a thread has ended")))
        })
    })?;
    Ok(all.into_inner().unwrap_or_else(PoisonError::into_inner))
}

impl Part {
    /// Runs it. Gives what there is to tell, and what came of it.
    fn run(self) -> io::Result<(String, Results)> {
        let Self { name, dir, command, single } = self;
        let log = log(&name);
        let file = log.with_extension("took");
        let _ = fs::remove_file(&file);
        let mut timed = words("xtask timed");
        timed.arg(std::path::absolute(&file)?).arg(command.get_program()).args(command.get_args());
        let start = Instant::now();
        let well = logged(timed.current_dir(dir), &log)?;
        let clock = start.elapsed();
        let text = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
        let count = counted(single, well, &text);
        let mut told = format!("==> {name}\n");
        if !well {
            for line in output::end(&text, 80) {
                let _ = writeln!(told, "{line}");
            }
            let _ = writeln!(told, "    the whole log: {}", log.display());
        }
        for line in output::skips(&text) {
            let _ = writeln!(told, "    {line}");
        }
        let _ = writeln!(told, "    {} in {} s", in_words(count), clock.as_secs());
        let took = vec![Took { name, clock, processors: took::read(&file) }];
        Ok((told, Results { count, took }))
    }
}

/// The log of a part.
pub fn log(name: &str) -> PathBuf {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    Path::new(LOGS).join(format!("part-{}", name.chars().map(plain).collect::<String>()))
}

/// The tests of a part. A command that fails without naming a test that failed counts
/// as one itself.
fn counted(single: bool, well: bool, log: &str) -> Count {
    let mut count = output::count(log);
    if single && well {
        count.passed += 1;
    }
    if !well {
        count.failed = count.failed.max(1);
    }
    count
}

fn in_words(Count { passed, failed, skipped }: Count) -> String {
    format!("{passed} passed, {failed} failed, {skipped} skipped")
}

#[cfg(test)]
mod tests {
    use super::{counted, in_words, log};

    #[test]
    fn a_single_test_is_its_command() {
        assert_eq!(in_words(counted(true, true, "built\n")), "1 passed, 0 failed, 0 skipped");
        assert_eq!(in_words(counted(true, false, "error\n")), "0 passed, 1 failed, 0 skipped");
    }

    #[test]
    fn a_part_that_ends_early_has_failed() {
        let passed = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured\n";
        assert_eq!(in_words(counted(false, true, passed)), "3 passed, 0 failed, 1 skipped");
        assert_eq!(in_words(counted(false, false, passed)), "3 passed, 1 failed, 1 skipped");
        let failed = "--- FAIL: TestA (0.00s)\n--- FAIL: TestB (0.00s)\n";
        assert_eq!(in_words(counted(false, false, failed)), "0 passed, 2 failed, 0 skipped");
    }

    #[test]
    fn a_log_is_one_file() {
        assert_eq!(log("go/a b.rs").to_str(), Some("target/logs/part-go-a-b-rs"));
    }
}
