//! The command `gosbrk`: any Go program on Go's sbrk memory layer.
//!
//! | module | what it owns |
//! |---|---|
//! | [`toolchain`] | the user's own Go: where it is and what it says of itself |
//! | [`layout`] | the two layouts of the address space, and what they cost |
//! | [`source`] | the runtime's files: which are known, and what is put in their place |
//! | [`tree`] | copying a Go root as links, and noticing that one has changed |
//! | [`seen`] | what such a root and the user's looked like when they were right |
//! | [`progress`] | what is said of work that takes a while |
//! | [`root`] | the Go roots in the user's cache: made once, found again, cleared away |
//! | [`cache`] | where that is, and its lock |
//! | [`origin`] | what such a root was made from |
//! | [`tools`] | Go's own tools on gosbrk, for shells with a limit |
//! | [`spare`] | the go command among them, where the stock one does not start |
//! | [`start`] | starting the go command, and why that fails |
//! | [`hint`] | errors that come with advice |
//! | [`hidden`] | options that mean nothing to a verb |
//! | [`flags`] | the go command's flags that do not go with gosbrk |
//! | [`limits`] | a shell's limits, and what is needed of them |
//! | [`doctor`] | what fits and what does not |
//! | [`columns`] | how many columns of a terminal a text takes |
//! | [`rows`] | the rows of a moment, for people |
//! | [`look`] | where the memory of a running Go program went |
//! | [`top`] | the same of all of them, live |
//! | [`trace`] | recording a program, and what a recording says |
//! | [`manual`] | manual pages and shell completions |

mod cache;
mod columns;
mod doctor;
mod flags;
mod hidden;
mod hint;
mod layout;
mod limits;
mod look;
mod manual;
mod origin;
mod progress;
mod root;
mod rows;
mod seen;
mod source;
mod spare;
mod start;
mod target;
mod toolchain;
mod tools;
mod top;
mod trace;
mod tree;

use anyhow::{Context, Result, bail};
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use hint::Hinted;
use layout::{Build, Layout};
use start::Failure;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf, absolute};
use std::process::{Command, ExitCode};
use toolchain::Toolchain;

const EXAMPLES: &str = "\
Examples:
  gosbrk go build -o small .
  gosbrk --layout plain go test ./...
  GOROOT=$(gosbrk goroot) gopls check main.go
  gosbrk look 4711
  gosbrk top
  gosbrk trace record go run .

gosbrk and the programs it builds need Linux 4.17 or later, on x86-64 or
arm64 (tested under emulation; GOARCH=arm64 builds for it). `gosbrk go` needs a Go
installation, Go 1.24 to 1.27, and nothing else.";

