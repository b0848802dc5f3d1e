//! The recorder: what becomes of a trace when the program forks, dies, runs another, is
//! one of several, or the kernel refuses. `testdata/c/record.c` is what is recorded.

mod common;

use common::trace::{INHERITED, INIT, LAST, NAME, RESIDENT, RSS, SEGMENT, THREAD, Trace};
use common::{build, program, run, scratch, skip, succeed, text};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

/// Builds `testdata/c/record.c` once.
fn recorded() -> &'static Path {
    static RECORDED: OnceLock<PathBuf> = OnceLock::new();
    RECORDED.get_or_init(|| build(&scratch("recorded"), "record.c", &[]))
}

/// The program with these arguments, recorded to a file.
fn record(file: &Path, args: &[&str]) -> Command {
    let mut command = program(recorded());
    command.env("GOSBRK", format!("trace={}", file.display())).args(args);
    command
}

/// Its output, and the number of its process.
#[track_caller]
fn done(output: &Output) -> u64 {
    assert!(output.status.success(), "{output:?}");
    let said = text(&output.stdout);
    said.lines().last().unwrap().strip_prefix("done ").unwrap().parse().unwrap()
}

/// What a pair of calls is in the notation of scripts.
fn pairs(n: usize, at: usize) -> String {
    format!("alloc 4096 \"a page\" -> +{at:#x}\nfree +{at:#x} 4096\n").repeat(n)
}

const INIT_LINE: &str = "init profile=plan9 start=0x0 initial=0x0 limit=0x0\n";

/// More calls than there is room for in three windows.
const MANY: &str = "calls:11000";

#[test]
fn all_calls_are_there_over_many_windows() {
    let trace = scratch("record-many").join("trace");
    let process = done(&run(&mut record(&trace, &[MANY])));
    let trace = Trace::read(trace);
    assert_eq!((trace.process(), trace.field(24, 1)), (process, 0));
    assert!(trace.command().ends_with(&format!("{MANY}\0")), "{}", trace.command());
    assert_eq!(trace.text(), INIT_LINE.to_owned() + &pairs(11_000, 0));
    assert_eq!(trace.of(THREAD).map(|slot| slot.a).collect::<Vec<_>>(), [process]);
    // It ends with the process, after all that is looked at for the last time.
    let last: Vec<_> = trace.of(LAST).map(|slot| (slot.code, slot.a)).collect();
    assert_eq!(last, [(0, 0)]);
    assert_eq!(trace.slots.last().unwrap().kind, LAST);
    assert!(trace.of(RSS).count() > 0 && trace.of(RESIDENT).count() > 0);
}

#[test]
fn a_killed_program_leaves_all_that_it_did() {
    let dir = scratch("record-killed");
    let counter = dir.join("counter");
    for delay in [0, 1, 3, 7, 20, 50, 110, 230] {
        let trace = dir.join(format!("trace-{delay}"));
        fs::write(&counter, [0; 4096]).unwrap();
        let count = format!("count:{}", counter.display());
        let mut child = record(&trace, &[&count]).spawn().unwrap();
        let through = || {
            let bytes = fs::read(&counter).unwrap();
            u64::from_le_bytes(bytes[..8].try_into().unwrap())
        };
        while through() == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(delay));
        child.kill().unwrap();
        child.wait().unwrap();
        let calls = Trace::read(&trace).calls().count() as u64;
        assert_eq!(Trace::read(&trace).of(LAST).count(), 0);
        // The call may be recorded, and not counted yet.
        assert!([through(), through() + 1].contains(&calls), "{calls}, not {}", through());
    }
}

#[test]
fn a_child_of_fork_has_a_trace_of_its_own() {
    let dir = scratch("record-fork");
    let trace = dir.join("trace");
    let process = done(&run(&mut record(&trace, &["keep:3", "calls:1", "fork", "calls:2"])));
    let files: Vec<_> = fs::read_dir(&dir).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 2, "{files:?}");
    let parent = Trace::read(&trace);
    assert_eq!(parent.process(), process);
    let keep =
        ["0x0", "0x1000", "0x2000"].map(|at| format!("alloc 4096 \"a page\" -> +{at}\n")).concat();
    assert_eq!(parent.text(), INIT_LINE.to_owned() + &keep + &pairs(3, 0x3000));
    let child = files.iter().find(|file| **file != trace).unwrap();
    let suffix = child.extension().unwrap().to_str().unwrap();
    let child = Trace::read(child);
    assert_eq!((child.process().to_string(), child.field(40, 8)), (suffix.to_owned(), process));
    assert_eq!(child.field(20, 4) & 8, 8, "it says that it was forked");
    assert_eq!(child.of(INHERITED).count(), 1);
    let had = "reserve +0x0 12288 \"inherited\" -> +0x0\n";
    assert_eq!(child.text(), INIT_LINE.to_owned() + had + &pairs(2, 0x3000));
}

