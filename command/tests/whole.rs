//! Whole Go programs on the layer, as the command `gosbrk` builds them: the
//! programs of `testdata/go`, in both layouts, compared with Go as it is.

mod common;

use common::cgroup::Cgroup;
use common::trace::Trace;
use common::whole::{
    build, build_stock, build_with, go, gosbrk, least, least_of, limited, numbers, small_arenas,
};
use common::{is_there, own_file, run, scratch, skip, succeed, tell, text};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;

const LAYOUTS: [&str; 2] = ["plain", "compact"];

#[test]
fn hello_in_both_layouts_with_and_without_cgo() {
    for layout in LAYOUTS {
        for cgo in ["0", "1"] {
            let mut command = gosbrk(&["--layout", layout, "go", "run", "./hello"]);
            assert_eq!(succeed(command.env("CGO_ENABLED", cgo)), "hello, world\n");
        }
    }
}

#[test]
fn compact_hello_is_small() {
    let hello = build("hello", "compact", &[]);
    let peak = least(&hello, &["memory"], "VmPeak");
    let maps = least(&hello, &["memory"], "maps");
    tell(&format!("compact hello: VmPeak {peak} KiB, {maps} maps"));
    let (most, limit) = if small_arenas() { (5600, 6000) } else { (8192, 10000) };
    assert!(peak <= most, "VmPeak is {peak} KiB");
    // Two of the kernel's own are newer than the aim of 10: Linux 6.13 split vvar.
    assert!(maps <= 10, "{maps} maps");
    let output = limited(&format!("ulimit -v {limit}"), &hello, &[]);
    assert_eq!(text(&output.stdout), "hello, world\n", "{output:?}");
}

#[test]
fn programs_are_compact_unless_told_otherwise() {
    let hello = build_with(&["go", "build"], "hello", "default", &[]);
    let peak = least(&hello, &["memory"], "VmPeak");
    assert!(peak <= 8192, "VmPeak is {peak} KiB");
    let help = succeed(&mut gosbrk(&["--help"]));
    assert!(help.contains("[default: compact]"), "{help}");
    let roots = [&["goroot"][..], &["--layout", "compact", "goroot"]];
    let [default, compact] = roots.map(|args| succeed(&mut gosbrk(args)));
    assert_eq!(default, compact);
}

#[test]
fn hello_is_as_resident_as_stock() {
    let measure = |program: &Path| {
        let file = std::fs::metadata(program).unwrap().len() >> 10;
        (file, least(program, &["memory"], "Rss"))
    };
    let (stock_file, stock) = measure(&build_stock("hello"));
    for layout in LAYOUTS {
        let (file, resident) = measure(&build("hello", layout, &[]));
        // The layer's code, and the tables that Go's linker makes for it.
        let code = file - stock_file;
        tell(&format!("{layout} hello: {resident} KiB resident (stock {stock}), {code} of code"));
        assert!(code <= 160, "{layout}: {code} KiB of code");
        // A program's file gets into memory in windows of 64 KiB, so a page more that
        // the linker puts elsewhere, such as a longer path, can bring in a whole one.
        let window = 64;
        let heap = resident - code - window;
        assert!(heap * 100 <= stock * 105, "{layout}: {resident}, stock {stock}");
    }
}

#[test]
fn static_programs_stay_static() {
    let program = own_file("hello-static");
    let mut command = gosbrk(&["go", "build", "-trimpath", "-ldflags=-s -w", "-o"]);
    succeed(command.arg(&program).arg("./hello").env("CGO_ENABLED", "0"));
    assert_eq!(succeed(&mut Command::new(&program)), "hello, world\n");
    let headers =
        succeed(Command::new("readelf").args(["--wide", "--program-headers"]).arg(program));
    assert!(!headers.contains("INTERP"), "{headers}");
}

