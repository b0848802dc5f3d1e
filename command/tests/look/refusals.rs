//! Processes that cannot be looked at, or not well.

use crate::common::{is_there, run, skip, succeed, text};
use crate::guest::{self, Ends, Guest, OWN, build, gosbrk, json};
use crate::rows::adds_up;
use gosbrk_look::snapshot::Target;
use gosbrk_look::trouble::Kind;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// Looks at a process that cannot be looked at: the exit status and what is said.
fn refused(command: &mut Command) -> (i32, String) {
    let output = run(command);
    assert_eq!(text(&output.stdout), "");
    (output.status.code().unwrap(), text(&output.stderr))
}

#[test]
fn what_is_no_go_program_is_named() {
    let mut sleeper = Command::new("sleep").arg("60").spawn().unwrap();
    let (status, said) = refused(gosbrk().args(["look", &sleeper.id().to_string()]));
    sleeper.kill().unwrap();
    sleeper.wait().unwrap();
    assert_eq!(status, 1);
    assert!(said.contains("(sleep) is not a Go program") && said.contains("\nhint: "), "{said}");
}

#[test]
fn a_process_that_has_ended_is_named() {
    let mut child = Command::new("true").spawn().unwrap();
    let pid = child.id().to_string();
    // A zombie first.
    while !fs::read_to_string(format!("/proc/{pid}/stat")).unwrap().contains(") Z ") {
        std::thread::yield_now();
    }
    assert_eq!(refused(gosbrk().args(["look", &pid])).0, 1);
    child.wait().unwrap();
    assert_eq!(refused(gosbrk().args(["look", &pid])).0, 1);
}

#[test]
fn a_program_may_end_while_it_is_read() {
    let program = build("memory", OWN, "brief", &[]).unwrap();
    let (mut read, mut gone) = (0, 0);
    for round in 0..60 {
        // Some end before they can be read where the machine is busy, others do not.
        let brief = (8 + round % 10 * 20).to_string();
        let mut child =
            Command::new(&program).args(["brief", &brief]).stdin(Stdio::null()).spawn().unwrap();
        loop {
            match Target::open(i32::try_from(child.id()).unwrap()).and_then(|target| target.look())
            {
                Ok(snapshot) => {
                    read += 1;
                    if snapshot
                        .moment
                        .rows()
                        .iter()
                        .all(|(row, known)| known.is_ok() || row.key == "layer")
                    {
                        adds_up(&snapshot);
                    }
                }
                Err(trouble) => match trouble.kind {
                    Kind::Gone => break,
                    // Before its first instruction it is this program, not Go yet.
                    Kind::NotGo | Kind::Unknown => {}
                    Kind::Denied => panic!("{trouble}"),
                },
            }
        }
        gone += 1;
        child.wait().unwrap();
    }
    println!("read {read} times, ended {gone} times");
    assert!(read > 0 && gone == 60);
}

#[test]
fn a_program_that_never_rests_is_read_without_a_wrong_number() {
    let program = build("memory", OWN, "churn", &[]).unwrap();
    let mut guest = Ends(Guest::run(Command::new(program).args(["churn", "16"])));
    guest.0.ask();
    for _ in 0..100 {
        let target = Target::open(i32::try_from(guest.0.pid()).unwrap()).unwrap();
        let snapshot = target.look().unwrap();
        let moment = &snapshot.moment;
        if let (Ok(held), Ok(gaps)) = (&moment.held, &moment.gaps) {
            assert!(held + gaps <= 100 << 20, "{moment:?}");
        }
        if moment.rows().iter().all(|(row, known)| known.is_ok() || row.key == "layer") {
            adds_up(&snapshot);
        }
    }
}

#[test]
fn looking_changes_nothing() {
    let program = build("memory", OWN, "same", &[]).unwrap();
    let mut guest = Ends(Guest::start(&program, "live", 4));
    let before = guest.0.quiet().0;
    for _ in 0..20 {
        succeed(gosbrk().args(["look", &guest.0.pid().to_string()]));
    }
    assert_eq!(guest.0.ask(), before);
}

