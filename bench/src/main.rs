//! Times gosbrk, Go's own memory layer and other allocators at the same work.
//!
//! `tools/bench.sh` builds it with all that it needs, and hands on its arguments.
//!
//! | module | what it owns |
//! |---|---|
//! | [`work`], [`trace`] | what is done |
//! | [`plan`] | how it is told to a side, in any language |
//! | [`side`] | what a side has to be able to do |
//! | [`run`] | doing it, and the clock |
//! | [`sides`] | who does it |
//! | [`sample`] | processes, rounds |
//! | [`stats`], [`report`], [`plot`], [`machine`] | what is made of the figures |
//! | [`shapes`] | apart from all that: the index of free blocks against another shape of it |
#![allow(clippy::cast_precision_loss, reason = "figures are for reading, in three digits")]
#![allow(
    clippy::multiple_unsafe_ops_per_block,
    reason = "the calls that a step may ask for rest on one promise"
)]

mod machine;
mod plan;
mod plot;
mod report;
mod run;
mod sample;
mod shapes;
mod side;
mod sides;
mod stats;
mod trace;
mod work;

use plan::Plan;
use report::{Report, Results};
use sample::{Outcome, Sampler};
use side::fail;
use sides::Kind;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;
use work::{Group, Size};

const HELP: &str = "\
tools/bench.sh [OPTION...] times gosbrk and its peers, and writes bench/results.md with its plots.

  --quick          a little of everything, in less than a minute, to see that it works
  --only WORK      this work or group of work alone, such as holes or holes/1,000; may be repeated
  --side SIDE      this side alone, such as rust; may be repeated
  --rounds N       samples of each work and side (default 11; some work takes at most 5)
  --ms N           how long a sample should take (default 60)
  --patience N     most seconds of processor time for a sample, setup included (default 60)
  --out DIR        where the report goes (default bench; with any option above, the terminal alone)
  --list           what work and sides there are
  --plan WORK      print the steps of a work, as sides read them
";

/// The command line.
#[derive(Default)]
struct Options {
    quick: bool,
    only: Vec<String>,
    sides: Vec<String>,
    rounds: Option<usize>,
    ms: Option<u64>,
    patience: Option<u64>,
    out: Option<PathBuf>,
    list: bool,
    plan: Option<String>,
    programs: BTreeMap<String, PathBuf>,
    missing: BTreeMap<String, String>,
    /// The options as the user gave them.
    given: Vec<String>,
}

impl Options {
    fn parse(mut args: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let mut options = Self::default();
        while let Some(arg) = args.next() {
            let users = !matches!(arg.as_str(), "--program" | "--missing");
            options.given.extend(users.then(|| arg.clone()));
            let mut value = || {
                let value = args.next().ok_or(format!("{arg} wants a value"))?;
                options.given.extend(users.then(|| value.clone()));
                Ok::<_, String>(value)
            };
            match arg.as_str() {
                "--quick" => options.quick = true,
                "--list" => options.list = true,
                "--only" => options.only.push(value()?),
                "--side" => options.sides.push(value()?),
                "--rounds" => options.rounds = Some(value()?.parse()?),
                "--ms" => options.ms = Some(value()?.parse()?),
                "--patience" => options.patience = Some(value()?.parse()?),
                "--out" => options.out = Some(value()?.into()),
                "--plan" => options.plan = Some(value()?),
                // What tools/bench.sh has built, or could not.
                "--program" => {
                    let (side, path) = split(&value()?)?;
                    options.programs.insert(side, path.into());
                }
                "--missing" => {
                    let (side, why) = split(&value()?)?;
                    options.missing.insert(side, why);
                }
                "--help" | "-h" => {
                    print!("{HELP}");
                    std::process::exit(0);
                }
                _ => return Err(format!("no such option: {arg}\n\n{HELP}").into()),
            }
        }
        Ok(options)
    }

    /// Whether a work was asked for.
    fn wants(&self, group: &str, work: &str) -> bool {
        let asked = |only: &String| only == group || *only == format!("{group}/{work}");
        self.only.is_empty() || self.only.iter().any(asked)
    }

