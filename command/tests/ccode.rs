//! C code in whole Go programs: the C stacks of threads, glibc's arenas, the settings for
//! both, and what is said when a C stack is full.

mod common;

use common::whole::{STOCK, go, gosbrk, numbers};
use common::{can_link, is_there, own_file, run, scratch, skip, succeed, tell, text};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{LazyLock, Mutex, PoisonError};

/// The releases whose runtimes differ, and the one at hand.
const RELEASES: [&str; 4] = ["1.24.11", "1.25.5", "1.26.6", "1.27.3"];
const OWN: &str = "local";

/// So many threads are in C at once.
const THREADS: &str = "16";

/// How the line begins, for threads and for the main one.
const THREAD_IS_FULL: &str = "gosbrk: the C stack of this thread is full: ";
const MAIN_IS_FULL: &str = "gosbrk: the C stack of the main thread is full: ";

/// Whether a release can be had; if not, that is told.
fn is_had(release: &str) -> bool {
    static HAD: LazyLock<Mutex<BTreeMap<String, bool>>> = LazyLock::new(Mutex::default);
    let mut had = HAD.lock().unwrap_or_else(PoisonError::into_inner);
    *had.entry(release.to_owned()).or_insert_with(|| {
        let there = run(go(&["version"]).env("GOTOOLCHAIN", toolchain(release))).status.success();
        if !there {
            skip(&format!("C code on Go {release}"), "the go command cannot get that release");
        }
        there
    })
}

fn toolchain(release: &str) -> String {
    if release == OWN { OWN.to_owned() } else { format!("go{release}") }
}

/// Builds the program with a layout or stock Go; `tag` names what is special about it.
fn build_on(on: &str, release: &str, tag: &str, prepare: impl Fn(&mut Command)) -> PathBuf {
    let program = own_file(&format!("ccode-{on}-{release}-{tag}"));
    let mut command = match on {
        STOCK => go(&["build"]),
        layout => gosbrk(&["--layout", layout, "go", "build"]),
    };
    command.env("GOTOOLCHAIN", toolchain(release)).env("CGO_ENABLED", "1");
    prepare(command.arg("-o").arg(&program));
    succeed(command.arg("./ccode"));
    program
}

/// The usual program with a layout or stock Go.
fn program(on: &str) -> PathBuf {
    program_on(on, OWN)
}

/// The same by the Go of a release; each is built once.
fn program_on(on: &str, release: &str) -> PathBuf {
    static BUILT: LazyLock<Mutex<BTreeMap<String, PathBuf>>> = LazyLock::new(Mutex::default);
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let make = || build_on(on, release, "usual", |_| ());
    built.entry(format!("{on} {release}")).or_insert_with(make).clone()
}

/// A run of a program, under limits that a shell sets, with these variables.
fn run_with(program: &Path, limits: &str, variables: &[(&str, &str)], args: &[&str]) -> Output {
    let script = format!("{limits}; exec \"$@\"");
    let mut command = Command::new("bash");
    command.args(["-c", &script, "bash"]).arg(program).args(args);
    for name in ["GOSBRK", "MALLOC_ARENA_MAX", "GLIBC_TUNABLES", "GOTRACEBACK"] {
        command.env_remove(name);
    }
    run(command.envs(variables.iter().copied()))
}

/// The limit that most systems have, so that the tests mean the same everywhere.
const USUAL: &str = "ulimit -s 8192";

/// The numbers that a run says, which must end well.
fn said(program: &Path, limits: &str, variables: &[(&str, &str)], args: &[&str]) -> Numbers {
    let output = run_with(program, limits, variables, args);
    let said = numbers(&text(&output.stdout));
    assert_eq!(said.get("done"), Some(&1), "{variables:?} {args:?}: {output:?}");
    said
}

type Numbers = BTreeMap<String, u64>;

/// Checks that a run dies in Go's words, and gives what it says before them.
fn said_before_gos_words(output: &Output) -> String {
    let said = text(&output.stderr);
    let (before, words) = said.split_once("SIGSEGV: segmentation violation\n").expect(&said);
    assert!(!output.status.success(), "{said}");
    assert!(words.contains("goroutine "), "{said}");
    before.to_owned()
}

