//! What fits and what does not: a line for each thing, and below a problem what to do
//! about it.

mod machine;
pub mod program;

use crate::flags::sanitizer_in;
use crate::hint;
use crate::layout::{Build, Layout};
use crate::root;
use crate::source::known;
use crate::spare::present;
use crate::start::{ANOTHER, Failure};
use crate::target;
use crate::toolchain::Toolchain;
use std::io::Write;
use std::process::ExitCode;

/// What was found out about one thing.
#[derive(Debug, PartialEq, Eq)]
enum Finding {
    /// It fits.
    Fits(String),
    /// It fits, but not every program or every use.
    Note(String),
    /// The same, and what to do where that matters.
    NoteWith(String, String),
    /// It does not fit, and what to do.
    Problem(String, String),
}

use Finding::{Fits, Note, NoteWith, Problem};

impl Finding {
    /// The lines for a thing with this name.
    fn lines(&self, thing: &str) -> String {
        let (kind, what, hint) = match self {
            Fits(what) => ("ok", what, None),
            Note(what) => ("note", what, None),
            NoteWith(what, hint) => ("note", what, Some(hint)),
            Problem(what, hint) => ("problem", what, Some(hint)),
        };
        let colon = if thing.is_empty() { "" } else { ": " };
        let hint = hint.map(|hint| format!("{:9}hint: {hint}\n", "")).unwrap_or_default();
        format!("{kind:9}{thing}{colon}{what}\n{hint}")
    }
}

/// Says what was found. The status is 1 when anything does not fit.
pub fn run(toolchain: &Result<Toolchain, Failure>, build: Build) -> ExitCode {
    let root = toolchain.as_ref().ok().and_then(|toolchain| root::existing(toolchain, build));
    let tools = root.is_some_and(|root| present(&root));
    let mut findings = match toolchain {
        Ok(toolchain) => vec![
            ("go command", starts(toolchain, tools)),
            ("go", release(toolchain)),
            ("tools", Fits(if tools { "built on gosbrk" } else { "stock" }.into())),
            ("target", target(toolchain)),
            ("GOFLAGS", flags(toolchain.get("GOFLAGS"))),
            ("GOWORK", Fits(shown(toolchain.get("GOWORK")))),
            ("GOTOOLCHAIN", switching(toolchain)),
            ("cgo", cgo(toolchain.get("CGO_ENABLED") == "1", build.layout)),
        ],
        Err(Failure { what, hint, .. }) => {
            vec![("go command", Problem(what.clone(), hint.clone()))]
        }
    };
    findings.extend(machine::findings(build.layout, tools));
    findings.push(("", Note("-race, -msan and -asan are not supported".into())));
    say(&findings)
}

/// Writes the lines. The status is 1 when anything does not fit.
fn say(findings: &[(&str, Finding)]) -> ExitCode {
    let said: String = findings.iter().map(|(thing, finding)| finding.lines(thing)).collect();
    // A reader of the first lines only closes the pipe.
    let _ = std::io::stdout().write_all(said.as_bytes());
    let well = !findings.iter().any(|(_, finding)| matches!(finding, Problem(..)));
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn shown(value: &str) -> String {
    if value.is_empty() { "not set".into() } else { value.into() }
}

fn starts(toolchain: &Toolchain, tools: bool) -> Finding {
    match toolchain.can_start(tools) {
        Ok(()) if toolchain.starts() => Fits("starts".into()),
        Ok(()) => Fits("the one built on gosbrk starts, the stock one does not".into()),
        Err(Failure { what, hint, .. }) => Problem(what, hint),
    }
}

fn release(toolchain: &Toolchain) -> Finding {
    let what = format!("{} in {}", toolchain.version(), toolchain.root().display());
    match known(toolchain.root(), toolchain.version()) {
        Ok(()) => Fits(what),
        Err(error) => Problem(
            format!("{what}: {error:#}").replace('\n', " "),
            hint::of(&error).unwrap_or(ANOTHER).into(),
        ),
    }
}

fn target(toolchain: &Toolchain) -> Finding {
    let target = toolchain.target();
    match target::trouble(&target) {
        None => Fits(target),
        Some((why, hint)) => Problem(why, hint.into()),
    }
}

fn flags(goflags: &str) -> Finding {
    match sanitizer_in(goflags) {
        None => Fits(shown(goflags)),
        Some(word) => Problem(
            format!("{word}: the race detector and the sanitizers are not supported"),
            format!("remove {word} from GOFLAGS (`go env GOFLAGS` shows it)"),
        ),
    }
}

fn switching(toolchain: &Toolchain) -> Finding {
    let value = toolchain.get("GOTOOLCHAIN");
    let named = value.strip_suffix("+auto").or(value.strip_suffix("+path")).unwrap_or(value);
    if ["", "auto", "path", "local", toolchain.version()].contains(&named) {
        Fits(shown(value))
    } else {
        Problem(
            format!("{value}: `GOROOT=$(gosbrk goroot) go` would switch to a Go without gosbrk"),
            "use `gosbrk go`, or set GOTOOLCHAIN=local together with GOROOT".into(),
        )
    }
}

fn cgo(on: bool, layout: Layout) -> Finding {
    let what = match (on, layout) {
        (false, _) => "off",
        (true, Layout::Compact) => {
            "on; in a program with C code, each thread that Go starts has a C stack of 1 MiB, and \
             malloc has one arena (GOSBRK=cstack=SIZE,arenas=N changes that)"
        }
        (true, Layout::Plain) => {
            "on; in a program with C code, each thread takes address space for its C stack (ulimit \
             -s) and for a malloc arena (GOSBRK=cstack=SIZE,arenas=N limits both)"
        }
    };
    Fits(what.into())
}

#[cfg(test)]
mod tests {
    use super::{Finding, Fits, Note, NoteWith, Problem, flags};

    #[test]
    fn sanitizers_are_found_among_the_flags() {
        let fits = |goflags| matches!(flags(goflags), Finding::Fits(_));
        assert!(fits(""));
        assert!(fits("-trimpath -ldflags=-s -race=false"));
        for bad in ["-race", "-trimpath --race", "-msan -v", "-asan=true"] {
            assert!(!fits(bad), "{bad}");
        }
    }

    #[test]
    fn each_finding_is_a_line_and_what_to_do_another() {
        let [what, fix] = ["what it is", "what to do"].map(String::from);
        assert_eq!(Fits(what.clone()).lines("x"), "ok       x: what it is\n");
        assert_eq!(Note(what.clone()).lines(""), "note     what it is\n");
        let two = "note     x: what it is\n         hint: what to do\n";
        assert_eq!(NoteWith(what.clone(), fix.clone()).lines("x"), two);
        let two = "problem  x: what it is\n         hint: what to do\n";
        assert_eq!(Problem(what, fix).lines("x"), two);
    }
}