    /// The command that these options were given to.
    fn command(&self) -> String {
        if self.given.is_empty() {
            return "make bench".into();
        }
        format!("tools/bench.sh {}", self.given.join(" "))
    }

    /// Where the report goes; `None`: to the terminal.
    fn folder(&self) -> Option<PathBuf> {
        let partial = self.quick
            || !self.only.is_empty()
            || !self.sides.is_empty()
            || self.rounds.is_some()
            || self.ms.is_some()
            || self.patience.is_some();
        self.out.clone().or_else(|| (!partial).then(|| "bench".into()))
    }
}

/// `side=value`
fn split(pair: &str) -> Result<(String, String), String> {
    let (side, value) =
        pair.split_once('=').ok_or_else(|| format!("{pair:?} is not SIDE=VALUE"))?;
    Ok((side.to_owned(), value.to_owned()))
}

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let done = match args.next() {
        Some(first) if first == "side" => side(&args.collect::<Vec<_>>()),
        Some(first) if first == "shapes" => {
            shapes::main(&args.collect::<Vec<_>>()).map_err(Into::into)
        }
        first => Options::parse(first.into_iter().chain(args)).and_then(|options| bench(&options)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::from(2)
        }
    }
}

/// `side NAME PLAN MS`: takes one sample, in this process.
fn side(args: &[String]) -> Result<(), Box<dyn Error>> {
    let [name, plan, ms] = args else { return Err("side wants NAME PLAN MS".into()) };
    let plan = Plan::parse(&fs::read_to_string(plan)?)?;
    match sides::find(name).and_then(|side| side.run) {
        Some(run) => run(&plan, ms.parse()?).print(),
        None => fail("it is not in this program"),
    }
    Ok(())
}

fn bench(options: &Options) -> Result<(), Box<dyn Error>> {
    let size = if options.quick { Size::Quick } else { Size::Full };
    let mut groups = work::all(size, Path::new("testdata"))?;
    if options.list {
        list(&groups);
        return Ok(());
    }
    for group in &mut groups {
        group.works.retain(|work| options.wants(group.id, &work.name));
        if let Some(wanted) = &options.plan {
            let full = |work: &work::Work| format!("{}/{}", group.id, work.name);
            if let Some(work) = group.works.iter().find(|work| full(work) == *wanted) {
                print!("{}", work.calls.as_ref().unwrap_or(&work.plan));
                return Ok(());
            }
        }
    }
    groups.retain(|group| !group.works.is_empty());
    if groups.is_empty() || options.plan.is_some() {
        return Err("there is no such work: --list says what there is".into());
    }
    if let Some(unknown) = options.sides.iter().find(|name| sides::find(name).is_none()) {
        return Err(format!("there is no side {unknown}: --list says what there is").into());
    }
    let asked = |name: &str| options.sides.is_empty() || options.sides.iter().any(|s| s == name);
    let there =
        |side: &sides::Entry| side.run.is_some() || options.programs.contains_key(side.name);
    let wanted = || sides::ALL.iter().filter(|side| asked(side.name));
    let sampler = Sampler {
        sides: wanted().filter(|side| there(side)).collect(),
        programs: options.programs.clone(),
        rounds: options.rounds.unwrap_or(if options.quick { 2 } else { 11 }).max(1),
        ms: options.ms.unwrap_or(if options.quick { 2 } else { 60 }),
        patience: options.patience.unwrap_or(if options.quick { 5 } else { 60 }).max(1),
        dir: scratch()?,
    };
    let mut left_out = String::new();
    for side in wanted().filter(|side| !there(side)) {
        let why = options.missing.get(side.name).map_or("it was not built", String::as_str);
        writeln!(left_out, "- {}: {why}", side.title)?;
    }
    let load = machine::load();
    let start = Instant::now();
    let results = take(&sampler, groups)?;
    fs::remove_dir_all(&sampler.dir)?;

    let mut text = heading(&options.command(), &sampler, load, start.elapsed().as_secs());
    if options.quick {
        text +=
            "**These are of `--quick`: they show that everything works, and nothing else.**\n\n";
    }
    if !left_out.is_empty() {
        write!(text, "Left out of everything:\n\n{left_out}\n")?;
    }
    let report = Report { sides: &sampler.sides, results: &results };
    match options.folder() {
        Some(folder) => write_report(&folder, &text, &report)?,
        None => println!("{text}{}", report.text(false)),
    }
    failures(&report)
}