#[test]
fn what_a_process_was_before_exec_is_kept() {
    let dir = scratch("record-exec");
    let trace = dir.join("trace");
    let process = done(&run(&mut record(&trace, &["keep:2", "exec", "keep:1"])));
    assert_eq!(Trace::read(&trace).calls().count(), 2);
    let second = Trace::read(dir.join(format!("trace.{process}")));
    assert_eq!((second.calls().count(), second.process()), (1, process));
}

#[test]
fn a_second_process_writes_beside_the_first() {
    let dir = scratch("record-two");
    let (trace, counter) = (dir.join("trace"), dir.join("counter"));
    fs::write(&counter, [0; 4096]).unwrap();
    let count = format!("count:{}", counter.display());
    let mut first = record(&trace, &[&count]).spawn().unwrap();
    while fs::read(&counter).unwrap()[0] == 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    let second = done(&run(&mut record(&trace, &["calls:1"])));
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(Trace::read(&trace).process(), u64::from(first.id()));
    assert_eq!(Trace::read(dir.join(format!("trace.{second}"))).process(), second);
    // Nobody uses it any more: the next one takes it.
    let third = done(&run(&mut record(&trace, &["calls:1"])));
    assert_eq!(Trace::read(&trace).process(), third);
}

#[test]
fn of_many_that_begin_at_once_none_is_lost() {
    let dir = scratch("record-race");
    let trace = dir.join("trace");
    for round in 0..5 {
        let all: Vec<_> = (0..8)
            .map(|_| record(&trace, &["calls:20"]).stdout(Stdio::piped()).spawn().unwrap())
            .collect();
        let mut all: Vec<_> =
            all.into_iter().map(|child| done(&child.wait_with_output().unwrap())).collect();
        let files = fs::read_dir(&dir).unwrap().map(|file| file.unwrap().path());
        let mut found: Vec<_> = files
            .map(|file| {
                let trace = Trace::read(&file);
                assert_eq!(trace.calls().count(), 40, "{}", file.display());
                fs::remove_file(file).unwrap();
                trace.process()
            })
            .collect();
        // One that came when another had ended may have replaced its file.
        found.sort_unstable();
        all.sort_unstable();
        let lost: Vec<_> = all.iter().filter(|process| !found.contains(process)).collect();
        assert!(found.iter().all(|process| all.contains(process)), "{found:?} {all:?}");
        assert!(lost.len() < all.len(), "round {round}: {lost:?} of {all:?}");
    }
}

#[test]
fn each_process_has_its_own_file_where_that_is_asked_for() {
    let dir = scratch("record-each");
    let process = done(&run(&mut record(&dir, &["calls:1"])));
    let file = dir.join(format!("{process}.gosbrk"));
    assert_eq!(Trace::read(&file).process(), process);
    let process = done(&run(&mut record(&dir.join("a-%p-b"), &["calls:1"])));
    assert_eq!(Trace::read(dir.join(format!("a-{process}-b"))).process(), process);
}