#[test]
fn sixteen_threads_take_little_on_each_release() {
    for release in RELEASES.into_iter().filter(|release| is_had(release)) {
        let program = program_on("compact", release);
        let said = said(&program, USUAL, &[], &["threads", THREADS]);
        tell(&format!("16 threads in C on Go {release}, compact: {said:?}"));
        assert_eq!((said["least"], said["most"]), (1024, 1024), "Go {release}");
        // Of stock's 2,370,000; the threads besides the 16 are the runtime's own.
        assert!(said["VmPeak"] <= 34_000, "Go {release}: {said:?}");
        let output = run_with(&program, "ulimit -v 34000", &[], &["threads", THREADS]);
        assert!(text(&output.stdout).contains("done 1"), "Go {release}: {output:?}");
    }
}

#[test]
fn a_stack_is_as_deep_as_asked_on_each_release() {
    for release in RELEASES.into_iter().filter(|release| is_had(release)) {
        let program = program_on("compact", release);
        stack_works(&program, &format!("Go {release}"));
    }
}

/// A stack of 1 MiB, one of 8 MiB, and the line when the first is full.
fn stack_works(program: &Path, what: &str) {
    said(program, USUAL, &[], &["deep", "800"]);
    said(program, USUAL, &[("GOSBRK", "cstack=8M")], &["deep", "7168"]);
    said(program, USUAL, &[], &["deep-main", "7168"]);
    let default = format!(
        "{THREAD_IS_FULL}1024 KiB, the default of the layout compact (GOSBRK=cstack=8M raises it)\n"
    );
    // One wide frame ends below the stacks of all threads: in between it would hit memory.
    for (way, kib) in [("deep", "7168"), ("wide", "65536")] {
        let full = run_with(program, USUAL, &[], &[way, kib]);
        assert_eq!(said_before_gos_words(&full), default, "{what}, {way}");
    }
}

#[test]
fn every_way_to_link_has_it() {
    let external = "-ldflags=-linkmode=external";
    let fixed = "-ldflags=-linkmode=external -extldflags=-static";
    let mut ways = vec![
        ("internal", "-ldflags=-linkmode=internal", None),
        ("external", external, None),
        ("pie", "-buildmode=pie", None),
    ];
    if can_link(&scratch("ccode-static"), &["-static"]) {
        ways.push(("static", fixed, None));
    } else {
        skip("C code in static programs", "the C library is not there for them");
    }
    if is_there("musl-gcc") {
        ways.push(("musl", fixed, Some("musl-gcc")));
    } else {
        skip("C code with musl", "there is no musl-gcc (the package musl-tools)");
    }
    for (name, option, cc) in ways {
        let program = build_on("compact", OWN, name, |command| {
            command.arg(option).envs(cc.map(|cc| ("CC", cc)));
        });
        stack_works(&program, name);
        let said = said(&program, USUAL, &[], &["threads", THREADS]);
        tell(&format!("16 threads in C, {name}: {said:?}"));
        assert!(said["VmPeak"] <= 34_000, "{name}: {said:?}");
    }
}