/// gosbrk and Go's own code can do all of the work: that one of them could not is
/// told as what it is.
fn failures(report: &Report) -> Result<(), Box<dyn Error>> {
    for results in report.results {
        for (work, outcomes) in results.group.works.iter().zip(&results.outcomes) {
            for (side, outcome) in report.sides.iter().zip(outcomes) {
                if let (false, Outcome::LeftOut(why)) = (side.kind == Kind::Peer, outcome) {
                    let Group { id, .. } = results.group;
                    return Err(format!("{}, {id}/{}: {why}", side.title, work.name).into());
                }
            }
        }
    }
    Ok(())
}

fn write_report(folder: &Path, heading: &str, report: &Report) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    for results in report.results {
        let path = folder.join(results.group.id).with_extension("svg");
        fs::write(path, plot::of(results, report.sides))?;
    }
    let path = folder.join("results.md");
    fs::write(&path, format!("{heading}{}\n", report.text(true).trim_end()))?;
    println!("{}", path.display());
    Ok(())
}

/// Has everything done.
fn take(sampler: &Sampler, groups: Vec<Group>) -> Result<Vec<Results>, Box<dyn Error>> {
    let all: usize = groups.iter().map(|group| group.works.len()).sum();
    let mut done = 0;
    let mut results = Vec::new();
    for group in groups {
        let mut outcomes = Vec::new();
        for work in &group.works {
            done += 1;
            let title = format!("[{done}/{all}] {}: {}", group.title, work.name);
            eprintln!("{title}");
            outcomes.push(sampler.take(&group, work, &title)?);
        }
        results.push(Results { group, outcomes });
    }
    Ok(results)
}

fn heading(command: &str, sampler: &Sampler, load: f64, seconds: u64) -> String {
    let version = |side: &&sides::Entry| {
        let krate = side.krate?;
        Some(format!("{krate} {}", machine::crate_version(krate)?))
    };
    let peers = sampler.sides.iter().filter(|side| side.kind != Kind::Gosbrk);
    let mut versions: Vec<String> = peers.filter_map(version).collect();
    if let Some(program) = sampler.programs.get("go") {
        let out = std::process::Command::new(program).arg("version").output();
        let said = out.map(|out| String::from_utf8_lossy(&out.stdout).trim().to_owned());
        versions.insert(0, said.unwrap_or_default());
    }
    let mut text = format!(
        "# Results\n\nMade by `{command}`. What is done, and why the figures are as they are: \
         [README.md](README.md).\n\n",
    );
    for line in machine::lines(&versions) {
        let _ = writeln!(text, "- {line}");
    }
    let _ = writeln!(
        text,
        "- Run: {} min {} s; the load average was {load:.2} before it and {:.2} after. Each sample is a \
         process of its own; the sides take turns.\n",
        seconds / 60,
        seconds % 60,
        machine::load()
    );
    text
}

/// A folder for plans, of this process alone.
fn scratch() -> Result<PathBuf, Box<dyn Error>> {
    let dir = std::env::temp_dir().join(format!("gosbrk-bench-{}", std::process::id()));
    fs::create_dir_all(&dir)?;
    Ok(dir)
}

fn list(groups: &[Group]) {
    println!("sides:");
    for side in &sides::ALL {
        println!("  {:<12} {}", side.name, side.title);
    }
    for group in groups {
        println!("{}:", group.title);
        for work in &group.works {
            println!("  {}/{}", group.id, work.name);
        }
    }
}
