//! Programs of every kind are recorded, and each to its end.

use crate::common::{is_there, long, root, run, scratch, skip, succeed, text};
use crate::program::{OWN, build, gosbrk, place, record};
use gosbrk_look::model::ROWS;
use gosbrk_trace::file::{End, Trace};
use gosbrk_trace::identity::Identity;
use gosbrk_trace::stat::Stat;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const LAYOUTS: [&str; 2] = ["plain", "compact"];
const MIB: u64 = 1 << 20;

/// Builds a package of `testdata/go` with these options.
fn built(package: &str, kind: &str, layout: &str, cgo: &str, options: &[&str]) -> PathBuf {
    let path = place(&format!("{package}-{kind}-{layout}"));
    let mut command = gosbrk();
    command.current_dir(root().join("testdata/go")).env("CGO_ENABLED", cgo);
    command.args(["--layout", layout, "go", "build", "-o"]).arg(&path).args(options);
    succeed(command.arg(format!("./{package}")));
    path
}

/// Runs a program until it ends, however that is, and gives its trace.
fn recorded(command: &mut Command, name: &str) -> Trace {
    let file = place(&format!("{name}.gosbrk"));
    let output = run(command.env("GOSBRK", format!("trace={}", file.display())));
    Trace::open(&file).unwrap_or_else(|trouble| panic!("{name}: {trouble}: {output:?}"))
}

/// The rows of a moment: of all of them the size is known.
#[track_caller]
fn all_known(trace: &Trace, peak: bool, about: &str) -> [u64; 10] {
    let stat = Stat::of(trace, None, |_| ()).unwrap();
    let moment = if peak { stat.peak.unwrap() } else { stat.end };
    let rows = moment.figures.0;
    for (row, figure) in ROWS.iter().zip(rows) {
        assert!(figure.is_ok(), "{about}: {} is unknown: {}", row.key, figure.unwrap_err().text());
    }
    rows.map(Result::unwrap)
}

#[test]
fn every_way_to_end_is_in_the_trace() {
    for layout in LAYOUTS {
        let program = built("ends", "pure", layout, "0", &[]);
        for way in ["return", "exit", "panic", "throw", "fault", "signal"] {
            let trace = recorded(Command::new(&program).arg(way), &format!("ends-{way}-{layout}"));
            assert_eq!(trace.end, End::Exited, "{way}, {layout}");
            let rows = all_known(&trace, false, &format!("{way}, {layout}"));
            assert!(rows[0] >= 8 * MIB && rows[9] >= 8 * MIB, "{way}, {layout}: {rows:?}");
            // Nothing was resident but at the end.
            all_known(&trace, true, &format!("{way}, {layout}"));
        }
        let trace = recorded(Command::new(&program).arg("kill"), &format!("ends-kill-{layout}"));
        assert_eq!(trace.end, End::Open, "{layout}");
    }
}

/// What is true of the trace of a small program of every kind.
fn holds(trace: &Trace, about: &str) {
    let identity = Identity::of(trace).unwrap();
    assert!(!identity.differences.is_empty(), "{about}");
    assert_eq!(identity.median(), 0, "{about}: {:?}", identity.differences);
    assert!(trace.header.go.starts_with("go1."), "{about}: {}", trace.header.go);
}

/// Each release has the layout that other tests build programs of it in, so that std is compiled
/// once; with the long amounts it has both.
#[test]
fn a_short_program_is_recorded_on_every_release() {
    for (release, one) in
        [("1.24.11", "plain"), ("1.25.5", "compact"), ("1.26.6", "compact"), ("1.27.3", "plain")]
    {
        let layouts = if long() { &LAYOUTS[..] } else { &[one] };
        for &layout in layouts {
            let Some(program) = build("memory", layout, release) else { continue };
            let about = format!("{layout}, Go {release}");
            let mut command = Command::new(program);
            let trace =
                recorded(command.args(["brief", "2"]), &format!("brief-{layout}-{release}"));
            holds(&trace, &about);
            assert_eq!(trace.header.go, format!("go{release}"), "{about}");
            assert_eq!(trace.end, End::Exited, "{about}");
            all_known(&trace, false, &about);
            all_known(&trace, true, &about);
        }
    }
}

#[test]
fn programs_of_every_kind_are_recorded() {
    for layout in LAYOUTS {
        let static_ = ["-ldflags=-linkmode=external -extldflags=-static", "-tags=netgo,osusergo"];
        for (kind, options) in
            [("cgo", &[][..]), ("pie", &["-buildmode=pie"]), ("static", &static_)]
        {
            let program = built("modes", kind, layout, "1", options);
            let trace = recorded(&mut Command::new(program), &format!("modes-{kind}-{layout}"));
            holds(&trace, &format!("{kind}, {layout}"));
            assert_eq!(trace.end, End::Exited, "{kind}, {layout}");
            all_known(&trace, false, &format!("{kind}, {layout}"));
        }
    }
}

