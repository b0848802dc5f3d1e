//! Reads what test programs print: cargo's summaries, the lines of `go test -v`, and the
//! closing lines of the project's own programs.

use std::collections::BTreeSet;
use std::ops::AddAssign;

/// How many tests there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Those that passed.
    pub passed: u64,
    /// Those that failed.
    pub failed: u64,
    /// Those that said they could not run here, or are not asked to.
    pub skipped: u64,
}

impl AddAssign for Count {
    fn add_assign(&mut self, more: Self) {
        self.passed += more.passed;
        self.failed += more.failed;
        self.skipped += more.skipped;
    }
}

/// Counts the tests in a log.
pub fn count(log: &str) -> Count {
    let mut count = Count::default();
    for line in log.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            // test result: ok. 3 passed; 0 failed; 0 ignored; …
            ["test", "result:", _, passed, _, failed, _, ignored, ..] => {
                count += Count {
                    passed: number(passed),
                    failed: number(failed),
                    skipped: number(ignored),
                };
            }
            ["---", "PASS:", ..] => count.passed += 1,
            ["---", "FAIL:", ..] => count.failed += 1,
            ["---", "SKIP:", ..] => count.skipped += 1,
            [passed, "passed,", failed, "failed"] => {
                count.passed += number(passed);
                count.failed += number(failed);
            }
            _ => {}
        }
    }
    count
}

fn number(word: &str) -> u64 {
    word.parse().unwrap_or(0)
}

/// What was skipped, and why, each once.
pub fn skips(log: &str) -> BTreeSet<&str> {
    log.lines().map(str::trim_start).filter(|line| is_skip(line)).collect()
}

fn is_skip(line: &str) -> bool {
    let text = line.to_lowercase();
    // link_test.go:12: skipped: …
    let of_go = || {
        let (file, rest) = text.split_once(".go:")?;
        let plain = file.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        let (at, said) = rest.split_once(": ")?;
        let numbered = !at.is_empty() && at.bytes().all(|byte| byte.is_ascii_digit());
        Some(plain && numbered && said.starts_with("skipped:"))
    };
    text.starts_with("skipped:") || text.starts_with("--- skip") || of_go() == Some(true)
}

/// The last lines of a log, without those of tests that passed.
pub fn end(log: &str, most: usize) -> Vec<&str> {
    let passed = |line: &str| {
        let text = line.trim_start();
        text.starts_with("=== ")
            || text.starts_with("--- PASS")
            || text.starts_with("test ") && text.ends_with(" ok")
    };
    let lines: Vec<_> = log.lines().filter(|line| !passed(line)).collect();
    lines[lines.len().saturating_sub(most)..].to_vec()
}

/// What a log says of how much was done: tests in Rust say `reached: 1234 calls …`, which
/// is added up by the noun; others close with a line about it.
pub fn amount(log: &str) -> String {
    let (mut last, mut skipped) = (String::new(), 0);
    let mut reached: Vec<(&str, u64)> = Vec::new();
    for line in log.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if line.starts_with("skipped:") {
            skipped += 1;
        }
        if let ["PASS:" | "FAIL:" | "skipped:", ..] | [_, "mutants,", ..] = words[..] {
            line.strip_prefix("PASS: ").unwrap_or(line).clone_into(&mut last);
        } else if let Some((_, rest)) = line.split_once("execs: ") {
            let inputs = rest.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
            last = format!("{} inputs", grouped(number(inputs)));
        }
        let said = line.split_once("reached: ").map(|(_, said)| said).unwrap_or_default();
        let mut said = said.split(|c: char| !c.is_ascii_alphanumeric());
        if let (Some(Ok(n)), Some(noun)) = (said.next().map(str::parse::<u64>), said.next()) {
            match reached.iter_mut().find(|(known, _)| *known == noun) {
                Some((_, sum)) => *sum += n,
                None => reached.push((noun, n)),
            }
        }
    }
    let count = count(log);
    let of_tests = log.contains("test result:") || log.contains("--- PASS:");
    if count.passed + count.failed == 0 || !of_tests {
        return last;
    }
    let mut parts = vec![format!("{} tests", count.passed)];
    for (n, what) in [(count.failed, "failed"), (skipped, "skipped")] {
        parts.extend((n > 0).then(|| format!("{n} {what}")));
    }
    let reached: Vec<_> =
        reached.iter().map(|(noun, n)| format!("{} {noun}", grouped(*n))).collect();
    let colon = if reached.is_empty() { "" } else { ": " };
    format!("{}{colon}{}", parts.join(", "), reached.join(", "))
}