#[test]
fn every_build_mode_links() {
    let verb = ["--layout", "plain", "go", "build"];
    for (mode, options) in [
        ("pie", &["-buildmode=pie"][..]),
        ("external", &["-ldflags=-linkmode=external"]),
        ("pie-external", &["-buildmode=pie", "-ldflags=-linkmode=external"]),
        ("debug", &["-gcflags=all=-N -l"]),
    ] {
        // Not under the name that other tests build theirs by.
        let hello = build_with(&verb, "hello", mode, options);
        assert_eq!(succeed(&mut Command::new(hello)), "hello, world\n", "{options:?}");
    }
}

#[test]
fn heap_that_is_freed_goes_back() {
    // Its numbers differ by 3 % from run to run, and each run fills 300 MiB.
    let of_some_runs = |program: &Path| least_of(8, program, &[]);
    let stock = of_some_runs(&build_stock("freed"));
    let [stock_left, stock_released, stock_sys] =
        ["freed.rss", "freed.released", "full.sys"].map(|name| stock[name]);
    for layout in LAYOUTS {
        let freed = build("freed", layout, &[]);
        let left = of_some_runs(&freed)["freed.rss"];
        // The layer's code and records, and what describes 200 arenas of 1 MiB.
        let slack = 192;
        assert!(
            left * 100 <= stock_left * 105 + slack * 100,
            "{layout}: {left} KiB are left, stock {stock_left}"
        );
        let said = numbers(&succeed(&mut Command::new(&freed)));
        assert!(said["freed.released"] * 100 >= stock_released * 95, "{layout}: {said:?}");
        assert!(said["freed.sys"] >= said["freed.released"], "{layout}: {said:?}");
        // 200 MiB and no more than one arena besides.
        let sys = said["full.sys"];
        assert!((200 << 10..=stock_sys.max(264 << 10)).contains(&sys), "{layout}: {said:?}");
        assert!(said["full.idle"] + (200 << 10) <= sys, "{layout}: {said:?}");
    }
    // Go's exact sbrk layer gives nothing back.
    let advice = ["--advice", "go", "go", "build"];
    let ours = numbers(&succeed(&mut Command::new(build_with(&advice, "freed", "go", &[]))));
    assert!(ours["freed.rss"] * 100 >= ours["full.rss"] * 95, "{ours:?}");
}

#[test]
fn advice_changes_no_address() {
    let dir = scratch("advice");
    let traces = ["os", "go"].map(|advice| {
        let program = build_with(&["--advice", advice, "go", "build"], "steps", advice, &[]);
        let trace = dir.join(advice);
        let setting = format!("trace={}", trace.display());
        let mut command = Command::new(program);
        succeed(command.env("GOSBRK", setting).env("GOMAXPROCS", "1"));
        Trace::read(trace).text()
    });
    // The scavenger's hints come when they come; what moves memory is the same.
    let moves = |trace: &str| {
        let moving = |line: &&str| {
            ["init", "alloc", "free", "reserve"].iter().any(|op| line.starts_with(op))
        };
        trace.lines().filter(moving).map(str::to_owned).collect::<Vec<_>>()
    };
    let [os, go] = [moves(&traces[0]), moves(&traces[1])];
    assert!(os.len() > 20, "{os:?}");
    assert!(traces[0].contains("\nunused +"), "nothing was given back");
    assert_eq!(os, go);
}

#[test]
fn the_layer_is_reached_from_everywhere() {
    for layout in LAYOUTS {
        for (program, options, want) in [
            ("threads", &[][..], "threads of C and of Go\n"),
            ("nog", &["-ldflags=-checklinkname=0"], "threads without a g\n"),
            ("stacks", &["-ldflags=-checklinkname=0"], "three stacks\n"),
            ("forks", &[], "100 children\n"),
            ("signals", &[], "signals in the middle\n"),
        ] {
            let program = build(program, layout, options);
            let output =
                limited("ulimit -c 0", Path::new("timeout"), &["120", program.to_str().unwrap()]);
            assert!(output.status.success(), "{layout}: {output:?}");
            assert_eq!(text(&output.stdout), want, "{layout}");
        }
    }
}