#[test]
fn a_library_in_python_is_recorded() {
    if !is_there("python3") {
        return skip("a recorded library in Python", "there is no python3");
    }
    let script = "import ctypes, sys; library = ctypes.CDLL(sys.argv[1]); library.Work(50)";
    for layout in LAYOUTS {
        let library = built("modes", "python.so", layout, "1", &["-buildmode=c-shared"]);
        let mut python = Command::new("python3");
        python.args(["-c", script]).arg(library);
        let trace = recorded(&mut python, &format!("python-{layout}"));
        holds(&trace, layout);
        // Python ends the process, and does not ask the library.
        assert_eq!(trace.end, End::Open, "{layout}");
    }
}

/// As many stacks as one wants to see.
#[test]
fn a_hundred_thousand_goroutines_are_seen() {
    const COUNT: u32 = 100_000;
    let Some(recorded) = record("stacks", COUNT, "compact", OWN) else { return };
    let trace = &recorded.trace;
    assert_eq!((trace.lost, trace.end), (0, End::Exited));
    let rows = all_known(trace, true, "stacks");
    let count = u64::from(COUNT);
    assert!((count * 4096..count * 9216).contains(&rows[3]), "{rows:?}");
    let theirs = recorded.said["StackInuse"];
    assert!(rows[3].abs_diff(theirs) < 8 * MIB, "{rows:?}, {theirs}");
    assert_eq!(Identity::of(trace).unwrap().median(), 0);
}

#[test]
fn memory_of_c_code_is_not_the_runtimes() {
    for layout in LAYOUTS {
        let Some(program) = build("cmemory", layout, OWN) else { return };
        let mut command = Command::new(program);
        let trace = recorded(command.stdin(Stdio::null()), &format!("cmemory-{layout}"));
        let rows = all_known(&trace, false, layout);
        // 24 MiB, what malloc has for itself, libraries, thread stacks.
        assert!((24 * MIB..32 * MIB).contains(&rows[6]), "{layout}: {rows:?}");
        assert!((4 * MIB..8 * MIB).contains(&rows[0]), "{layout}: {rows:?}");
    }
}

/// The traces in a folder.
fn traces(folder: &Path) -> Vec<Trace> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|end| end == "gosbrk"));
    files.map(|file| Trace::open(&file).unwrap()).collect()
}

#[test]
fn of_many_processes_none_is_lost() {
    const COUNT: usize = 100;
    let program = built("ends", "many", "compact", "0", &[]);
    let folder = scratch("trace-many");
    let start = |_| {
        let mut command = Command::new(&program);
        command.arg("exit").env("GOSBRK", format!("trace={}", folder.join("").display()));
        command.spawn().unwrap()
    };
    let mut began = BTreeSet::new();
    for _ in 0..COUNT / 10 {
        let children: Vec<_> = (0..10).map(start).collect();
        for mut child in children {
            began.insert(u64::from(child.id()));
            assert!(child.wait().unwrap().success());
        }
    }
    let traces = traces(&folder);
    let found: BTreeSet<_> = traces.iter().map(|trace| trace.header.pid).collect();
    assert_eq!(found, began);
    assert!(traces.iter().all(|trace| trace.end == End::Exited && trace.calls > 20));
}

#[test]
fn every_process_of_go_test_is_kept() {
    const PACKAGES: usize = 4;
    let module = scratch("trace-go-test");
    fs::write(module.join("go.mod"), "module many\n\ngo 1.24\n").unwrap();
    for i in 0..PACKAGES {
        let folder = module.join(format!("p{i}"));
        fs::create_dir(&folder).unwrap();
        let test = format!("package p{i}\n\nimport \"testing\"\n\nfunc Test(t *testing.T) {{}}\n");
        fs::write(folder.join("p_test.go"), test).unwrap();
    }
    let mut command = gosbrk();
    command.current_dir(&module).args(["--layout", "compact", "trace", "record", "-o", "all/"]);
    let output = run(command.args(["go", "test", "-count=1", "./..."]));
    assert!(output.status.success(), "{}", text(&output.stderr));
    let tests: BTreeSet<_> = traces(&module.join("all"))
        .iter()
        .filter(|trace| trace.end == End::Exited)
        .map(|trace| trace.header.command[0].rsplit('/').next().unwrap_or_default().to_owned())
        .filter(|name| Path::new(name).extension() == Some("test".as_ref()))
        .collect();
    assert_eq!(tests.len(), PACKAGES, "{tests:?}: {}", text(&output.stderr));
}