#[test]
fn the_line_names_the_limit_that_was_hit() {
    let [plain, compact] = ["plain", "compact"].map(program);
    let ulimit = "set by ulimit -s (a higher ulimit -s raises it)";
    for (program, limits, settings, way, want) in [
        (
            &compact,
            USUAL,
            "",
            "deep",
            "1024 KiB, the default of the layout compact (GOSBRK=cstack=8M raises it)",
        ),
        (
            &compact,
            "ulimit -s 4000",
            "",
            "deep",
            "1024 KiB, the default of the layout compact (GOSBRK=cstack=4000K raises it)",
        ),
        (
            &compact,
            USUAL,
            "cstack=256K",
            "deep",
            "256 KiB, set by GOSBRK=cstack (GOSBRK=cstack=8M raises it)",
        ),
        (
            &compact,
            "ulimit -s 65536",
            "cstack=8M",
            "deep",
            "8192 KiB, set by GOSBRK=cstack (GOSBRK=cstack=16M raises it)",
        ),
        (
            &compact,
            USUAL,
            "cstack=8M",
            "deep",
            "8192 KiB, set by GOSBRK=cstack (a higher GOSBRK=cstack and ulimit -s raise it)",
        ),
        (&compact, "ulimit -s 512", "", "deep", &format!("512 KiB, {ulimit}")),
        (&compact, "ulimit -s 512", "cstack=8M", "deep", &format!("512 KiB, {ulimit}")),
        (&compact, USUAL, "cstack=default", "deep", &format!("8192 KiB, {ulimit}")),
        (&plain, USUAL, "", "deep", &format!("8192 KiB, {ulimit}")),
        (
            &plain,
            USUAL,
            "cstack=2M",
            "deep",
            "2048 KiB, set by GOSBRK=cstack (GOSBRK=cstack=8M raises it)",
        ),
        (&compact, USUAL, "cstack=2M", "deep-main", &format!("8192 KiB, {ulimit}")),
        (&compact, "ulimit -s 700", "", "deep-main", &format!("700 KiB, {ulimit}")),
        (&plain, USUAL, "", "deep-main", &format!("8192 KiB, {ulimit}")),
    ] {
        let full = run_with(program, limits, &[("GOSBRK", settings)], &[way, "20000"]);
        let begins = if way == "deep" { THREAD_IS_FULL } else { MAIN_IS_FULL };
        let said = said_before_gos_words(&full);
        assert_eq!(said, format!("{begins}{want}\n"), "{limits}, GOSBRK={settings}");
    }
}

#[test]
fn without_a_limit_glibcs_default_is_named() {
    let said = said_before_gos_words(&run_with(
        &program("plain"),
        "ulimit -s unlimited",
        &[],
        &["deep", "20000"],
    ));
    assert_eq!(
        said,
        format!("{THREAD_IS_FULL}2048 KiB, the C library's default (GOSBRK=cstack=8M raises it)\n")
    );
}

#[test]
fn another_fault_is_not_a_full_stack() {
    for on in ["plain", "compact"] {
        let bad = run_with(&program(on), USUAL, &[], &["bad"]);
        assert_eq!(said_before_gos_words(&bad), "", "{on}");
    }
}

#[test]
fn threads_that_c_starts_are_not_touched() {
    let program = program("compact");
    let size = |kib: &str| said(&program, USUAL, &[], &["c-thread", "0", kib, "0"])["KiB"];
    assert_eq!([size("0"), size("300")], [8192, 300]);
    // Go is called there, and calls C.
    let full = run_with(&program, USUAL, &[], &["c-thread", "1", "300", "400"]);
    assert_eq!(
        said_before_gos_words(&full),
        format!("{THREAD_IS_FULL}300 KiB, chosen by the C code that started the thread\n")
    );
}

/// C code that walks the list of libraries holds the list's lock: a new thread must not need it.
#[test]
fn threads_start_while_c_code_walks_the_libraries() {
    for on in [STOCK, "compact"] {
        let mut command = Command::new("timeout");
        succeed(command.arg("60").arg(program(on)).arg("among-libraries"));
    }
}

/// glibc takes them out of a thread's stack.
#[test]
fn many_thread_local_variables_leave_the_stack_as_it_is() {
    let program = build_on("compact", OWN, "tls", |command| {
        command.env("CGO_CFLAGS", "-g -DTLS=2048");
    });
    stack_works(&program, "2 MiB of thread-local variables");
}

/// So many arenas malloc has at least after the program's eight threads, if it may.
const MANY: u64 = 4;

#[test]
fn malloc_has_as_many_arenas_as_asked() {
    let [stock, plain, compact] = [STOCK, "plain", "compact"].map(program);
    let arenas = |program: &Path, variables: &[(&str, &str)]| {
        said(program, USUAL, variables, &["arenas"])["arenas"]
    };
    if arenas(&stock, &[]) < MANY {
        return skip("arenas of malloc", "this C library does not tell, or has few");
    }
    for (program, variables, want) in [
        (&plain, &[][..], MANY),
        (&compact, &[], 1),
        (&compact, &[("GOSBRK", "arenas=2")], 2),
        (&compact, &[("GOSBRK", "arenas=default")], MANY),
        (&plain, &[("GOSBRK", "arenas=1")], 1),
        // glibc's own settings win over the layout's default, and lose to GOSBRK's.
        (&compact, &[("MALLOC_ARENA_MAX", "3")], 3),
        (&compact, &[("GLIBC_TUNABLES", "glibc.malloc.arena_max=3")], 3),
        (&compact, &[("MALLOC_ARENA_MAX", "3"), ("GOSBRK", "arenas=2")], 2),
        (&compact, &[("GLIBC_TUNABLES", "glibc.malloc.tcache_count=3")], 1),
    ] {
        // Where there is no limit, threads that end leave theirs to others.
        let got = arenas(program, variables).min(MANY);
        assert_eq!(got, want, "{} {variables:?}", program.display());
    }
}