#[test]
fn go_as_it_is_may_not_be_called_without_a_g() {
    // What the threads of `nog` show is that they need not be careful here.
    let program = own_file("nog-stock");
    succeed(go(&["build", "-ldflags=-checklinkname=0", "-o"]).arg(&program).arg("./nog"));
    assert!(!limited("ulimit -c 0", &program, &[]).status.success());
}

/// Under every limit a program either works or dies in Go's own words, with Go's
/// own status; it is never killed and never finds its memory overwritten.
#[test]
fn out_of_memory_is_gos_own_message() {
    let words = [
        "out of memory",
        "cannot allocate memory",
        "the heap cannot begin",
        "failed to create new OS thread",
        "failed to reserve",
    ];
    for (layout, limits) in [
        ("plain", [600_000, 1_247_000, 1_260_000, 1_300_000, 1_500_000]),
        ("compact", [3_000, 6_000, 7_000, 20_000, 200_000]),
    ] {
        let hello = build("hello", layout, &[]);
        let oom = build("oom", layout, &[]);
        for limit in limits {
            for program in [&hello, &oom] {
                let output = limited(&format!("ulimit -c 0; ulimit -v {limit}"), program, &[]);
                let said = text(&output.stderr);
                if *program == hello && output.status.success() {
                    continue;
                }
                assert!(
                    output.status.code() == Some(2)
                        && words.iter().any(|words| said.contains(words)),
                    "{layout}, ulimit -v {limit}: {output:?}"
                );
            }
        }
    }
}

