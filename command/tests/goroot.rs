//! The Go roots that the command `gosbrk` makes: whole, made once, out of what is
//! known only, and never at the cost of the user's own.

mod common;

use common::roots::{cached, changeable, goroot, gosbrk, own, replace};
use common::{run, scratch, skip, succeed, text};
use std::collections::BTreeMap;
use std::fs::{File, FileTimes, read_dir, read_to_string, write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, SystemTime};

/// Every file below a directory, with what it holds.
fn contents(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    read_dir(dir)
        .unwrap()
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() {
                contents(&path)
            } else {
                BTreeMap::from([(path.clone(), std::fs::read(&path).unwrap())])
            }
        })
        .collect()
}

#[test]
fn the_users_own_go_is_not_written_to() {
    let runtime = own().join("src/runtime");
    let before = contents(&runtime);
    let cache = scratch("goroot-own");
    let ours = goroot(&cache, None).join("src/runtime");
    assert!(contents(&runtime) == before, "a file has changed");
    let inode = |path: PathBuf| path.metadata().unwrap().ino();
    for replaced in ["mem_linux.go", "mem_nonsbrk.go"] {
        assert_ne!(inode(runtime.join(replaced)), inode(ours.join(replaced)), "{replaced}");
        assert_ne!(before[&runtime.join(replaced)], std::fs::read(ours.join(replaced)).unwrap());
    }
    // But for the files of the layer, the rest is the same.
    let names = |dir: &Path, all: BTreeMap<PathBuf, Vec<u8>>| {
        let names = all.into_keys().map(|path| path.strip_prefix(dir).unwrap().to_owned());
        names.filter(|name| !name.to_str().unwrap().contains("gosbrk")).collect::<Vec<_>>()
    };
    assert_eq!(names(&ours, contents(&ours)), names(&runtime, before));
}

#[test]
fn many_at_once_make_one() {
    let cache = scratch("goroot-race");
    let started: Vec<_> = (0..6)
        .map(|_| gosbrk(&cache, &["goroot"]).stdout(Stdio::piped()).spawn().unwrap())
        .collect();
    let mut roots: Vec<_> = started
        .into_iter()
        .map(|child| {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success());
            text(&output.stdout)
        })
        .collect();
    roots.dedup();
    assert_eq!(roots.len(), 1, "{roots:?}");
    // A root, what was seen of it, and the lock.
    assert_eq!(cached(&cache).len(), 3, "{:?}", cached(&cache));
}

#[test]
fn one_made_half_is_made_again() {
    let cache = scratch("goroot-half");
    std::fs::create_dir_all(cache.join("gosbrk/making-abc/src")).unwrap();
    let root = goroot(&cache, None);
    assert!(root.join("src/runtime/gosbrk_linux_amd64.syso").exists());
    assert_eq!(cached(&cache).len(), 3, "{:?}", cached(&cache));
}

#[test]
fn an_unknown_runtime_is_refused() {
    let dir = scratch("goroot-unknown");
    let go = changeable(&dir);
    for (file, from, to) in [
        ("src/runtime/mem_linux.go", "_EINVAL", "_EWHAT"),
        ("src/runtime/mem_nonsbrk.go", "isSbrkPlatform", "isWhat"),
        ("src/runtime/malloc.go", "heapAddrBits = (_64bit*", "heapAddrBits = (1*_64bit*"),
        (
            "src/runtime/signal_unix.go",
            "func fatalsignal(sig uint32, c",
            "func fatalsignal(sig uint32, d",
        ),
    ] {
        let file_path = go.join(file);
        let known = read_to_string(&file_path).unwrap();
        replace(&file_path, &known.replace(from, to));
        let output = run(gosbrk(&dir, &["--layout", "compact", "goroot", "--go"]).arg(&go));
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let said = text(&output.stderr);
        let want = format!("gosbrk: {file} differs from the go1.");
        assert!(said.starts_with(&want) && said.contains("\nhint: name an unchanged "), "{said}");
        replace(&file_path, &known);
    }
    assert!(!dir.join("gosbrk").exists(), "something was made");
    succeed(gosbrk(&dir, &["--layout", "compact", "goroot", "--go"]).arg(&go));
}