/// Builds, runs and tests Go programs on Go's sbrk memory layer, and shows where the memory
/// of Go programs went (linux/amd64, linux/arm64).
#[derive(Parser)]
#[command(name = "gosbrk", version, arg_required_else_help = true, after_help = EXAMPLES)]
struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Args)]
struct Options {
    /// Layout of the address space
    #[arg(long, value_enum, default_value_t = Layout::Compact, global = true, display_order = 900)]
    layout: Layout,
    /// What happens to memory that the runtime no longer needs: `os` returns it to the
    /// kernel, as Go does on Linux; `go` keeps it, as Go does on Plan 9 and WebAssembly
    #[arg(long, value_enum, default_value_t = Advice::Os, global = true, display_order = 901)]
    advice: Advice,
    /// Record the memory of the program that `go run` or `go test` starts to FILE, for
    /// `gosbrk trace`
    #[arg(long, value_name = "FILE", display_order = 902)]
    trace: Option<PathBuf>,
    /// Use the Go root DIR instead of that of `go` in PATH
    #[arg(long = "go", value_name = "DIR", global = true, display_order = 903)]
    go_root: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Advice {
    Os,
    Go,
}

#[derive(Subcommand)]
enum Verb {
    /// Run the go command so that every program it builds is on gosbrk
    Go {
        /// Arguments of the go command, such as `build ./...`, `run .` or `test ./...`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
    /// Print a Go root with gosbrk in it, for tools that start go themselves:
    /// GOROOT=$(gosbrk goroot) go test ./...
    Goroot {
        /// Build Go's own tools on gosbrk first, which takes minutes, once. Then `gosbrk go`
        /// works under limits on address space that are too low for the stock tools
        #[arg(long)]
        tools: bool,
    },
    /// Check this machine, this shell's limits and Go, and say how to fix problems; with
    /// PROGRAM, say whether that program is on gosbrk and how it was built
    ///
    /// The exit status is 0 if there is no problem or the program is on gosbrk, 1 if not,
    /// and 2 if the program cannot be read.
    Doctor {
        /// A program or a shared library, stripped or not
        program: Option<PathBuf>,
    },
    /// Show where the memory of a running Go program went, stock or on gosbrk
    Look(look::Look),
    /// Show running Go programs live, in a terminal: their memory, and what makes it grow
    Top(top::Top),
    /// Record a program's memory from the first call on, and show where it went
    Trace(trace::Trace),
    /// Install the manual pages and the completions for bash, fish and zsh below SHARE
    Manual {
        /// Directory such as ~/.local/share, created if it does not exist
        share: PathBuf,
        #[command(flatten)]
        hidden: hidden::Hidden,
    },
}

fn main() -> ExitCode {
    let cli = Cli::try_parse().unwrap_or_else(|error| {
        let _ = error.print();
        if error.kind() == ErrorKind::InvalidSubcommand {
            eprintln!("hint: put go subcommands after `go`, as in `gosbrk go build`");
        }
        std::process::exit(error.exit_code())
    });
    let done = match cli.verb {
        Verb::Go { args } => go(&cli.options, &args),
        Verb::Goroot { tools } => goroot(&cli.options, tools),
        Verb::Look(arguments) => return look::run(&arguments),
        Verb::Top(arguments) => return top::run(&arguments),
        Verb::Trace(arguments) => return trace::run(&arguments, &cli.options),
        Verb::Manual { share, hidden: _ } => manual::install(&Cli::command(), &share),
        Verb::Doctor { program: Some(program) } => return doctor::program::run(&program),
        Verb::Doctor { program: None } => {
            return doctor::run(&cli.options.toolchain(None), cli.options.build());
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => tell(&error),
    }
}

/// Says what went wrong, and what to do about it.
fn tell(error: &anyhow::Error) -> ExitCode {
    eprintln!("gosbrk: {error:#}");
    if let Some(hint) = hint::of(error) {
        eprintln!("hint: {hint}");
    }
    ExitCode::from(2)
}

impl Options {
    fn toolchain(&self, directory: Option<&OsStr>) -> Result<Toolchain, Failure> {
        Toolchain::find(self.go_root.as_deref(), directory)
    }

    /// The go command of a root with gosbrk in it.
    fn go_command(&self, args: &[OsString]) -> Result<Command> {
        let toolchain = self.toolchain(flags::directory(args).as_deref())?;
        if let Some((what, hint)) = target::trouble(&toolchain.target()) {
            return Err(Hinted::new(what, hint).into());
        }
        if let Some(flag) = flags::sanitizer(args, toolchain.get("GOFLAGS")) {
            return Err(Hinted::new(
                format!("{flag}: the race detector and the sanitizers are not supported"),
                "build without it, or with the stock go command",
            )
            .into());
        }
        let root = root::get(&toolchain, self.build())?;
        toolchain.can_start(spare::present(&root))?;
        let mut command = Command::new(root.join("bin/go"));
        command.args(args).env("GOROOT", &root).env("GOTOOLCHAIN", "local");
        Ok(command)
    }

    fn build(&self) -> Build {
        Build { layout: self.layout, releases: self.advice == Advice::Os }
    }
}

fn goroot(options: &Options, tools: bool) -> Result<()> {
    if options.trace.is_some() {
        return Err(Hinted::new(
            "--trace has no meaning for `gosbrk goroot`",
            "use it with `gosbrk go run`, or start a built program with GOSBRK=trace=FILE",
        )
        .into());
    }
    let toolchain = options.toolchain(None)?;
    let root = root::get(&toolchain, options.build())?;
    if tools && !spare::present(&root) {
        toolchain.can_start(spare::present(&root))?;
        let with = Build { layout: Layout::Compact, releases: true };
        tools::make(&toolchain, &root::get(&toolchain, with)?, &root)?;
    }
    println!("{}", root.display());
    Ok(())
}

/// Becomes the go command of a root with gosbrk in it.
fn go(options: &Options, args: &[OsString]) -> Result<()> {
    let settings = match &options.trace {
        Some(file) => Some(traced(file).with_context(|| format!("--trace {}", file.display()))?),
        None => None,
    };
    let mut command = options.go_command(args)?;
    if let Some(settings) = settings {
        command.env("GOSBRK", settings);
    }
    Err(command.exec())
        .with_context(|| format!("cannot run {}", Path::new(command.get_program()).display()))
}

/// The variable `GOSBRK` with this trace added: the last setting counts.
fn traced(file: &Path) -> Result<OsString> {
    let file = absolute(file)?;
    let name = file.as_os_str().as_bytes();
    if name.contains(&b',') || name.len() > 255 {
        bail!("the path is passed in GOSBRK, so it must have no comma and at most 255 bytes");
    }
    let mut settings = std::env::var_os("GOSBRK").unwrap_or_default();
    settings.push(",trace=");
    settings.push(file);
    Ok(settings)
}
