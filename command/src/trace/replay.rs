//! `gosbrk trace replay`: the calls again, under other settings.

use super::open::{UNREADABLE, open};
use super::progress::watched;
use crate::hidden::Hidden;
use clap::Args;
use flate2::read::MultiGzDecoder;
use gosbrk_look::model::megabytes;
use gosbrk_trace::replay::script::Script;
use gosbrk_trace::replay::{Outcome, Settings, run as make};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  gosbrk trace replay server.gosbrk
  gosbrk trace replay testdata/traces/types-go1.23.9.ops.gz    what Go 1.24 changed for this program
  gosbrk trace replay --json server.gosbrk | jq '.[] | {settings, high_water}'

FILE is a recording, or calls in the text notation of `gosbrk trace print`, which may be compressed
with gzip. The calls are repeated on a model of the layer, which tests compare with the library.

high water  from the start of the segment to the highest end that it had
saved       how much less that is than as recorded
at once     the most that was handed out at once. Up to Go 1.23 the runtime takes two arenas and trims them
skipped     what the layer skipped to align, in total. It goes to the free list and is used again
free list, tail    what is free at the end: in blocks, and behind the break

What the runtime would do differently is an estimate:
- It reserves an arena when memory in it is mapped. If arenas become smaller, it reserves one when it
  comes into use, as Go 1.25 and later do.
- If an arena cannot follow the one before, it asks for an aligned place.
- Its own tables stay as recorded.
The advice changes no address. `gosbrk trace stat` says what is resident.

Exit status: 0, or 2 if a file cannot be read or replayed.";

/// `gosbrk trace replay`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Replay {
    /// Print one JSON array per file, with an object for each settings and sizes in bytes
    #[arg(long)]
    json: bool,
    /// The recordings
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    _hidden: Hidden,
}

/// Most bytes of a text that are read.
const MOST: u64 = 1 << 32;

/// Runs it.
pub fn run(arguments: &Replay) -> ExitCode {
    let mut status = ExitCode::SUCCESS;
    for file in &arguments.files {
        let Some(script) = read(file) else {
            status = ExitCode::from(UNREADABLE);
            continue;
        };
        let all = Settings::all(&script);
        let count = all.len() as u64;
        let outcomes: Vec<_> = watched("replaying", file, count, |tell| {
            let one = |(settings, i)| {
                tell(i);
                make(&script, settings)
            };
            all.iter().zip(0..).map(one).collect()
        });
        let rows: Vec<(String, Outcome)> =
            all.iter().map(|one| one.text(script.profile)).zip(outcomes).collect();
        let text = if arguments.json {
            format!("{}\n", json(&rows))
        } else {
            format!("{}: {} calls\n{}", file.display(), script.ops.len(), table(&rows))
        };
        let mut out = io::stdout().lock();
        if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            if error.kind() != ErrorKind::BrokenPipe {
                eprintln!("gosbrk: cannot write: {error}");
                status = ExitCode::from(UNREADABLE);
            }
            break;
        }
    }
    status
}

/// The calls of a file; says on standard error why there are none.
fn read(file: &Path) -> Option<Script> {
    let script = match text(file) {
        Ok(Some(text)) => Script::parse(&text),
        Ok(None) => {
            let trace = open(file)?;
            watched("reading", file, trace.calls, |tell| Script::of(&trace, tell))
        }
        Err(error) => Err(format!("cannot be read: {error}")),
    };
    match script {
        Ok(script) => Some(script),
        Err(why) => {
            eprintln!("gosbrk: {}: {why}", file.display());
            None
        }
    }
}

/// What is in a file in the text notation; `None`: it is no such file.
fn text(file: &Path) -> io::Result<Option<String>> {
    let mut start = [0; 5];
    let count = File::open(file)?.take(5).read(&mut start)?;
    let mut text = String::new();
    if start[..count].starts_with(&[0x1f, 0x8b]) {
        MultiGzDecoder::new(File::open(file)?).take(MOST).read_to_string(&mut text)?;
    } else if start[..count].starts_with(b"init ") || start[..count].starts_with(b"# ") {
        File::open(file)?.take(MOST).read_to_string(&mut text)?;
    } else {
        return Ok(None);
    }
    Ok(Some(text))
}

fn table(rows: &[(String, Outcome)]) -> String {
    let mut text = format!(
        "{:>11} {:>11} {:>11} {:>11} {:>11} {:>11}\n",
        "high water", "saved", "at once", "skipped", "free list", "tail"
    );
    let recorded = rows.first().map_or(0, |(_, outcome)| outcome.high_water);
    for (i, (name, outcome)) in rows.iter().enumerate() {
        let saved = match (i, outcome.high_water) {
            (0, _) => String::new(),
            (_, more) if more > recorded => format!("-{}", megabytes(more - recorded)),
            (_, less) => megabytes(recorded - less),
        };
        let Outcome { high_water, most_used, skipped, free_list, tail, .. } = *outcome;
        let sizes = [most_used, skipped, free_list, tail].map(megabytes);
        let _ = write!(text, "{:>11} {saved:>11}", megabytes(high_water));
        for size in sizes {
            let _ = write!(text, " {size:>11}");
        }
        let _ = writeln!(text, "  {name}");
    }
    if let Some((_, Outcome { moved: Some(call), .. })) = rows.first() {
        let _ = writeln!(
            text,
            "From allocation {call} on the program got other addresses than here, because something besides\n\
             the calls decided them: all of these figures are estimates."
        );
    }
    text
}

fn json(rows: &[(String, Outcome)]) -> Value {
    let row = |(name, outcome): &(String, Outcome)| {
        json!({
            "settings": name,
            "high_water": outcome.high_water,
            "most_used": outcome.most_used,
            "skipped": outcome.skipped,
            "free_list": outcome.free_list,
            "tail": outcome.tail,
            "same_addresses": outcome.moved.is_none(),
        })
    };
    Value::Array(rows.iter().map(row).collect())
}
