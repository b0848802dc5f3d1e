//! The long amounts of what `make test` does in small. Prints a line when a run begins,
//! and at the end one table. Goes on after a fault.
//!
//! The variables `SEED`, `MODEL_INPUTS` and `GO_INPUTS` choose other random numbers and
//! other amounts.

use crate::Done;
use crate::command::{logged, said, words};
use crate::output;
use std::env::var;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Widest amount that the table shows.
const WIDEST: usize = 78;

/// What its random numbers begin with.
#[derive(Clone, Copy)]
enum Seed {
    /// There are none.
    None,
    /// Always the same.
    Fixed,
    /// The one of this run.
    Drawn,
}

/// A command that prints how much it did.
struct Run {
    name: &'static str,
    seed: Seed,
    dir: &'static str,
    /// `SEED` in it stands for the seed.
    command: String,
}

fn run_of(name: &'static str, seed: Seed, command: &str) -> Run {
    Run { name, seed, dir: ".", command: command.to_owned() }
}

fn lockstep(name: &'static str, seed: Seed, options: &str) -> Run {
    Run { name, seed, dir: "go", command: format!("go run ./cmd/lockstep {options}") }
}

/// The long amounts of files of tests in Rust, in `tests/`.
fn rust(name: &'static str, seed: Seed, files: &[&str]) -> Run {
    tests_of("gosbrk", name, seed, files)
}

/// The same, in `command/tests/`.
fn whole(name: &'static str, seed: Seed, files: &[&str]) -> Run {
    tests_of("gosbrk-command", name, seed, files)
}

fn tests_of(package: &str, name: &'static str, seed: Seed, files: &[&str]) -> Run {
    let files: String = files.iter().flat_map(|file| [" --test=", file]).collect();
    let test = "cargo test --locked --no-fail-fast --release --package";
    run_of(name, seed, &format!("{test} {package}{files}"))
}

fn all() -> Vec<Run> {
    use Seed::{Drawn, Fixed, None};
    let model = var("MODEL_INPUTS").unwrap_or_else(|_| "8000000".into());
    vec![
        lockstep("every-state", None, "-release 1.27.3 -profile plan9 -exhaustive 12"),
        lockstep("every-state-own", None, "-exhaustive 8"),
        lockstep("boundary-sizes", None, "-release 1.27.3,1.23.9 -sweep"),
        lockstep("random-source", Drawn, "-release all -least 3 -ops 3000000 -seed SEED"),
        lockstep("random-runtime", Drawn, "-runtime all -least 2 -runtime-ops 1500000 -seed SEED"),
        Run {
            name: "go-module",
            seed: Fixed,
            dir: "go",
            command: "go test -count=1 -vet=off -v ./internal/upstream ./internal/wasmrt"
                .to_owned(),
        },
        rust("misuse", None, &["misuse"]),
        rust("rows", None, &["rows", "policy"]),
        rust("model", Fixed, &["model"]),
        rust("faults", Fixed, &["faults", "kernel", "locked"]),
        rust("limits", None, &["limits", "first"]),
        rust("overwrites", Fixed, &["corrupt"]),
        rust("threads", Fixed, &["threads"]),
        rust("foreign", Fixed, &["foreign"]),
        whole("refusals", None, &["refusals", "syscalls"]),
        rust("forks", None, &["fork"]),
        rust("signals", None, &["signals"]),
        rust("soak", Fixed, &["soak"]),
        run_of("lock-orders", Fixed, "cargo test --locked --package gosbrk-loom -- --nocapture"),
        rust("sanitizers", None, &["sanitizers"]),
        rust("abi", None, &["header", "archive", "c", "stack", "install", "flat"]),
        whole("footprint", None, &["footprint", "settings", "reasons"]),
        whole("build-modes", None, &["modes", "neighbours"]),
        whole("go-releases", None, &["trace", "wasm", "look", "tools"]),
        whole("release", None, &["dist", "dist_arm64", "userlands", "install_path"]),
        run_of("arm64", None, "tools/test-vm-arm64.sh"),
        run_of("miri", Fixed, "tools/miri.sh"),
        run_of("supply-chain", None, "tools/supply.sh"),
        run_of("mutants", None, "xtask mutants"),
        run_of("peers", Fixed, "make test-bench"),
        run_of("fuzz-model", Drawn, &format!("tools/fuzz.sh -r {model} -s SEED")),
        Run { name: "fuzz-source", seed: None, dir: "go", command: FUZZ_SOURCE.to_owned() },
    ]
}

