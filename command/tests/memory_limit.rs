//! The memory limit that a Go program's collector goes by, from the limits that the
//! process has: `GOSBRK=memlimit=`.

mod common;

use common::cgroup::Cgroup;
use common::confined::confine;
use common::whole::{build, build_stock, build_with, numbers, small_arenas};
use common::{run, skip, succeed, tell, text};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// What the runtime says when there is none.
const NONE: u64 = i64::MAX as u64;

/// `testdata/go/live` in a layout.
fn live(layout: &str) -> &'static Path {
    static PROGRAMS: [OnceLock<PathBuf>; 2] = [OnceLock::new(), OnceLock::new()];
    let program = &PROGRAMS[usize::from(layout == "compact")];
    program.get_or_init(|| build("live", layout, &[]))
}

/// The program with so many MB of live heap, under `ulimit -v` in KiB; 0: under none. One
/// processor, so that it is the same work whatever else the machine does.
fn command(layout: &str, mb: u64, kib: u64, settings: &str) -> Command {
    let mut command = Command::new(live(layout));
    command.arg(mb.to_string()).env("GOMAXPROCS", "1").env_remove("GOMEMLIMIT");
    command.env("GOSBRK", settings);
    let limit: &[_] = if kib == 0 { &[] } else { &[(libc::RLIMIT_AS, kib << 10)] };
    confine(&mut command, limit);
    command
}

/// The memory limit that a program says it has.
fn limit(command: &mut Command) -> u64 {
    let said = succeed(command);
    said.strip_prefix("limit ").unwrap_or_else(|| panic!("{said}")).trim().parse().unwrap()
}

#[test]
fn it_comes_from_the_address_space_in_compact_and_when_asked_for() {
    for layout in ["plain", "compact"] {
        let limit = |kib, settings| limit(&mut command(layout, 1, kib, settings));
        let (much, more) = (4_000_000, 4_100_000);
        for settings in ["", "memlimit=auto", "memlimit=off"] {
            assert_eq!(limit(0, settings), NONE, "{layout} {settings}");
        }
        assert_eq!(limit(much, "memlimit=off"), NONE);
        let found = limit(much, "memlimit=auto");
        assert!((100 << 20..much << 10).contains(&found), "{layout}: {found}");
        // Of what there is besides, fifteen sixteenths, but for what is rounded.
        let step = ((more - much) << 10) / 16 * 15;
        assert!(limit(more, "memlimit=auto").abs_diff(found + step) < 64 << 10, "{layout}");
        let unasked = limit(much, "");
        assert_eq!(unasked, if layout == "compact" { found } else { NONE }, "{layout}");
    }
}

#[test]
fn it_comes_from_the_limit_of_ones_own() {
    let limit = |settings| limit(&mut command("compact", 1, 0, settings));
    let (less, more) = (limit("limit=100M"), limit("limit=200M"));
    assert!((80 << 20..100 << 20).contains(&less), "{less}");
    assert_eq!(more - less, (100 << 20) / 16 * 15);
    // The lowest of all counts.
    let both = numbers(&succeed(&mut command("compact", 1, 50_000, "limit=100M")));
    assert!(both["limit"] < 50_000 << 10, "{both:?}");
}

#[test]
fn a_size_is_taken_and_gomemlimit_wins() {
    for layout in ["plain", "compact"] {
        assert_eq!(limit(&mut command(layout, 1, 4_000_000, "memlimit=64M")), 64 << 20);
        for (value, want) in [("32MiB", 32 << 20), ("off", NONE), ("", 64 << 20)] {
            let mut command = command(layout, 1, 4_000_000, "memlimit=64M");
            assert_eq!(limit(command.env("GOMEMLIMIT", value)), want, "GOMEMLIMIT={value}");
        }
    }
    let mut under = command("compact", 1, 100_000, "");
    assert_eq!(limit(under.env("GOMEMLIMIT", "off")), NONE);
}

#[test]
fn a_program_with_c_code_leaves_some_to_it() {
    if !common::is_there("cc") {
        return skip("the memory limit of a program with C code", "no C compiler");
    }
    let mut options = command("compact", 1, 400_000, "");
    let without = limit(&mut options);
    let program = build_c();
    let mut with = Command::new(program);
    let with = limit(confine(
        with.env("GOMAXPROCS", "1").arg("1").env_remove("GOMEMLIMIT"),
        &[(libc::RLIMIT_AS, 400_000 << 10)],
    ));
    assert!(with < without / 16 * 13, "{with} with C code, {without} without");
    assert!(with > without / 8, "{with} with C code, {without} without");
}

/// The program linked with C's code in it.
fn build_c() -> PathBuf {
    build_with(&["--layout", "compact", "go", "build", "-tags=c"], "live", "c", &[])
}

/// Whether a program runs at least once in some runs. With `rounds` it replaces everything so
/// often instead of nine times, on as many processors as there are.
fn runs(mb: u64, rounds: Option<u64>, kib: u64, settings: &str) -> bool {
    (0..8).any(|_| {
        let mut command = command("compact", mb, kib, settings);
        if let Some(rounds) = rounds {
            command.arg(rounds.to_string()).env_remove("GOMAXPROCS");
        }
        run(&mut command).status.success()
    })
}

/// Live heaps in MB, each with the `ulimit -v` in KiB that it is to run under while everything
/// is replaced nine times; and that without a memory limit it is not to run under.
const FAST: [(u64, u64); 3] = [(5, 16_113), (20, 35_156), (100, 136_718)];

/// The same while everything is replaced once.
const GENTLE: [(u64, u64); 2] = [(20, 35_156), (100, 126_953)];

