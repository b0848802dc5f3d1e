//! How long parts of a run took: on the clock and on the processors.
//!
//! What a process and its children took on the processors is known to the process that
//! waited for them. So each part is run by a process between: `xtask timed`.

use crate::Done;
use crate::output;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// So many parts are in the table.
const MOST: usize = 10;

/// `/proc` counts in these, on each machine: `USER_HZ`.
const TICKS_A_SECOND: u64 = 100;

/// What a part took.
pub struct Took {
    pub name: String,
    pub clock: Duration,
    /// Of all processors together. None: it did not get as far as to say so.
    pub processors: Option<Duration>,
}

/// Runs a command and writes to a file what it took on the processors, in milliseconds.
/// Succeeds if the command does.
///
/// # Errors
/// The command cannot be started, or the file cannot be written.
pub fn run(file: &str, command: &[&str]) -> Done {
    let [program, args @ ..] = command else { return Err("timed: which command?".into()) };
    let status =
        Command::new(program).args(args).status().map_err(|error| format!("{program}: {error}"))?;
    let took = of_children(&fs::read_to_string("/proc/self/stat")?)
        .ok_or("/proc/self/stat has other fields than it should")?;
    fs::write(file, took.as_millis().to_string())?;
    if status.code().is_none() {
        println!("{program}: {status}");
    }
    Ok(status.success())
}

/// What [`run`] wrote.
pub fn read(file: &Path) -> Option<Duration> {
    fs::read_to_string(file).ok()?.parse().ok().map(Duration::from_millis)
}

/// The time in user mode and in the kernel of all children that were waited for, from
/// the text of `/proc/self/stat`.
fn of_children(stat: &str) -> Option<Duration> {
    // The second field is the name of the program, in parentheses, with anything in it.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(13);
    let ticks = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 1000 / TICKS_A_SECOND))
}

/// A table of what took longest on the processors, and the sum of all.
pub fn table(all: &mut [Took]) -> String {
    use std::fmt::Write;
    let sum: Duration = all.iter().filter_map(|took| took.processors).sum();
    all.sort_by_key(|took| std::cmp::Reverse(took.processors.unwrap_or(took.clock)));
    let mut table = format!("{:>11} {:>9}  what took longest\n", "processor s", "clock s");
    for Took { name, clock, processors } in all.iter().take(MOST) {
        let processors = processors.map_or("unknown".to_owned(), |it| it.as_secs().to_string());
        let _ = writeln!(table, "{processors:>11} {:>9}  {name}", clock.as_secs());
    }
    let sum = output::grouped(sum.as_secs());
    let _ = writeln!(table, "{sum:>11} {:>9}  all {} parts", "", all.len());
    table
}

#[cfg(test)]
mod tests {
    use super::{Took, of_children, table};
    use std::time::Duration;

    #[test]
    fn the_time_of_children_is_read() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194304 9 8 7 6 11 12 130 45 20 0 1 0 99";
        assert_eq!(of_children(stat), Some(Duration::from_millis(1750)));
        assert_eq!(of_children("7 (a) S 1 2"), None);
        assert_eq!(of_children(""), None);
    }

    #[test]
    fn the_longest_come_first() {
        let took = |name: &str, clock, processors: Option<u64>| Took {
            name: name.to_owned(),
            clock: Duration::from_secs(clock),
            processors: processors.map(Duration::from_secs),
        };
        let mut all =
            [took("waits", 50, Some(2)), took("works", 20, Some(1900)), took("ended", 3, None)];
        let want = "\
processor s   clock s  what took longest
       1900        20  works
    unknown         3  ended
          2        50  waits
      1,902            all 3 parts
";
        assert_eq!(table(&mut all), want);
        let mut many: Vec<_> = (0..20).map(|i| took("part", i, Some(i))).collect();
        assert_eq!(table(&mut many).lines().count(), 12);
    }
}