#[test]
fn the_ceiling_of_compact_is_said() {
    let ceiling = build("ceiling", "compact", &[]);
    let output = limited("ulimit -c 0", &ceiling, &[]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = text(&output.stderr);
    let want = "gosbrk: out of memory: the heap is at its limit, 60 GiB in the layout compact; \
                build with --layout plain for more\n";
    assert!(said.starts_with(want) && said.contains("runtime: out of memory"), "{said}");
    // Of 60 GiB what is not heap takes a part of the last one.
    assert_eq!(text(&output.stdout).lines().last(), Some("59"));
}

/// The kernel ends a program that is over its cgroup's limit, on gosbrk as on
/// Go as it is. What must not be is a block that another one overwrote.
#[test]
fn a_cgroup_ends_a_program_as_it_does_elsewhere() {
    let Some(group) = Cgroup::new(64 << 20) else {
        return skip("a cgroup's limit", "this user can make no cgroup");
    };
    let enter = format!("ulimit -c 0; {}", group.enter());
    let sigkill = Some(9);
    assert_eq!(limited(&enter, &build_stock("oom"), &[]).status.signal(), sigkill);
    for layout in LAYOUTS {
        let output = limited(&enter, &build("oom", layout, &[]), &[]);
        assert_eq!(output.status.signal(), sigkill, "{layout}: {output:?}");
        assert_eq!(text(&output.stdout), "", "{layout}");
    }
}

#[test]
fn a_trace_says_what_memory_is_for() {
    let trace = scratch("trace").join("hello");
    let mut command = gosbrk(&["--trace"]);
    succeed(command.arg(&trace).args(["go", "run", "./hello"]));
    let trace = Trace::read(trace).text();
    let output = run(gosbrk(&["--trace", "a,b"]).args(["go", "version"]));
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(text(&output.stderr).contains("no comma"), "{output:?}");
    // Addresses are counted from a multiple of every alignment.
    let start = if small_arenas() { "0x40000" } else { "0x300000" };
    let init = format!("init profile=plan9 start={start} initial=0x0 limit=0x");
    assert!(trace.starts_with(&init), "{trace}");
    for name in ["\"page summary\"", "\"heap index\"", "\"heap\"", "\"immortal metadata\""] {
        assert!(trace.contains(name), "{name} is not in it:\n{trace}");
    }
}

#[test]
fn mappings_are_named_when_asked_for() {
    let hello = build("hello", "compact", &[]);
    let named = |godebug: &str| {
        let said = succeed(Command::new(&hello).arg("memory").env("GODEBUG", godebug));
        numbers(&said)["named"]
    };
    assert_eq!(named(""), 0);
    if named("decoratemappings=1") == 0 {
        skip("names in /proc/self/maps", "the kernel has no PR_SET_VMA_ANON_NAME");
    }
}

#[test]
fn settings_of_gos_own_work() {
    let freed = build("freed", "plain", &[]);
    // With it Go 1.26 and later cannot collect, on gosbrk or without.
    let hello = build("hello", "plain", &[]);
    assert_eq!(succeed(Command::new(hello).env("GODEBUG", "sbrk=1")), "hello, world\n");
    let stderr = |name: &str, value: &str| {
        let output = run(Command::new(&freed).env(name, value));
        assert!(output.status.success(), "{name}={value}: {output:?}");
        text(&output.stderr)
    };
    assert!(stderr("GODEBUG", "gctrace=1").contains("gc 1 @"));
    for (name, value) in [
        ("GODEBUG", "harddecommit=1"),
        ("GODEBUG", "madvdontneed=1"),
        ("GODEBUG", "disablethp=1"),
        ("GODEBUG", "efence=1,gcstoptheworld=1"),
        ("GOMEMLIMIT", "100MiB"),
        ("GOGC", "off"),
        ("GOGC", "1"),
    ] {
        stderr(name, value);
    }
}

#[test]
fn gos_own_tools_look_into_a_program() {
    for layout in LAYOUTS {
        let dir = scratch(&format!("profiles-{layout}"));
        let profiled = build("profiled", layout, &[]);
        assert_eq!(succeed(Command::new(&profiled).arg(&dir)), "told all\n");
        let pprof = |profile: &str, index: &str| {
            let mut pprof = go(&["tool", "pprof", "-top"]);
            succeed(pprof.arg(index).arg(&profiled).arg(dir.join(profile)))
        };
        assert!(pprof("cpu", "-sample_index=cpu").contains("main.churn"));
        assert!(pprof("heap", "-sample_index=alloc_space").contains("main.churn"));
        let events = succeed(go(&["tool", "trace", "-d=parsed"]).arg(dir.join("trace")));
        assert!(events.contains("GC"), "there is no collection in the trace");
        let dump = std::fs::read(dir.join("dump")).unwrap();
        assert!(dump.starts_with(b"go1.7 heap dump\n"));
    }
}

#[test]
fn gdb_stops_inside_the_layer() {
    if !is_there("gdb") {
        return skip("a debugger", "gdb is not installed");
    }
    let hello = build("hello", "plain", &[]);
    let mut gdb = Command::new("gdb");
    for command in ["break gosbrk_runtime", "run", "backtrace", "kill"] {
        gdb.args(["-ex", command]);
    }
    let said = text(&run(gdb.arg("-batch").arg(hello)).stdout);
    assert!(said.contains("#0 ") && said.contains("in gosbrk_runtime ()"), "{said}");
    assert!(said.contains("in runtime.asmcgocall ()"), "{said}");
}

#[test]
fn perf_knows_the_layers_functions() {
    if !is_there("perf") {
        return skip("perf", "it is not installed");
    }
    let data = scratch("perf").join("data");
    let nog = build("nog", "plain", &["-ldflags=-checklinkname=0"]);
    let mut record = Command::new("perf");
    record.args(["record", "--quiet", "--event=cpu-clock:u", "--freq=10000", "--output"]);
    // Much of its time is then the layer's.
    record.arg(&data).arg(nog).env("GOSBRK", "check=full");
    if !run(&mut record).status.success() {
        return skip("perf", "this user may not record (kernel.perf_event_paranoid)");
    }
    let mut report = Command::new("perf");
    report.args(["report", "--stdio", "--sort=symbol", "--input"]);
    let said = succeed(report.arg(&data));
    let symbols = said.lines().filter(|line| !line.starts_with('#'));
    assert!(symbols.into_iter().any(|line| line.contains("gosbrk")), "{said}");
}

#[test]
fn sanitizers_are_refused_before_anything_is_compiled() {
    let said = |args: &[&str], variables: &[(&str, &str)]| {
        // Whatever would be compiled would have to be put there.
        let mut command = gosbrk(args);
        command.env("GOCACHE", "/nowhere/cache").envs(variables.iter().copied());
        let output = run(&mut command);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {output:?}");
        text(&output.stderr)
    };
    for flag in ["-race", "-msan", "-asan"] {
        for verb in ["build", "run", "test", "install", "vet"] {
            let want = format!("gosbrk: {flag}: the race detector and ");
            let said = said(&["go", verb, flag, "./hello"], &[]);
            assert!(said.starts_with(&want) && said.lines().count() == 2, "{said}");
        }
    }
    let env = scratch("goflags").join("env");
    std::fs::write(&env, "GOFLAGS=-race\n").unwrap();
    for variable in [("GOFLAGS", "-v -race"), ("GOENV", env.to_str().unwrap())] {
        let said = said(&["go", "build", "./hello"], &[variable]);
        assert!(said.starts_with("gosbrk: -race in GOFLAGS: "), "{said}");
    }
    let program = own_file("hello-no-race");
    let mut command = gosbrk(&["go", "build", "-race=false", "-o"]);
    succeed(command.arg(program).arg("./hello").env("GOFLAGS", "-race"));
    // The program gets it, and says more with an argument than without.
    let said = succeed(&mut gosbrk(&["go", "run", "./hello", "-race"]));
    assert!(said.starts_with("hello, world\nVmPeak "), "{said}");
}

/// Who takes the root for another tool does not go through the command.
#[test]
fn sanitizers_are_refused_by_the_compiler_too() {
    if !is_there("gcc") {
        return skip("-race", "it needs a C compiler");
    }
    let root = succeed(&mut gosbrk(&["goroot"]));
    let program = own_file("hello-race");
    let mut command = go(&["build", "-race", "-o"]);
    command.arg(program).arg("./hello").env("GOROOT", root.trim()).env("CGO_ENABLED", "1");
    let output = run(&mut command);
    assert!(!output.status.success());
    let want = "gosbrk_does_not_support_race_msan_or_asan_build_without_them";
    assert!(text(&output.stderr).contains(want), "{output:?}");
}

/// It takes the addresses that Go's heap begins at for itself.
#[test]
fn c_code_may_have_the_thread_sanitizer() {
    if !is_there("gcc") || !is_there("setarch") {
        return skip("the thread sanitizer of C", "it needs gcc and setarch");
    }
    for layout in LAYOUTS {
        let program = own_file(&format!("threads-tsan-{layout}"));
        let mut command = gosbrk(&["--layout", layout, "go", "build", "-o"]);
        command.arg(&program).arg("./threads").env("CGO_ENABLED", "1");
        command.env("CGO_CFLAGS", "-fsanitize=thread").env("CGO_LDFLAGS", "-fsanitize=thread");
        let output = run(&mut command);
        if text(&output.stderr).contains("cannot find -ltsan") {
            return skip("the thread sanitizer of C", "gcc has no libtsan");
        }
        assert!(output.status.success(), "{output:?}");
        // Some kernels place programs where it does not expect them.
        succeed(Command::new("setarch").args(["x86_64", "-R"]).arg(program));
    }
}

#[test]
fn a_stock_build_stays_stock() {
    build("hello", "plain", &[]);
    let symbols = |program: &Path| succeed(go(&["tool", "nm"]).arg(program));
    assert!(symbols(&build("hello", "plain", &[])).contains("gosbrk_runtime"));
    assert!(!symbols(&build_stock("hello")).contains("gosbrk"));
}

#[test]
fn other_tools_can_use_the_root() {
    let root = succeed(&mut gosbrk(&["goroot"]));
    let mut command = go(&["vet", "./..."]);
    succeed(command.env("GOROOT", root.trim()));
    let mut command = go(&["test", "errors", "embed/internal/embedtest"]);
    succeed(command.env("GOROOT", root.trim()).current_dir(Path::new(root.trim()).join("src")));
}