#[test]
fn the_plain_layout_has_the_systems_defaults() {
    let [stock, plain] =
        [STOCK, "plain"].map(|on| said(&program(on), USUAL, &[], &["threads", "4"]));
    assert_eq!((plain["least"], plain["most"]), (stock["least"], stock["most"]));
    let set = said(&program("plain"), USUAL, &[("GOSBRK", "cstack=256K")], &["threads", "4"]);
    assert_eq!((set["least"], set["most"]), (256, 256));
}

/// What Python does with the library: threads of Go's and what they have, all rw mappings
/// of at least 256 KiB that have no name, arenas, and C code so many KiB deep.
const SCRIPT: &str = r#"
import ctypes, sys
library = ctypes.CDLL(sys.argv[1])
library.Threads(4)
sys.stdout.flush()
for line in open("/proc/self/maps"):
    fields = line.split()
    low, high = (int(half, 16) for half in fields[0].split("-"))
    if fields[1] == "rw-p" and len(fields) == 5 and high - low == int(sys.argv[2]) << 10:
        print("stack", (high - low) >> 10)
print("arenas", library.Arenas(8))
sys.stdout.flush()
library.Deep(int(sys.argv[3]))
print("done 1")
"#;

#[test]
fn a_library_in_python_sets_the_stacks_of_gos_threads_alone() {
    if !is_there("python3") {
        return skip("C code of a library in Python", "there is no python3");
    }
    let build = |on| {
        build_on(on, OWN, "library.so", |command| {
            command.arg("-buildmode=c-shared");
        })
    };
    let [stock, compact] = [STOCK, "compact"].map(build);
    let python = |library: &Path, settings: &str, mapping: &str, depth: &str| {
        let args = ["-c", SCRIPT, library.to_str().unwrap(), mapping, depth];
        run_with(Path::new("python3"), USUAL, &[("GOSBRK", settings)], &args)
    };
    let numbers = |output: &Output| {
        let said = numbers(&text(&output.stdout));
        assert_eq!(said.get("done"), Some(&1), "{output:?}");
        said
    };
    let usual = numbers(&python(&stock, "", "8192", "800"));
    for (settings, stack, depth) in [
        ("", 1024, "800"),
        ("arenas=1", 1024, "800"),
        ("cstack=3M", 3072, "2800"),
        ("cstack=default", usual["least"], "7168"),
    ] {
        let output = python(&compact, settings, "8192", depth);
        let said = numbers(&output);
        assert_eq!((said["least"], said["most"]), (stack, stack), "GOSBRK={settings}");
        assert!(said["arenas"] >= MANY, "GOSBRK={settings}: {said:?}");
        // Nor has the thread that begins the runtime another one.
        let others = text(&output.stdout).contains("stack 8192");
        assert_eq!(others, stack == 8192, "GOSBRK={settings}: {output:?}");
    }
    let full = python(&compact, "", "8192", "7168");
    assert!(said_before_gos_words(&full).starts_with(THREAD_IS_FULL), "{full:?}");
    let refused = python(&compact, "cstack=8x", "8192", "800");
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    assert!(text(&refused.stderr).starts_with("gosbrk: GOSBRK: \"cstack=8x\": "), "{refused:?}");
}

#[test]
fn programs_without_c_code_accept_the_settings() {
    let hello = scratch("ccode-hello").join("hello");
    let mut command = gosbrk(&["--layout", "compact", "go", "build", "-o"]);
    succeed(command.arg(&hello).arg("./hello").env("CGO_ENABLED", "0"));
    let output = run_with(&hello, USUAL, &[("GOSBRK", "cstack=8M,arenas=default")], &[]);
    assert_eq!(text(&output.stdout), "hello, world\n", "{output:?}");
}
