//! Counts the instructions of ten hot calls (`bench/instructions.c`) under valgrind and
//! compares them with `bench/instructions.txt`: to the last one where the compilers are
//! those that it was made with, else within 2 %.

use crate::Done;
use crate::command::{is_there, said, words};
use std::collections::BTreeMap;
use std::env::var;
use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::process::Command;

const BASELINE: &str = "bench/instructions.txt";

/// By how many percent a count may change where the compilers are others.
const MOST: f64 = 2.0;

const HEADING: &str = "\
# Instructions of a call, counted by callgrind; renewed by cargo xtask instructions --renew.
# A free clears a page, with AVX: 176 of its instructions.
";

/// Before the compilers that the counts were made with.
const MADE_WITH: &str = "# made with: ";

/// Writes the baseline anew.
pub fn renew() -> Done {
    if !has_avx()? {
        return Err("the baseline is that of a processor with AVX".into());
    }
    let Some(counts) = count()? else { return Ok(false) };
    fs::write(BASELINE, &counts)?;
    print!("{counts}");
    Ok(true)
}

/// Compares with the baseline.
pub fn compare() -> Done {
    let Some(counts) = count()? else { return Ok(true) };
    let baseline = fs::read_to_string(BASELINE)
        .map_err(|error| format!("{BASELINE}: {error}: run cargo xtask instructions --renew"))?;
    let all = has_avx()?;
    if !all {
        println!("skipped: instruction counts of free-break, free-alone, free-merge: no AVX here");
    }
    let (table, well) = table(&baseline, &counts, all);
    print!("{table}");
    if !well {
        println!("the counts have changed; if that is meant: cargo xtask instructions --renew");
    }
    Ok(well)
}

fn has_avx() -> Result<bool, Box<dyn Error>> {
    Ok(fs::read_to_string("/proc/cpuinfo")?.split_whitespace().any(|word| word == "avx"))
}

/// Builds the program and counts; nothing where there is no valgrind. What clears a
/// page without AVX counts one for each byte.
fn count() -> Result<Option<String>, Box<dyn Error>> {
    if !is_there("valgrind") {
        println!("skipped: instruction counts: there is no valgrind");
        return Ok(None);
    }
    said(&mut words("make archive"))?;
    let cc = var("CC").unwrap_or_else(|_| "cc".into());
    let rustc = var("RUSTC").unwrap_or_else(|_| "rustc".into());
    fs::create_dir_all("target/bench")?;
    let program = std::path::absolute("target/bench/instructions")?;
    // A tail call would leave a hot function before it is through.
    let options = "-std=c11 -O1 -fno-optimize-sibling-calls -Wall -Wextra -Werror -Iinclude \
                   bench/instructions.c target/release/libgosbrk.a -o";
    said(Command::new(&cc).args(options.split_whitespace()).arg(&program))?;

    let compiler = said(Command::new(&cc).arg("--version"))?;
    let compiler = compiler.lines().next().unwrap_or_default();
    let rust = said(Command::new(rustc).arg("--version"))?;
    let mut counts = format!("{HEADING}{MADE_WITH}{rust}; {compiler}\n");
    for line in said(&mut quiet(&program.to_string_lossy()))?.lines() {
        let (name, rounds) = line.split_once(' ').ok_or("the program names no rounds")?;
        let mut valgrind = quiet("valgrind");
        valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
        valgrind.arg("--toggle-collect=hot_*").arg(&program).arg(name);
        let output = valgrind.output()?;
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        let collected = collected(&told).filter(|_| output.status.success());
        let collected = collected.ok_or_else(|| format!("no count of {name} in:\n{told}"))?;
        writeln!(counts, "{name:<16} {:9.2}", collected / rounds.trim().parse::<f64>()?)?;
    }
    Ok(Some(counts))
}

/// A command with nothing in its environment that the library or malloc would follow.
fn quiet(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env_remove("GOSBRK").env_remove("MALLOC_PERTURB_");
    command
}

/// The number in `==12== Collected : 34567`.
fn collected(told: &str) -> Option<f64> {
    told.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())
}

/// Counts by the names of calls, and the line on the compilers.
fn read(text: &str) -> (BTreeMap<&str, f64>, Option<&str>) {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.split_once(' '));
    let counts = pairs.filter_map(|(name, count)| Some((name, count.trim().parse().ok()?)));
    (counts.collect(), text.lines().find(|line| line.starts_with(MADE_WITH)))
}

/// Both counts of each call, and whether all is as it should be. Without `all`, not of
/// what clears memory.
fn table(baseline: &str, now: &str, all: bool) -> (String, bool) {
    let ((was, before), (is, after)) = (read(baseline), read(now));
    let most = if before == after { 0.0 } else { MOST };
    let mut table = format!("{:<16} {:>9} {:>9} {:>8}", "call", "was", "is", "%");
    let _ = writeln!(table, "   (allowed: {most} %)");
    let mut well = true;
    let names: std::collections::BTreeSet<_> = was.keys().chain(is.keys()).collect();
    for name in names.into_iter().filter(|name| all || !name.starts_with("free-")) {
        let (Some(was), Some(is)) = (was.get(name), is.get(name)) else {
            let (there, gone) = if is.contains_key(name) {
                ("counted", "in the baseline")
            } else {
                ("in the baseline", "counted")
            };
            let _ = writeln!(table, "{name} is {there}, but not {gone}");
            well = false;
            continue;
        };
        let change = (is - was) / was * 100.0;
        let changed = change.abs() > most;
        well &= !changed;
        let mark = if changed { "   <- changed" } else { "" };
        let _ = writeln!(table, "{name:<16} {was:9.2} {is:9.2} {change:+8.2}{mark}");
    }
    (table, well)
}

#[cfg(test)]
mod tests {
    use super::{collected, table};

    const SAME: &str = "# made with: a\nalloc               385.00\nfree-break          421.30\n";

    #[test]
    fn the_same_compilers_count_the_same() {
        assert!(table(SAME, SAME, true).1);
        let one_more = SAME.replace("385", "386");
        let (text, well) = table(SAME, &one_more, true);
        assert!(!well && text.contains("<- changed") && text.contains("(allowed: 0 %)"), "{text}");
    }

    #[test]
    fn other_compilers_may_differ_a_little() {
        let other = SAME.replace(": a", ": b");
        assert!(table(SAME, &other.replace("385", "386"), true).1);
        for far in ["395", "375"] {
            let (text, well) = table(SAME, &other.replace("385", far), true);
            assert!(!well && text.contains("(allowed: 2 %)"), "{text}");
        }
    }

    #[test]
    fn without_avx_nothing_that_clears_counts() {
        let slow = SAME.replace("421", "4210");
        assert!(!table(SAME, &slow, true).1);
        let (text, well) = table(SAME, &slow, false);
        assert!(well && !text.contains("free-break"), "{text}");
    }

    #[test]
    fn a_call_that_only_one_of_them_has_is_named() {
        let more = format!("{SAME}used                 93.00\n");
        let (text, well) = table(SAME, &more, true);
        assert!(!well && text.contains("used is counted, but not in the baseline"), "{text}");
        let (text, well) = table(&more, SAME, true);
        assert!(!well && text.contains("used is in the baseline, but not counted"), "{text}");
    }

    #[test]
    fn valgrinds_count_is_read() {
        assert_eq!(collected("==1== \n==1== Collected : 38500\n==1== \n"), Some(38500.0));
        assert_eq!(collected("==1== Events : Ir\n"), None);
    }
}