#[test]
fn another_users_program_is_refused_with_what_to_do() {
    if !is_there("setpriv") || !root_user() {
        return skip("another user's program", "this needs root and setpriv");
    }
    let program = build("memory", OWN, "owner", &[]).unwrap();
    let guest = Ends(Guest::start(&program, "idle", 0));
    // A copy that another user can run.
    let copy = std::env::temp_dir().join(format!("gosbrk-look-{}", std::process::id()));
    guest::copy(Path::new(env!("CARGO_BIN_EXE_gosbrk")), &copy);
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).unwrap();
    let mut other = Command::new("setpriv");
    other.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&copy);
    let (status, said) = refused(other.args(["look", &guest.0.pid().to_string()]));
    let list = run(Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(&copy)
        .arg("look"));
    fs::remove_file(copy).unwrap();
    assert_eq!(status, 2, "{said}");
    assert!(said.contains("belongs to user 0, and this is user 65534"), "{said}");
    assert!(said.contains("hint: ") && said.contains("CAP_SYS_PTRACE"), "{said}");
    assert!(list.status.success());
    let said = text(&list.stderr);
    assert!(said.contains("of other users cannot be read; run as root to see them\n"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn another_root_and_other_namespaces() {
    let program = build("memory", OWN, "jail", &["-ldflags=-linkmode=internal"]).unwrap();
    let jail = crate::common::scratch("look-jail");
    guest::copy(&program, &jail.join("inside"));
    let enter = ["--pid", "--fork", "--mount", "--kill-child"];
    if !run(Command::new("unshare").args(enter).arg("true")).status.success() {
        return skip("another root and other namespaces", "unshare is not allowed here");
    }
    let mut command = Command::new("unshare");
    command.args(enter).arg("--root").arg(&jail).args(["/inside", "live", "6"]);
    let mut guest = Ends(Guest::run(&mut command));
    guest.0.ask();
    let children =
        fs::read_to_string(format!("/proc/{0}/task/{0}/children", guest.0.pid())).unwrap();
    let pid: u32 = children.trim().parse().unwrap();
    let said = json(pid);
    assert!((6 << 20..7 << 20).contains(&said["held"].as_u64().unwrap()), "{said}");
    assert_eq!(said["runtimes"][0]["source"], "dwarf");
}

#[test]
fn a_program_whose_file_was_replaced_is_still_read() {
    let program = build("memory", OWN, "replaced", &[]).unwrap();
    let guest = Ends(Guest::start(&program, "live", 6));
    fs::remove_file(&program).unwrap();
    fs::write(&program, "another file").unwrap();
    let said = json(guest.0.pid());
    fs::remove_file(&program).unwrap();
    assert!((6 << 20..7 << 20).contains(&said["held"].as_u64().unwrap()), "{said}");
}

/// A program of this release that says that it is of another one.
fn disguised(tag: &str, options: &[&str]) -> Ends {
    let program = build("memory", OWN, tag, options).unwrap();
    let mut bytes = fs::read(&program).unwrap();
    let text = b"go1.";
    for at in 0..bytes.len() - 6 {
        if bytes[at..].starts_with(text) && bytes[at + 4].is_ascii_digit() {
            bytes[at + 4..at + 6].copy_from_slice(b"99");
        }
    }
    let written = program.with_extension("written");
    let copy = program.with_extension("disguised");
    fs::write(&written, bytes).unwrap();
    fs::set_permissions(&written, fs::Permissions::from_mode(0o755)).unwrap();
    guest::copy(&written, &copy);
    Ends(Guest::start(&copy, "live", 6))
}

#[test]
fn an_unknown_release_is_read_by_its_dwarf_or_not_at_all() {
    let with = json(disguised("future", &[]).0.pid());
    assert!(with["go"].as_str().unwrap().starts_with("go1.99"), "{with}");
    assert!((6 << 20..7 << 20).contains(&with["held"].as_u64().unwrap()), "{with}");
    for (tag, options) in [("future-w", &["-ldflags=-w"]), ("future-s", &["-ldflags=-s"])] {
        let guest = disguised(tag, options);
        let without = json(guest.0.pid());
        for key in ["held", "gaps", "kept", "stacks", "tables", "other", "untouched"] {
            assert!(without[key].is_null(), "{tag} {key}: {without}");
            let reason = without["unknown"][key].as_str().unwrap();
            assert!(reason.contains("go1.99") && reason.contains("go1.21.13 to"), "{reason}");
        }
        assert!(without["rss"].as_u64().unwrap() > 6 << 20);
        let page = succeed(gosbrk().args(["look", &guest.0.pid().to_string()]));
        assert!(page.contains("how much of it the program holds is not known"), "{page}");
        assert!(page.contains("hint: build it without -ldflags=-w"), "{page}");
    }
}

fn root_user() -> bool {
    fs::read_to_string("/proc/self/status").unwrap().contains("Uid:\t0\t")
}