/// 1234567 as `1,234,567`.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    groups.map(String::from_utf8_lossy).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::{Count, amount, count, end, grouped, skips};

    const CARGO: &str = "\
running 3 tests
test a::b ... ok
test c ... FAILED

skipped: C++: there is no c++
reached: 1200000 calls in 3 runs
test reached: 34 calls, from 7 seeds
reached: 5 states
test result: FAILED. 2 passed; 1 failed; 4 ignored; 0 measured; 9 filtered out; finished in 0.1s
";

    const GO: &str = "\
=== RUN   TestA
--- PASS: TestA (0.00s)
    --- PASS: TestA/of_nil (0.00s)
    --- FAIL: TestA/of_many (0.00s)
--- SKIP: TestB (0.00s)
    link_test.go:34: skipped: linking: there is no pkg-config
    link_test.go:35: this is not skipped: it is said
";

    #[test]
    fn tests_of_all_kinds_are_counted() {
        assert_eq!(count(CARGO), Count { passed: 2, failed: 1, skipped: 4 });
        assert_eq!(count(GO), Count { passed: 2, failed: 1, skipped: 1 });
        let own = "12 mutants, 11 caught\n11 passed, 1 failed\n";
        assert_eq!(count(own), Count { passed: 11, failed: 1, skipped: 0 });
        assert_eq!(count("no test result: here\npassed, failed\n"), Count::default());
    }

    #[test]
    fn what_is_skipped_is_named() {
        assert_eq!(skips(CARGO).into_iter().collect::<Vec<_>>(), ["skipped: C++: there is no c++"]);
        let of_go = "link_test.go:34: skipped: linking: there is no pkg-config";
        let twice = format!("{GO}{GO}");
        let found: Vec<_> = skips(&twice).into_iter().collect();
        assert_eq!(found, ["--- SKIP: TestB (0.00s)", of_go]);
    }

    #[test]
    fn the_end_is_what_did_not_pass() {
        assert_eq!(end(CARGO, 80)[1], "test c ... FAILED");
        assert_eq!(end(CARGO, 1).len(), 1);
        assert!(end(CARGO, 1)[0].starts_with("test result"));
        assert_eq!(end(GO, 80)[0], "    --- FAIL: TestA/of_many (0.00s)");
        assert!(end("", 80).is_empty());
    }

    #[test]
    fn amounts_are_added_up_by_the_noun() {
        let want = "2 tests, 1 failed, 1 skipped: 1,200,034 calls, 5 states";
        assert_eq!(amount(CARGO), want);
        assert_eq!(amount("test result: ok. 7 passed; 0 failed; 0 ignored\n"), "7 tests");
        assert_eq!(amount("--- PASS: TestA (0.00s)\nPASS\nok  \ta\t1.2s\n"), "1 tests");
    }

    #[test]
    fn the_last_closing_line_counts() {
        let log = "PASS: first\nPASS: 0 differences in 2 runs\nsomething else\n";
        assert_eq!(amount(log), "0 differences in 2 runs");
        assert_eq!(amount("58 mutants, 57 caught\n57 passed, 1 failed\n"), "58 mutants, 57 caught");
        assert_eq!(
            amount("skipped: Miri: it needs a nightly\n"),
            "skipped: Miri: it needs a nightly"
        );
        let fuzz = "fuzz: elapsed: 3s, execs: 10 (3/sec)\nfuzz: elapsed: 6s, execs: 5000000 (9/sec)\nPASS\n";
        assert_eq!(amount(fuzz), "5,000,000 inputs");
        assert_eq!(amount(""), "");
    }

    #[test]
    fn numbers_are_grouped() {
        for (n, want) in [(0, "0"), (999, "999"), (1000, "1,000"), (12_345_678, "12,345,678")] {
            assert_eq!(grouped(n), want);
        }
    }
}
