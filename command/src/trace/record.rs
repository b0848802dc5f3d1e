//! `gosbrk trace record`: running a program and recording it.

mod files;
mod program;

use super::child;
use crate::hint::Hinted;
use crate::progress::Progress;
use crate::{Options, tell, traced};
use anyhow::{Context, Result};
use clap::Args;
use files::default_target;
pub use files::{Target, name};
use gosbrk_look::model::megabytes;
use gosbrk_trace::file::Trace;
use gosbrk_trace::format::header::Layout;
use program::{Known, look_at};
use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};

const EXAMPLES: &str = "\
Examples:
  gosbrk trace record go run ./cmd/server       build it on gosbrk, run it, record it
  gosbrk trace record -o traces/ go test ./...  a file for each process, traces/PID.gosbrk
  gosbrk trace record -o slow.gosbrk ./server -v    a program that was built with gosbrk go build
  gosbrk trace record --layout plain go run .       built in the layout plain

Without -o each process records to NAME.PID.gosbrk in the current directory. With -o FILE the first
process records to FILE, and others to FILE.PID. %p in it stands for the process number. Other settings
in the variable GOSBRK are kept. SIGTERM, SIGHUP, SIGQUIT and SIGINT are passed on to the program.
The exit status is that of the program, or 1 if that is 0 and nothing was recorded.";

/// `gosbrk trace record`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Record {
    /// Where to record to: a file, or a directory for one file per process
    #[arg(short, long, value_name = "FILE|DIR")]
    output: Option<PathBuf>,
    /// `go run`, `go test` or another go command, or a program and its arguments
    #[arg(
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "COMMAND"
    )]
    command: Vec<OsString>,
}

/// Runs it.
pub fn run(record: &Record, options: &Options) -> ExitCode {
    match try_run(record, options) {
        Ok(status) => ExitCode::from(status),
        Err(error) => tell(&error),
    }
}

fn try_run(record: &Record, options: &Options) -> Result<u8> {
    let is_go = record.command[0] == "go";
    let known = if is_go { Known::Nothing } else { look_at(&record.command[0]) };
    if known == Known::Stock {
        let name = Path::new(&record.command[0]).display();
        return Err(Hinted::new(
            format!("{name} is a stock Go program: nothing of it can be recorded this way"),
            "build it with `gosbrk go build`; or start it, and record what can be seen from \
             outside: gosbrk look --record FILE PID",
        )
        .into());
    }
    let mut command = if is_go {
        options.go_command(&record.command[1..])?
    } else {
        let mut command = Command::new(&record.command[0]);
        command.args(&record.command[1..]);
        command
    };
    let target = match &record.output {
        Some(output) => Target::given(output)?,
        None => default_target(&record.command)?,
    };
    command.env("GOSBRK", traced(&target.path).with_context(|| target.path.display().to_string())?);
    let status = child::run(&mut command, |pid| {
        let pid = (known == Known::Records).then_some(pid);
        eprintln!("gosbrk: recording to {}", target.shown(pid));
    })?;
    let recorded = summary(&target, || nothing(&record.command, is_go));
    Ok(match exit_status(status) {
        0 if !recorded => 1,
        status => status,
    })
}

/// The program's own, or 128 and its signal, as shells have it.
pub fn exit_status(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

/// Says what was recorded, in a line, and whether that is anything; `nothing` says why it is
/// not.
pub fn summary(target: &Target, nothing: impl FnOnce()) -> bool {
    let files = target.written();
    let mut progress = Progress::on_terminal("reading what was recorded");
    let all = files.len();
    let mut traces = Vec::new();
    for (i, file) in files.into_iter().enumerate() {
        progress.at(i, all);
        match Trace::open(&file) {
            Ok(trace) => traces.push((file, trace)),
            Err(trouble) => eprintln!("gosbrk: {}: {trouble}", file.display()),
        }
    }
    drop(progress);
    let peak = |trace: &Trace| trace.peak.map_or(0, |(_, rss)| rss);
    let largest = traces.iter().max_by_key(|(_, trace)| peak(trace));
    let Some((file, trace)) = largest else {
        nothing();
        return false;
    };
    let calls: u64 = traces.iter().map(|(_, trace)| trace.calls).sum();
    let calls = if calls == 1 { "1 call".into() } else { format!("{calls} calls") };
    let who = match traces.len() {
        1 => String::new(),
        many => format!(" of {many} processes, the largest of them process {}", trace.header.pid),
    };
    let peak = peak(trace);
    let what = if trace.header.layout == Layout::WebAssembly { "of memory" } else { "resident" };
    let peak =
        if peak > 0 { format!(", at most {} {what}", megabytes(peak)) } else { String::new() };
    eprintln!("gosbrk: recorded {calls}{who}{peak}; next: gosbrk trace stat {}", file.display());
    true
}

fn nothing(command: &[OsString], is_go: bool) {
    let verb = command.get(1).map(|verb| verb.to_string_lossy().into_owned());
    match verb.as_deref() {
        Some("build" | "install") if is_go => eprintln!(
            "gosbrk: nothing was recorded: go {} runs no program\nhint: gosbrk trace record PROGRAM",
            verb.unwrap_or_default()
        ),
        _ if is_go => eprintln!(
            "gosbrk: nothing was recorded: no program of this build ran\n\
             hint: cached test results run nothing: go test -count=1"
        ),
        _ => eprintln!(
            "gosbrk: nothing was recorded: {} did not read the variable GOSBRK\n\
             hint: Go programs built with `gosbrk go build` read it, and C programs with libgosbrk.a \
             that do not call gosbrk_init",
            Path::new(&command[0]).display()
        ),
    }
}