#[test]
fn an_unknown_release_is_refused() {
    let dir = scratch("goroot-release");
    for (version, known) in
        [("go1.23.12", false), ("go1.99.1", false), ("devel go1.27-1234", false)]
    {
        let go = dir.join(version);
        std::fs::create_dir_all(go.join("bin")).unwrap();
        let said = format!(r#"{{"GOROOT":"{}","GOVERSION":"{version}"}}"#, go.display());
        write(go.join("bin/go"), format!("#!/bin/sh\necho '{said}'\n")).unwrap();
        std::fs::set_permissions(go.join("bin/go"), PermissionsExt::from_mode(0o755)).unwrap();
        let output = run(gosbrk(&dir, &["goroot", "--go"]).arg(&go));
        assert_eq!(output.status.success(), known);
        let said = text(&output.stderr);
        assert!(said.starts_with(&format!("gosbrk: {version} is not supported; ")), "{said}");
        assert!(said.contains("\nhint: set GOTOOLCHAIN"), "{said}");
        let doctor = run(gosbrk(&dir, &["doctor", "--go"]).arg(&go));
        assert_eq!(doctor.status.code(), Some(1));
        assert!(
            text(&doctor.stdout).contains("\nproblem  ")
                || text(&doctor.stdout).starts_with("problem  go: ")
        );
    }
}

#[test]
fn a_changed_go_makes_another_root_and_the_old_one_goes() {
    let dir = scratch("goroot-stale");
    let go = changeable(&dir);
    let old = goroot(&dir, Some(&go));
    assert_eq!(goroot(&dir, Some(&go)), old);
    let file = go.join("src/errors/errors.go");
    let changed = read_to_string(&file).unwrap() + "\n// Changed.\n";
    replace(&file, &changed);
    let new = goroot(&dir, Some(&go));
    assert_ne!(new, old);
    assert_eq!(read_to_string(new.join("src/errors/errors.go")).unwrap(), changed);
    assert!(old.exists(), "somebody may still use it");

    let days_ago = SystemTime::now() - Duration::from_secs(3 * 24 * 60 * 60);
    let origin = File::options().append(true).open(old.join("gosbrk-origin")).unwrap();
    origin.set_times(FileTimes::new().set_modified(days_ago)).unwrap();
    replace(&file, &(changed + "\n// And again.\n"));
    let newest = goroot(&dir, Some(&go));
    assert!(!old.exists() && new.exists() && newest.exists(), "{:?}", cached(&dir));
}

#[test]
fn where_no_links_can_be_made_there_are_copies() {
    let shared = Path::new("/dev/shm");
    let device = |path: &Path| path.metadata().map(|metadata| metadata.dev()).ok();
    if device(shared).is_none() || device(shared) == device(&own()) {
        return skip("a cache on another file system", "/dev/shm is not one");
    }
    let cache = tempfile::tempdir_in(shared).unwrap();
    let root = goroot(cache.path(), None);
    assert_eq!(root.join("VERSION").metadata().unwrap().nlink(), 1);
    let mut command = gosbrk(cache.path(), &["go", "run", "./hello"]);
    assert_eq!(succeed(&mut command), "hello, world\n");
}

#[test]
fn no_home_is_said() {
    let gos_own = scratch("goroot-home");
    let mut command = gosbrk(Path::new(""), &["goroot"]);
    command.env_remove("HOME").env("GOCACHE", &gos_own).env("GOPATH", &gos_own);
    let said = text(&run(&mut command).stderr);
    assert!(said.starts_with("gosbrk: no directory for the Go root: "), "{said}");
}

#[test]
fn no_go_is_said() {
    let cache = scratch("goroot-none");
    let output = run(gosbrk(&cache, &["go", "version"]).env("PATH", "/nowhere"));
    let said = text(&output.stderr);
    assert!(said.starts_with("gosbrk: the go command is not in PATH\nhint: install Go"), "{said}");
}

#[test]
fn words_of_the_go_command_are_known_for_what_they_are() {
    let cache = scratch("goroot-words");
    let output = run(&mut gosbrk(&cache, &["build"]));
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(said.starts_with("error: unrecognized subcommand 'build'"), "{said}");
    assert!(
        said.ends_with("\nhint: put go subcommands after `go`, as in `gosbrk go build`\n"),
        "{said}"
    );
}

#[test]
fn other_targets_are_refused() {
    let cache = scratch("goroot-target");
    let output = run(gosbrk(&cache, &["go", "build", "./hello"]).env("GOOS", "windows"));
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(said.starts_with("gosbrk: GOOS/GOARCH is windows/amd64; "), "{said}");
    assert!(said.contains("\nhint: unset GOOS and GOARCH"), "{said}");
}

#[test]
fn doctor_says_what_does_not_fit() {
    let cache = scratch("goroot-doctor");
    let well = run(&mut gosbrk(&cache, &["doctor"]));
    assert!(well.status.success(), "{well:?}");
    let ill = run(gosbrk(&cache, &["doctor"]).env("GOFLAGS", "-race").env("GOTOOLCHAIN", "local"));
    assert_eq!(ill.status.code(), Some(1));
    assert!(text(&ill.stdout).contains("\nproblem  GOFLAGS: -race: "), "{ill:?}");
}

#[test]
fn another_machine_is_refused() {
    let cache = scratch("goroot-machine");
    for (os, machine) in [("linux", "riscv64"), ("darwin", "arm64")] {
        let mut command = gosbrk(&cache, &["go", "build", "./hello"]);
        let output = run(command.env("GOOS", os).env("GOARCH", machine));
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2));
        let begins =
            format!("gosbrk: GOOS/GOARCH is {os}/{machine}; gosbrk builds for linux/amd64");
        assert!(said.starts_with(&begins) && said.lines().count() == 2, "{said}");
        assert!(said.contains("\nhint: unset GOOS and GOARCH"), "{said}");
    }
}
