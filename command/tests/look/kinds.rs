//! Every way in which Go is built: each is read as the program counts itself.

use crate::common::{can_link, is_there, root, run, scratch, skip, succeed, text};
use crate::guest::{Ends, Guest, OWN, build, go, gosbrk, json, place};
use crate::rows::{adds_up, same_as_memstats};
use gosbrk_look::snapshot::Target;
use std::path::Path;
use std::process::Command;

fn checked(program: &Path, tag: &str) {
    let mut guest = Ends(Guest::start(program, "kept", 20));
    same_as_memstats(&mut guest.0, tag);
}

#[test]
fn executables_of_every_kind() {
    let static_c = ["-ldflags=-linkmode=external -extldflags=-static", "-tags=osusergo,netgo"];
    for (tag, kind, options) in [
        ("pie", "", &["-buildmode=pie"][..]),
        ("pie-w", "w", &["-buildmode=pie", "-ldflags=-w"]),
        ("pie-s", "s", &["-buildmode=pie", "-ldflags=-s"]),
        ("trimpath", "", &["-trimpath"]),
        ("external", "", &["-ldflags=-linkmode=external"]),
        ("static", "", &static_c),
    ] {
        let wanted = if tag == "static" { &["-static"][..] } else { &[] };
        let linked = options.iter().any(|option| option.contains("external"));
        if linked && !(is_there("cc") && can_link(&scratch("look-link"), wanted)) {
            skip(&format!("a program of the kind {tag}"), "no C compiler links that here");
        } else if let Some(program) = build("memory", OWN, tag, options) {
            checked(&program, kind);
        }
    }
}

#[test]
fn programs_on_gosbrk_in_both_layouts() {
    for layout in ["plain", "compact"] {
        for (kind, options) in [("", &[][..]), ("w", &["-ldflags=-w"]), ("s", &["-ldflags=-s"])] {
            let program = place(&format!("memory-{layout}{kind}"));
            let mut command = gosbrk();
            command.args(["--layout", layout, "go", "build"]).args(options).arg("-o").arg(&program);
            succeed(command.arg("./memory").current_dir(root().join("testdata/look")));
            let mut guest = Ends(Guest::start(&program, "kept", 20));
            same_as_memstats(&mut guest.0, kind);
            let said = json(guest.0.pid());
            // Without symbols plain looks like stock.
            let expected = if kind == "s" && layout == "plain" { None } else { Some(layout) };
            assert_eq!(said["layout"].as_str(), expected, "{layout} {kind}: {said}");
            assert!(said["layer"].is_null());
        }
    }
}

#[test]
fn memory_of_c_is_not_the_runtimes() {
    if !is_there("cc") {
        return skip("a program with C's memory", "no C compiler");
    }
    let program = build("cmemory", OWN, "c", &[]).unwrap();
    let mut guest = Ends(Guest::run(&mut Command::new(program)));
    assert_eq!(guest.0.line(), "ready\n");
    let snapshot = Target::open(i32::try_from(guest.0.pid()).unwrap()).unwrap().look().unwrap();
    adds_up(&snapshot);
    let of = snapshot.others;
    let c = of.c_heap + of.anonymous;
    assert!((24 << 20..26 << 20).contains(&c), "{of:?}");
    let held = *snapshot.moment.held.as_ref().unwrap();
    assert!((4 << 20..5 << 20).contains(&held), "{held}");
}

/// A library for C, and a copy of it: each has a runtime of its own.
fn libraries(options: &[&str], tag: &str) -> Option<[std::path::PathBuf; 2]> {
    let dir = scratch(&format!("look-shared-{tag}"));
    let mut command = go(OWN)?;
    command.args(["build", "-buildmode=c-shared"]).args(options).arg("-o").arg(dir.join("one.so"));
    succeed(command.arg("./shared"));
    std::fs::copy(dir.join("one.so"), dir.join("two.so")).unwrap();
    Some([dir.join("one.so"), dir.join("two.so")])
}

#[test]
fn libraries_in_a_host_of_another_language() {
    if !is_there("cc") {
        return skip("libraries in another host", "no C compiler");
    }
    for (tag, options) in [("dwarf", &[][..]), ("content", &["-ldflags=-s"])] {
        let Some(libraries) = libraries(options, tag) else { return };
        let host = scratch(&format!("look-host-{tag}")).join("host");
        let source = root().join("testdata/look/host.c");
        succeed(Command::new("cc").arg(source).arg("-ldl").arg("-o").arg(&host));
        let mut guest = Ends(Guest::run(Command::new(&host).args(&libraries)));
        assert_eq!(guest.0.line(), "ready\n");
        two_runtimes(&guest.0, tag);
    }
}

#[test]
fn libraries_in_python() {
    let works =
        |python: &&str| run(Command::new(python).args(["-c", "import ctypes"])).status.success();
    let python =
        ["/usr/bin/python3", "python3"].into_iter().filter(|python| is_there(python)).find(works);
    let Some(python) = python else { return skip("libraries in Python", "no Python with ctypes") };
    if !is_there("cc") {
        return skip("libraries in Python", "no C compiler");
    }
    let Some(libraries) = libraries(&[], "python") else { return };
    let script = "import ctypes, sys\n\
                  for name in sys.argv[1:]: assert ctypes.CDLL(name).Take() == 8\n\
                  print('ready', flush=True)\n\
                  sys.stdin.read()";
    let mut guest = Ends(Guest::run(Command::new(python).args(["-c", script]).args(&libraries)));
    assert_eq!(guest.0.line(), "ready\n");
    two_runtimes(&guest.0, "dwarf");
    // As after an upgrade. Only root may open what a process has mapped.
    for library in libraries {
        std::fs::remove_file(library).unwrap();
    }
    let said = run(gosbrk().args(["look", &guest.0.pid().to_string()]));
    if said.status.success() {
        two_runtimes(&guest.0, "dwarf");
    } else {
        assert!(text(&said.stderr).contains("(deleted) is Go\nhint: "), "{}", text(&said.stderr));
    }
}

/// Two libraries with 8 MiB each in a process that is not Go itself.
fn two_runtimes(guest: &Guest, source: &str) {
    let said = json(guest.pid());
    let runtimes = said["runtimes"].as_array().unwrap();
    assert_eq!(runtimes.len(), 2, "{said}");
    for runtime in runtimes {
        let held = runtime["held"].as_u64().unwrap();
        assert!((8 << 20..9 << 20).contains(&held), "{said}");
        assert_eq!(runtime["source"], source);
    }
    let held = said["held"].as_u64().unwrap();
    assert!((16 << 20..18 << 20).contains(&held), "{said}");
    let snapshot = Target::open(i32::try_from(guest.pid()).unwrap()).unwrap().look().unwrap();
    adds_up(&snapshot);
}