#[test]
fn live_heaps_need_little_more_than_themselves() {
    // Arenas of 4 MiB leave more unused.
    let more = if small_arenas() { 0 } else { 6_000 };
    let fast = FAST.map(|(mb, kib)| (mb, None, kib + more));
    let gentle = GENTLE.map(|(mb, kib)| (mb, Some(1), kib + more));
    for (mb, rounds, kib) in fast.into_iter().chain(gentle) {
        let what = format!("{mb} MB live, replaced {} times", rounds.unwrap_or(9));
        assert!(runs(mb, rounds, kib, "memlimit=auto"), "{what}, do not run under {kib} KiB");
        assert!(!runs(mb, rounds, kib, "memlimit=off"), "{what}, run under {kib} KiB anyway");
    }
    // So little that it can also run without a limit.
    let kib = 16_113 + more;
    assert!(runs(5, Some(1), kib, "memlimit=auto"), "5 MB live do not run under {kib} KiB");
}

/// What a program maps after it has started leaves less for its heap.
#[test]
fn what_is_mapped_later_counts() {
    let runs = |kib: u64, settings: &str| {
        // 100 MB live, 300 MB mapped.
        let mut command = command("compact", 100, kib, settings);
        run(command.args(["1", "300"])).status.success()
    };
    let kib = 450_000;
    assert!((0..8).any(|_| runs(kib, "memlimit=auto")), "does not run under {kib} KiB");
    assert!(!(0..8).any(|_| runs(kib, "memlimit=off")), "runs under {kib} KiB anyway");
    // The limit is back when the mapping is gone, and one of the program's own is left alone.
    let mut gone = command("compact", 100, kib, "memlimit=auto");
    let said = numbers(&succeed(gone.args(["1", "300", "unmap"])));
    let first = limit(&mut command("compact", 1, kib, "memlimit=auto"));
    assert_eq!(said["limit"], first);
    assert!(said["mapped"] < first / 2, "{said:?}");
    let mut own = command("compact", 20, kib, "memlimit=auto");
    assert_eq!(limit(own.env("GOMEMLIMIT", "300MiB").args(["1", "300"])), 300 << 20);
}

/// Go allocates a large buffer before it collects the one that it takes the place of.
#[test]
fn large_buffers_take_the_place_of_garbage() {
    let program = build("buffer", "compact", &[]);
    let runs = |kib: u64, settings: &str| {
        let mut command = Command::new(&program);
        command.args(["40", "32"]).env_remove("GOMEMLIMIT").env("GOSBRK", settings);
        run(confine(&mut command, &[(libc::RLIMIT_AS, kib << 10)])).status.success()
    };
    let kib = 120_000;
    assert!(runs(kib, "memlimit=auto"), "buffers of 32 MiB do not run under {kib} KiB");
    assert!(!runs(kib, "memlimit=off"), "buffers of 32 MiB run under {kib} KiB anyway");
}

/// What fits into the heap as it is needs no collection, however near the limit is.
#[test]
fn large_buffers_that_fit_cost_no_collections() {
    let [ours, stocks] = [build("buffer", "compact", &[]), build_stock("buffer")].map(|program| {
        let mut command = Command::new(program);
        command.args(["100", "8"]).env_remove("GOSBRK").env("GOGC", "off");
        numbers(&succeed(command.env("GOMEMLIMIT", "64MiB")))["collections"]
    });
    tell(&format!("collections for 100 buffers under GOMEMLIMIT=64MiB: {ours}, {stocks} of stock"));
    assert!(ours < 50, "{ours} collections for 100 buffers, {stocks} of stock");
}

#[test]
fn a_far_limit_changes_nothing() {
    // Collections, which `gctrace` counts.
    let collections = |command: &mut Command| {
        let output: Output = run(command.env("GODEBUG", "gctrace=1"));
        assert!(output.status.success(), "{output:?}");
        text(&output.stderr).lines().filter(|line| line.starts_with("gc ")).count()
    };
    let of = |settings| collections(&mut command("compact", 20, 4_000_000, settings));
    let (without, with) = (of("memlimit=off"), of("memlimit=auto"));
    let mut stock = Command::new(build_stock("live"));
    let stock = collections(stock.arg("20").env("GOMAXPROCS", "1").env_remove("GOMEMLIMIT"));
    tell(&format!("collections: {with} under a far limit, {without} without, {stock} of stock"));
    assert!(with <= without + 2, "{with} collections, {without} without a limit");
    assert!(with <= stock + 2, "{with} collections, {stock} of stock");
}

#[test]
fn it_comes_from_the_cgroup_only_when_asked_for() {
    let output = run(&mut command("compact", 1, 0, "memlimit=cgroup"));
    assert!(output.status.success(), "{output:?}");
    let said = text(&output.stderr);
    if !said.is_empty() {
        let want = "gosbrk: GOSBRK: \"memlimit=cgroup\": the memory limit of the cgroup cannot be \
                    read; the program runs without it\n";
        assert_eq!(said, want);
        assert_eq!(text(&output.stdout), format!("limit {NONE}\n"));
    }
    let Some(group) = Cgroup::new(256 << 20) else {
        return skip("the memory limit of a cgroup", "this user may not make one");
    };
    for (settings, want) in [("", NONE), ("memlimit=cgroup", (256 << 20) / 16 * 14)] {
        let script = format!("{}; exec \"$@\"", group.enter());
        let mut command = Command::new("bash");
        command.args(["-c", &script, "bash"]).arg(live("compact")).arg("1");
        command.env("GOSBRK", settings).env_remove("GOMEMLIMIT");
        assert_eq!(limit(&mut command), want, "GOSBRK={settings}");
    }
}