#[test]
fn no_file_is_replaced_but_a_trace() {
    let dir = scratch("record-replace");
    let (trace, link) = (dir.join("trace"), dir.join("link"));
    fs::write(&trace, "text of somebody's").unwrap();
    std::os::unix::fs::symlink(&trace, &link).unwrap();
    let fifo = dir.join("fifo");
    succeed(Command::new("mkfifo").arg(&fifo));
    for (path, why) in [
        (trace.as_path(), "the file is there and is not a trace; it was left as it is"),
        (&link, "neither a regular file nor a directory"),
        (&fifo, "neither a regular file nor a directory"),
        (Path::new("/dev/full"), "neither a regular file nor a directory"),
        (&dir.join("no/such"), "the file cannot be created"),
    ] {
        let output = run(&mut record(path, &["calls:1"]));
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let said = text(&output.stderr);
        assert!(said.ends_with(&format!(": trace: {why}\n")), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    assert_eq!(fs::read(&trace).unwrap(), b"text of somebody's");
    assert!(Path::new("/dev/full").exists() && fifo.exists() && link.exists());
    // An empty file is nothing that could be missed.
    fs::write(&trace, "").unwrap();
    done(&run(&mut record(&trace, &["calls:1"])));
    let inode = |path: &Path| std::os::unix::fs::MetadataExt::ino(&fs::metadata(path).unwrap());
    let (before, open) = (inode(&trace), fs::File::open(&trace).unwrap());
    let old = fs::read(&trace).unwrap();
    done(&run(&mut record(&trace, &["calls:1"])));
    // Whoever has the old one open or mapped keeps it as it was.
    assert_ne!(inode(&trace), before);
    let mut kept = Vec::new();
    std::io::Read::read_to_end(&mut &open, &mut kept).unwrap();
    assert_eq!(kept, old);
}

#[test]
fn a_descriptor_that_was_closed_is_not_written_to() {
    let dir = scratch("record-closed");
    let (trace, other) = (dir.join("trace"), dir.join("other"));
    let close = format!("close:{}", other.display());
    let output = run(&mut record(&trace, &["keep:1", &close, MANY]));
    done(&output);
    assert_eq!(text(&output.stderr), "gosbrk: the trace ends here: the program closed the file\n");
    assert_eq!(fs::metadata(&other).unwrap().len(), 0);
    assert_eq!(Trace::read(&trace).of(LAST).count(), 1);
    // And not closed either, by a child.
    let trace = dir.join("forked");
    let output = run(&mut record(&trace, &["keep:1", &close, "fork", "calls:1"]));
    done(&output);
    assert_eq!(text(&output.stderr), "");
}

/// Where the file is mapped, a store into it would be a signal instead, which is for the
/// programs with a handler: `command/tests/trace/cut.rs`.
#[test]
fn a_file_that_was_cut_short_is_not_written_to() {
    let trace = scratch("record-cut").join("trace");
    let refuse = format!("refuse:{}:{}", libc::SYS_mmap, libc::EPERM);
    let cut = format!("cut:{}", trace.display());
    // Nothing but the first windows could be mapped; behind them each call is written.
    let output = run(&mut record(&trace, &[&refuse, MANY, &cut, MANY]));
    done(&output);
    let said = "gosbrk: the trace ends here: the file was cut short, or its disk failed\n";
    assert_eq!(text(&output.stderr), said);
    assert_eq!(fs::metadata(&trace).unwrap().len(), 0);
}

#[test]
fn a_layer_that_is_set_up_again_goes_on_in_the_same_file() {
    let trace = scratch("record-again").join("trace");
    done(&run(&mut record(&trace, &["keep:2", "again", "calls:1"])));
    let trace = Trace::read(trace);
    assert_eq!((trace.of(INIT).count(), trace.of(SEGMENT).count()), (1, 1));
    let keep = "alloc 4096 \"a page\" -> +0x0\nalloc 4096 \"a page\" -> +0x1000\n";
    let wasm = INIT_LINE.replace("plan9", "wasm");
    assert_eq!(trace.text(), INIT_LINE.to_owned() + keep + &wasm + &pairs(1, 0));
}

/// The system calls of the recorder, and whether a trace can be had without them.
const REFUSED: [(&str, libc::c_long, Without); 12] = [
    ("ioctl", libc::SYS_ioctl, Without::Same),
    ("fallocate", libc::SYS_fallocate, Without::Piecewise),
    ("pwritev", libc::SYS_pwritev, Without::Same),
    ("mmap of the file", libc::SYS_mmap, Without::Piecewise),
    ("fcntl", libc::SYS_fcntl, Without::Same),
    ("flock", libc::SYS_flock, Without::Same),
    ("prlimit64", libc::SYS_prlimit64, Without::Same),
    ("prctl", libc::SYS_prctl, Without::Same),
    ("newfstatat", libc::SYS_newfstatat, Without::Same),
    ("getppid", libc::SYS_getppid, Without::Same),
    ("clock_gettime", libc::SYS_clock_gettime, Without::Same),
    ("fstat", libc::SYS_fstat, Without::End),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Without {
    /// As with it.
    Same,
    /// Each call is written by itself.
    Piecewise,
    /// There is none, and a line says so.
    End,
}

#[test]
fn what_the_kernel_refuses_does_not_hurt_the_program() {
    let dir = scratch("record-refused");
    for (name, number, without) in REFUSED {
        for errno in [libc::EPERM, libc::ENOSYS] {
            let trace = dir.join(format!("{}-{errno}", name.replace(' ', "-")));
            let refuse = format!("refuse:{number}:{errno}");
            let output = run(&mut record(&trace, &[&refuse, MANY]));
            done(&output);
            let said = text(&output.stderr);
            if without == Without::End {
                let ends = format!(
                    "gosbrk: the trace ends here: the kernel refused to go on: error {errno}\n"
                );
                assert_eq!(said, ends, "{name}");
                continue;
            }
            assert_eq!(said, "", "{name}");
            let trace = Trace::read(&trace);
            let piecewise = trace.field(20, 4) & 2 == 2;
            assert_eq!(piecewise, without == Without::Piecewise, "{name}");
            assert_eq!(trace.text(), INIT_LINE.to_owned() + &pairs(11_000, 0), "{name}");
        }
    }
}

#[test]
fn a_refusal_in_the_middle_does_not_hurt_the_program_either() {
    let dir = scratch("record-later");
    for (name, number) in [
        ("fallocate", libc::SYS_fallocate),
        ("pwritev", libc::SYS_pwritev),
        ("mmap", libc::SYS_mmap),
        ("munmap", libc::SYS_munmap),
        ("openat", libc::SYS_openat),
    ] {
        let trace = dir.join(name);
        let refuse = format!("refuse:{number}:{}", libc::EPERM);
        let output = run(&mut record(&trace, &["calls:1", &refuse, MANY]));
        done(&output);
        assert_eq!(text(&output.stderr), "", "{name}");
        assert_eq!(Trace::read(&trace).text(), INIT_LINE.to_owned() + &pairs(11_001, 0), "{name}");
    }
    // Written by itself, and then not at all.
    let trace = dir.join("pwrite64");
    let refuse = [libc::SYS_fallocate, libc::SYS_pwrite64]
        .map(|number| format!("refuse:{number}:{}", libc::EPERM));
    let output = run(&mut record(&trace, &[&refuse[0], "calls:5", &refuse[1], "calls:5"]));
    done(&output);
    let ends = format!(
        "gosbrk: the trace ends here: the kernel refused to go on: error {}\n",
        libc::EPERM
    );
    assert_eq!(text(&output.stderr), ends);
    assert_eq!(Trace::read(&trace).text(), INIT_LINE.to_owned() + &pairs(5, 0));
}

#[test]
fn a_disk_that_fills_up_ends_the_trace() {
    let dir = scratch("record-full");
    let what = "a disk that fills up while a trace is written";
    let (disk, copy) = (dir.join("disk"), dir.join("copy"));
    fs::create_dir(&disk).unwrap();
    let script = "mount -t tmpfs -o size=1m none \"$0\" || exit 77; \"$@\"; status=$?; \
                  cp \"$0/trace\" \"$0/../copy\"; exit $status";
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", script]).arg(&disk).arg(recorded()).arg("calls:40000");
    command.env("GOSBRK", format!("trace={}", disk.join("trace").display()));
    let output = match command.output() {
        Ok(output)
            if output.status.code() != Some(77) && !text(&output.stderr).starts_with("unshare") =>
        {
            output
        }
        _ => return skip(what, "a file system can be mounted by root only"),
    };
    done(&output);
    let ends = "gosbrk: the trace ends here: there is no space for more: error 28\n";
    assert_eq!(text(&output.stderr), ends);
    let trace = Trace::read(copy);
    let last = *trace.slots.last().unwrap();
    assert_eq!((last.kind, last.code, last.a), (LAST, 2, 28));
    let text = trace.text();
    let all = INIT_LINE.to_owned() + &pairs(40_000, 0);
    assert!(text.len() > 100_000 && all.starts_with(&text), "{} bytes", text.len());
}

#[test]
fn a_limit_on_files_ends_the_trace_and_not_the_program() {
    let dir = scratch("record-limit");
    for (kib, least) in [(32, 0), (200, 300)] {
        let trace = dir.join(format!("trace-{kib}"));
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -f $0; exec \"$@\""]).arg((kib * 2).to_string());
        command.arg(recorded()).arg(MANY);
        command.env("GOSBRK", format!("trace={}", trace.display()));
        let output = run(&mut command);
        done(&output);
        let ends = "gosbrk: the trace ends here: there is no space for more: error 27\n";
        assert_eq!(text(&output.stderr), ends);
        if least > 0 {
            assert!(Trace::read(&trace).calls().count() > least);
        }
    }
}

#[test]
fn names_are_kept_whole() {
    let dir = scratch("record-names");
    let trace = dir.join("trace");
    let script = build(&dir, "script.c", &[]);
    // As much as the script takes, and more than one slot has room for.
    let name = "x".repeat(55);
    let mut command = program(script);
    command.env("GOSBRK", format!("trace={}", trace.display()));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let pair = |i| format!("alloc 1 \"{name}{i}\"\nalloc 1 \"{name}0\"\n");
    let lines = (0..600).map(pair).collect::<Vec<_>>().concat();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), lines.as_bytes()).unwrap();
    assert!(child.wait_with_output().unwrap().status.success());
    let trace = Trace::read(trace);
    // There are fewer indexes than names, so that they are used again.
    assert!(trace.of(NAME).count() >= 600);
    let names = trace.names_of_calls();
    for (i, pair) in names.chunks(2).enumerate() {
        assert_eq!(pair, [format!("{name}{i}"), format!("{name}0")]);
    }
    assert_eq!(names.len(), 1200);
}