/// Go's own fuzzer; `OVERLAY` stands for what has Go's source in it.
const FUZZ_SOURCE: &str = "go test -vet=off -overlay OVERLAY -run ^$ -fuzz Ops \
    -fuzztime INPUTSx -fuzzminimizetime 1x ./internal/lockstep";

/// Runs all, or those whose names begin with one of `only`.
pub fn run(only: &[&str]) -> Done {
    let mut runs = all();
    let begins = |run: &Run| only.iter().any(|start| run.name.starts_with(start));
    if let Some(none) =
        only.iter().find(|start| !runs.iter().any(|run| run.name.starts_with(**start)))
    {
        return Err(format!("no run begins with {none}").into());
    }
    runs.retain(|run| only.is_empty() || begins(run));
    let now = || Some(SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs().to_string());
    let drawn = var("SEED").ok().or_else(now).unwrap_or_default();
    let logs = Path::new("target/logs");
    fs::create_dir_all(logs)?;
    if !words("make lib").status()?.success() {
        return Ok(false);
    }
    let mut rows = Vec::new();
    let mut faults = 0;
    for run in runs {
        let log = logs.join(run.name);
        println!("{}  {} (log: {})", said(&mut words("date +%H:%M:%S"))?, run.name, log.display());
        let start = Instant::now();
        let well = match command(&run, &drawn) {
            Ok(mut command) => logged(&mut command, &log)?,
            Err(why) => fs::write(&log, why).map(|()| false)?,
        };
        let text = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
        if !well {
            faults += 1;
            println!("{}", output::end(&text, 30).join("\n"));
        }
        let seed = match run.seed {
            Seed::None => "-",
            Seed::Fixed => "fixed",
            Seed::Drawn => &drawn,
        };
        let seconds = format!("{} s", start.elapsed().as_secs());
        rows.push(row(
            run.name,
            &output::amount(&text),
            &u8::from(!well).to_string(),
            seed,
            &seconds,
        ));
    }
    println!("\n{}", row("test", "amount", "faults", "seed", "time"));
    println!("{}", rows.join("\n"));
    Ok(faults == 0)
}

fn command(run: &Run, seed: &str) -> Result<Command, String> {
    let mut line = run.command.replace("SEED", seed);
    if run.name == "fuzz-source" {
        let mut overlay = words("go run ./cmd/lockstep -overlay -release 1.27.3");
        let inputs = var("GO_INPUTS").unwrap_or_else(|_| "5000000".into());
        let overlay = said(overlay.current_dir(run.dir))?;
        line = line.replace("OVERLAY", &overlay).replace("INPUTS", &inputs);
    }
    let mut command = words(&line);
    command.current_dir(run.dir);
    if line.starts_with("cargo") || line.starts_with("go test") {
        command.env("GOSBRK_TEST_LONG", "1");
    }
    Ok(command)
}

fn row(name: &str, amount: &str, faults: &str, seed: &str, time: &str) -> String {
    let amount: String = amount.chars().take(WIDEST).collect();
    format!("{name:<16} {amount:<WIDEST$} {faults:>6}  {seed:<10} {time:>8}")
}

#[cfg(test)]
mod tests {
    use super::{all, command, row, run};

    #[test]
    fn a_seed_is_put_in() {
        let runs = all();
        let random = runs.iter().find(|run| run.name == "random-source").unwrap();
        let command = command(random, "77").unwrap();
        assert_eq!(command.get_args().last().unwrap(), "77");
        assert_eq!(command.get_current_dir().unwrap().as_os_str(), "go");
    }

    #[test]
    fn rust_has_its_long_amounts() {
        for run in all().iter().filter(|run| run.command.starts_with("cargo")) {
            let command = command(run, "1").unwrap();
            assert!(command.get_envs().any(|(name, _)| name == "GOSBRK_TEST_LONG"), "{}", run.name);
        }
    }

    #[test]
    fn rows_are_as_wide_as_their_heading() {
        let heading = row("test", "amount", "faults", "seed", "time");
        let long = row("every-state", &"x".repeat(100), "0", "1700000000", "12345 s");
        assert_eq!(heading.len(), long.len());
        assert!(heading.ends_with("faults  seed           time"), "{heading}");
    }

    #[test]
    fn a_name_that_no_run_has_is_an_error() {
        assert!(run(&["no-such-run"]).unwrap_err().to_string().contains("no-such-run"));
    }
}
