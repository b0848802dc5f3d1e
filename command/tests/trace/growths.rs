//! The stacks that made the heap grow are those of the runtime's own unwinder, frame by frame.

use crate::common::emulated::{emulated, has_tools};
use crate::common::{long, root, run, succeed, text};
use crate::program::{OWN, gosbrk, place, toolchain};
use gosbrk_trace::file::Trace;
use gosbrk_trace::stat::Stat;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The machine that this is.
const NATIVE: &str = "native";

/// What is changed in the runtime's files for [`checked`]: each growth is looked at by both
/// ways, and the end says how many there were, and how many of them had a special stack.
const CHANGES: [(&str, &str, &str); 4] = [
    (
        "gosbrk_trace_linux.go",
        "n := t.callers(gp.m.curg)\n",
        "n := t.callers(gp.m.curg)
         var beside [len(t.stack)]uintptr
         if gcallers(gp.m.curg, 0, beside[:]) != n {
             throw(\"a stack has another length\")
         }
         for i := range n {
             if beside[i] != t.stack[i] {
                 throw(\"a stack has another frame\")
             }
         }
         gosbrkGrowths++\n",
    ),
    ("gosbrk_stack_linux.go", "var (\n", "var gosbrkGrowths, gosbrkAside int\n\nvar (\n"),
    (
        "gosbrk_trace_linux.go",
        "gosbrkCall(&gosbrkRequest{function: gosbrkEnds})\n",
        "println(gosbrkGrowths, gosbrkAside)\n",
    ),
    (
        "gosbrk_stack_linux.go",
        "return gcallers(gp, 0, pcs)\n",
        "gosbrkAside++\nreturn gcallers(gp, 0, pcs)\n",
    ),
];

/// Builds `testdata/go/grown` with a runtime that compares; nothing, with the reason told,
/// where that release cannot be had.
fn checked(arch: &str, layout: &str, release: &str, cgo: &str) -> Option<PathBuf> {
    let toolchain = toolchain(release, "stacks")?;
    let made = |args: &[&str]| {
        let mut command = gosbrk();
        command.current_dir(root().join("testdata/go")).env("CGO_ENABLED", cgo);
        command.env("GOTOOLCHAIN", &toolchain).args(["--layout", layout]).args(args);
        if arch != NATIVE {
            command.env("GOARCH", arch).env("CC", "aarch64-linux-gnu-gcc");
        }
        succeed(&mut command).trim().to_owned()
    };
    let runtime = Path::new(&made(&["goroot"])).join("src/runtime");
    let name = |what: &str| place(&format!("grown-{arch}-{layout}-{release}-{cgo}{what}"));
    let mut replaced = serde_json::Map::new();
    for file in ["gosbrk_trace_linux.go", "gosbrk_stack_linux.go"] {
        let mut source = fs::read_to_string(runtime.join(file)).unwrap();
        for (_, from, to) in CHANGES.iter().filter(|change| change.0 == file) {
            assert!(source.contains(from), "{file} has no line {from}");
            source = source.replace(from, to);
        }
        let other = name(&format!("-{file}"));
        fs::write(&other, source).unwrap();
        let other = other.to_str().unwrap().into();
        replaced.insert(runtime.join(file).to_str().unwrap().into(), other);
    }
    let overlay = name(".json");
    fs::write(&overlay, serde_json::json!({ "Replace": replaced }).to_string()).unwrap();
    let program = name("");
    let [overlay, to] = [&overlay, &program].map(|path| path.to_str().unwrap());
    made(&["go", "build", "-overlay", overlay, "-o", to, "./grown"]);
    Some(program)
}

/// Functions that call each other on stacks that the program has, or how their names begin.
const STACKS: [&[&str]; 6] = [
    &["main.grow", "main.third", "main.second", "main.first", "main.main"],
    &["main.grow", "main.again", "main.again", "main.again", "main.again", "main.again"],
    &["main.grow", "main.inner.grow", "main.wrapped", "main.main"],
    &["main.grow", "reflect.Value.call", "reflect.Value.Call", "main.main"],
    &["runtime.gopanic", "runtime.panicmem", "runtime.sigpanic", "main.main.func3"],
    &["main.deep", "main.deep", "main.deep"],
];

fn compare(arch: &str, layout: &str, release: &str, cgo: &str) {
    let about = format!("{arch}, {layout}, Go {release}, CGO_ENABLED={cgo}");
    let Some(program) = checked(arch, layout, release, cgo) else { return };
    let file = place(&format!("grown-{arch}-{layout}-{release}-{cgo}.gosbrk"));
    let mut command =
        if arch == NATIVE { Command::new(program) } else { emulated("65536", &program) };
    let output = run(command.env("GOSBRK", format!("trace={}", file.display())));
    assert!(output.status.success(), "{about}: {}", text(&output.stderr));
    let said = text(&output.stderr);
    let mut numbers = said.split_whitespace().map(|number| number.parse::<u64>().unwrap());
    let (growths, aside) = (numbers.next().unwrap(), numbers.next().unwrap());
    assert!(growths >= 40, "{about}: {growths} growths");
    // Those in C code and in a panic, and no more.
    assert!((1..=growths / 2).contains(&aside), "{about}: {aside} of {growths} are special");

    let trace = Trace::open(&file).unwrap();
    let groups = Stat::of(&trace, None, |_| ()).unwrap().growths.groups();
    let callback: &[&str] = &["main.grow", "main.called", "_cgoexp", "runtime.cgocallbackg1"];
    for stack in STACKS.iter().copied().chain((cgo == "1").then_some(callback)) {
        let is_there = groups.iter().any(|group| {
            let names = group.stack.names();
            let mut parts = names.windows(stack.len());
            parts.any(|part| part.iter().zip(stack).all(|(name, begins)| name.starts_with(begins)))
        });
        let all: Vec<_> = groups.iter().map(|group| group.stack.names()).collect();
        assert!(is_there, "{about}: {stack:?} is not among {all:#?}");
    }
}

#[test]
fn a_growth_has_the_stack_that_the_runtime_unwinds() {
    for layout in if long() { &["compact", "plain"][..] } else { &["compact"] } {
        compare(NATIVE, layout, OWN, "1");
    }
}

#[test]
fn a_growth_has_that_stack_on_every_release() {
    let all =
        [("1.24.11", "plain"), ("1.25.5", "plain"), ("1.26.6", "compact"), ("1.27.3", "compact")];
    for (release, layout) in all.into_iter().take(if long() { all.len() } else { 1 }) {
        compare(NATIVE, layout, release, "0");
    }
}

#[test]
fn a_growth_has_that_stack_on_arm64() {
    if has_tools("stacks of programs for linux/arm64") {
        compare("arm64", "compact", OWN, "1");
    }
}
