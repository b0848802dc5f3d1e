//! `gosbrk doctor PROGRAM`: whether a program is on gosbrk, and how it was built.

use super::Finding::{self, Fits, Problem};
use super::say;
use crate::layout::Layout;
use gosbrk_look::program::Program;
use std::path::Path;
use std::process::ExitCode;

/// Says what a program is. The status is 0 if it is on gosbrk, 1 if not, and 2 if the file
/// cannot be read.
pub fn run(path: &Path) -> ExitCode {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            eprintln!("gosbrk: cannot read {}: {error}", path.display());
            return ExitCode::from(2);
        }
    };
    say(&findings(Program::of(&bytes)))
}

/// Each thing with what was found.
fn findings(program: Program) -> Vec<(&'static str, Finding)> {
    let not = |what: String, hint: &str| vec![("program", Problem(what, hint.into()))];
    match program {
        Program::NotElf => not(
            "not a program for linux/amd64 or linux/arm64 (ELF)".into(),
            "name the file that `gosbrk go build` wrote",
        ),
        Program::NotGo => not(
            "not a Go program, or a packed one (UPX)".into(),
            "name the file that `gosbrk go build` wrote",
        ),
        Program::Stock(go) => not(
            format!("a stock Go program, built with {}", release(go.as_deref())),
            "build it with `gosbrk go build`",
        ),
        Program::OnGosbrk { go, says } => {
            let says = says.as_deref();
            let value = |name: &str| {
                let words = says.into_iter().flat_map(str::split_whitespace);
                words.filter_map(|word| word.split_once('=')).find(|word| word.0 == name)
            };
            let or_unknown = |name| value(name).map_or("unknown", |(_, value)| value).to_owned();
            vec![
                ("program", Fits("a Go program on gosbrk".into())),
                ("gosbrk", Fits(or_unknown("version"))),
                ("go", Fits(release(go.as_deref()))),
                ("layout", Fits(layout(&or_unknown("layout")))),
                ("advice", Fits(advice(&or_unknown("advice")))),
                ("GOSBRK", Fits(settings(value("settings").map(|(_, value)| value)))),
            ]
        }
    }
}

fn release(go: Option<&str>) -> String {
    go.unwrap_or("an unknown release").into()
}

fn layout(name: &str) -> String {
    let known = [Layout::Compact, Layout::Plain].into_iter().find(|layout| layout.name() == name);
    known.map_or_else(|| name.into(), |layout| format!("{name}, heap of at most {}", layout.most()))
}

fn advice(name: &str) -> String {
    match name {
        "os" => "os, unused memory is returned to the kernel".into(),
        "go" => "go, no memory is returned to the kernel".into(),
        other => other.into(),
    }
}

fn settings(names: Option<&str>) -> String {
    let Some(names) = names else { return "unknown".into() };
    let names: Vec<_> = names.split(',').map(|name| format!("{name}=")).collect();
    format!("accepts {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::findings;
    use gosbrk_look::program::Program;

    fn lines(program: Program) -> String {
        findings(program).iter().map(|(thing, finding)| finding.lines(thing)).collect()
    }

    #[test]
    fn what_is_not_known_is_said() {
        let all = lines(Program::OnGosbrk { go: None, says: None });
        assert_eq!(
            all,
            "ok       program: a Go program on gosbrk\n\
             ok       gosbrk: unknown\n\
             ok       go: an unknown release\n\
             ok       layout: unknown\n\
             ok       advice: unknown\n\
             ok       GOSBRK: unknown\n"
        );
        let says = Some("version=9.9 layout=new advice=os settings=a,b".into());
        let all = lines(Program::OnGosbrk { go: Some("go1.99".into()), says });
        assert!(all.contains("gosbrk: 9.9\n") && all.contains("layout: new\n"), "{all}");
        assert!(all.contains("GOSBRK: accepts a=, b=\n"), "{all}");
    }
}
