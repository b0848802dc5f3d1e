//! `gosbrk trace wasm`: Go programs that are compiled to WebAssembly, recorded.
//!
//! | module | what it owns |
//! |---|---|
//! | [`system`] | wasip1 or js |
//! | [`overlay`] | the recorder beside the runtime's own files |
//! | [`build`] | the go command with that overlay |
//! | [`hosts`] | what runs a module: the host with wazero, or Node |

mod build;
mod hosts;
mod overlay;
mod system;

use super::child;
use super::record::{Target, exit_status, summary};
use crate::hidden::{Hidden, HiddenBuild};
use crate::{Options, tell, traced};
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use system::System;

const EXAMPLES: &str = "\
Examples:
  gosbrk trace wasm run ./cmd/server -v             compile it for WASI, run it, record it
  gosbrk trace wasm run --os js -o page.gosbrk .    the same under Node
  gosbrk trace wasm build -o server.wasm ./cmd/server    to be run elsewhere
  gosbrk trace wasm run server.wasm -v              a module that was built like that
  gosbrk trace wasm script >gosbrk.js               what a web page needs beside wasm_exec.js

Go 1.21 to 1.27. A module for WASI records to the file that GOSBRK=trace=FILE names, in any host that gives
it the directory: wasmtime --dir=. --env GOSBRK=trace=x.gosbrk x.wasm
See also docs/webassembly.md.";

const RUN_EXAMPLES: &str = "\
Examples:
  gosbrk trace wasm run ./cmd/server -v             compile it for WASI, run it, record it
  gosbrk trace wasm run --os js -o page.gosbrk .    the same under Node
  gosbrk trace wasm run server.wasm -v              a module that `gosbrk trace wasm build` made";

const BUILD_EXAMPLES: &str = "\
Examples:
  gosbrk trace wasm build -o server.wasm ./cmd/server          for any host for WASI
  gosbrk trace wasm build --os js -o server.wasm ./cmd/server  for a web page or Node, with the script";

/// `gosbrk trace wasm`.
#[derive(Args)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Wasm {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Compile a program to WebAssembly, run it and record it
    Run(Run),
    /// Compile a program to WebAssembly, so that it can record itself
    Build(Build),
    /// Print the script that records in a web page or under Node
    Script(Hidden),
}

#[derive(Args)]
#[command(after_help = RUN_EXAMPLES)]
struct Run {
    /// What to compile for [default: GOOS if that is one of these, else wasip1]
    #[arg(long, value_enum)]
    os: Option<System>,
    /// Where to record to: a file or a directory [default: NAME.PID.gosbrk]
    #[arg(short, long, value_name = "FILE|DIR")]
    output: Option<PathBuf>,
    /// A package, or a module that `gosbrk trace wasm build` made, and the program's arguments
    #[arg(
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "PACKAGE"
    )]
    program: Vec<OsString>,
    #[command(flatten)]
    _hidden: HiddenBuild,
}

#[derive(Args)]
#[command(after_help = BUILD_EXAMPLES)]
struct Build {
    /// What to compile for [default: GOOS if that is one of these, else wasip1]
    #[arg(long, value_enum)]
    os: Option<System>,
    /// Arguments of `go build`: `-o server.wasm ./cmd/server`
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<OsString>,
    #[command(flatten)]
    _hidden: HiddenBuild,
}

/// Runs it.
pub fn run(wasm: &Wasm, options: &Options) -> ExitCode {
    let done = match &wasm.verb {
        Verb::Run(run) => try_run(run, options),
        Verb::Build(build) => try_build(build, options),
        Verb::Script(_) => std::io::stdout()
            .write_all(hosts::SCRIPT.as_bytes())
            .map(|()| 0)
            .context("cannot write the script"),
    };
    match done {
        Ok(status) => ExitCode::from(status),
        Err(error) => tell(&error),
    }
}

fn try_build(build: &Build, options: &Options) -> Result<u8> {
    let system = System::chosen(build.os);
    build::go_build(options, system, &build.args).map(exit_status)
}

fn try_run(run: &Run, options: &Options) -> Result<u8> {
    let (program, args) = run.program.split_first().context("name a package")?;
    let place = tempfile::tempdir().context("cannot make a temporary directory")?;
    let Some((module, system)) = module(run, options, program, place.path())? else {
        return Ok(1);
    };
    let target = target(run, program)?;
    let mut command = match system {
        System::Wasip1 => hosts::wasi(options, &module, &name(program))?,
        System::Js => hosts::node(options, &module, place.path())?,
    };
    command.args(args);
    command.env("GOSBRK", traced(&target.path).with_context(|| target.path.display().to_string())?);
    let status = child::run(&mut command, |_| {
        eprintln!("gosbrk: recording to {}", target.path.display());
    })?;
    let recorded = summary(&target, || {
        eprintln!(
            "gosbrk: nothing was recorded\n\
             hint: a module records if `gosbrk trace wasm build` made it"
        );
    });
    Ok(match exit_status(status) {
        0 if !recorded => 1,
        status => status,
    })
}

/// The module to run: the one that is named, or a package compiled now. `None`: the go
/// command has said why there is none.
fn module(
    run: &Run,
    options: &Options,
    program: &OsStr,
    place: &Path,
) -> Result<Option<(PathBuf, System)>> {
    if Path::new(program).extension() == Some(OsStr::new("wasm")) {
        let path = PathBuf::from(program);
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let system = System::of(&bytes)
            .with_context(|| format!("{} is no WebAssembly module of Go's", path.display()))?;
        if run.os.is_some_and(|os| os != system) {
            bail!("{} was compiled for {}", path.display(), system.goos());
        }
        return Ok(Some((path, system)));
    }
    let system = System::chosen(run.os);
    // The program's name is what its recording is named after.
    let module = place.join("program").join(Path::new(&name(program)).with_extension("wasm"));
    fs::create_dir_all(module.parent().unwrap_or(place))?;
    let args = ["-o".into(), module.clone().into_os_string(), program.to_owned()];
    let built = build::go_build(options, system, &args)?.success();
    Ok(built.then_some((module, system)))
}

/// Where to record to: each run has a file of its own, unless one was named.
fn target(run: &Run, program: &OsStr) -> Result<Target> {
    let pid = std::process::id();
    let path = if let Some(output) = &run.output {
        let given = Target::given(output)?.path;
        if given.is_dir() { given.join("%p.gosbrk") } else { given }
    } else {
        let mut file = name(program);
        file.push(".%p.gosbrk");
        PathBuf::from(file)
    };
    // A module does not know the number of its process.
    let path = path.to_str().context("the recording's name is not UTF-8")?;
    Target::file(Path::new(&path.replace("%p", &pid.to_string())))
}

/// What a package or module is called: `server` of `./cmd/server` and of `server.wasm`.
fn name(program: &OsStr) -> OsString {
    super::record::name(&["go".into(), "run".into(), program.to_owned()])
}
