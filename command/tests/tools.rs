//! Go's own tools on gosbrk: they build where the stock go command does not start, and
//! what they build is the same, byte for byte.

mod common;

use common::roots::{cached, goroot, gosbrk, own};
use common::{is_there, long, run, scratch, skip, succeed, text};
use std::fs::{File, read, read_link};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Under it stock go commands do not start. KiB.
const LIMIT: u32 = 500_000;

/// The command under that limit, or under another.
fn limited(kib: u32, cache: &Path, args: &[&str]) -> Command {
    let script = format!("ulimit -c 0 -v {kib}; exec \"$@\"");
    let mut command = Command::new("bash");
    command.args(["-c", &script, "bash"]).arg(env!("CARGO_BIN_EXE_gosbrk")).args(args);
    command.current_dir(common::root().join("testdata/go")).env("XDG_CACHE_HOME", cache);
    command
}

#[track_caller]
fn refusal(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    text(&output.stderr)
}

#[test]
fn tools_on_gosbrk_build_the_same_under_a_limit() {
    let dir = scratch("tools");
    let cache = dir.join("cache");
    let stock = read(own().join("bin/go")).unwrap();
    let root = goroot(&cache, None);
    let place = |name: &str| dir.join(name);
    let build = |command: &mut Command, name: &str| {
        succeed(command.arg("-o").arg(place(name)).arg("./hello"));
        read(place(name)).unwrap()
    };
    let outside = build(&mut gosbrk(&cache, &["go", "build"]), "outside");

    let missing = "hint: run `gosbrk goroot --tools` once in a shell without this limit";
    for args in [&["go", "build", "./hello"][..], &["goroot", "--tools"], &["goroot"]] {
        let said = refusal(&run(&mut limited(LIMIT, &cache, args)));
        assert!(said.contains(missing) && said.lines().count() == 2, "{said}");
    }
    let output = run(&mut gosbrk(&cache, &["goroot", "--tools"]));
    assert!(output.status.success(), "{output:?}");
    assert_eq!(Path::new(text(&output.stdout).trim()), root);
    assert!(text(&output.stderr).contains("gosbrk: building "), "{output:?}");
    // They are there now.
    let output = run(&mut gosbrk(&cache, &["goroot", "--tools"]));
    assert_eq!((Path::new(text(&output.stdout).trim()), &output.stderr[..]), (&*root, &b""[..]));
    assert!(read(own().join("bin/go")).unwrap() == stock, "the user's own Go has changed");
    for tool in ["bin/go", "pkg/tool/linux_amd64/compile", "pkg/tool/linux_amd64/link"] {
        succeed(gosbrk(&cache, &["doctor"]).arg(root.join(tool)));
    }

    for command in
        [&mut gosbrk(&cache, &["go", "build"]), &mut limited(LIMIT, &cache, &["go", "build"])]
    {
        assert!(build(command, "again") == outside, "{command:?} builds other bytes");
    }
    succeed(&mut limited(LIMIT, &cache, &["go", "vet", "./hello"]));
    let said = succeed(&mut limited(LIMIT, &cache, &["go", "run", "./hello"]));
    assert_eq!(said, "hello, world\n");
    if is_there("gcc") {
        // With flags that no cache has, so that the C compiler runs under the limit too.
        let mut command = limited(LIMIT, &cache, &["go", "build", "-o"]);
        command.env("CGO_ENABLED", "1").env("CGO_CFLAGS", "-O1 -DOF_THE_TOOLS");
        succeed(command.arg(place("threads")).arg("./threads"));
    } else {
        skip("C code under a limit", "gcc is not installed");
    }
    let doctor = text(&run(&mut limited(LIMIT, &cache, &["doctor"])).stdout);
    for line in [
        "ok       go command: the one built on gosbrk starts, ",
        "ok       tools: built on gosbrk\n",
    ] {
        assert!(doctor.contains(line), "{doctor}");
    }
    // A root of another layout has none yet.
    let said = refusal(&run(&mut limited(LIMIT, &cache, &["--layout", "plain", "go", "version"])));
    assert!(said.contains(missing), "{said}");
    let output = run(&mut limited(LIMIT, &cache, &["--layout", "plain", "doctor"]));
    let doctor = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{doctor}");
    assert!(doctor.contains("problem  go command: does not start: ulimit -v "), "{doctor}");
    assert!(doctor.contains(missing), "{doctor}");
    another_release(&cache);
    damaged(&cache, &root);
}

/// The go command goes over to the release that is asked for, if that has tools.
fn another_release(cache: &Path) {
    if !long() {
        return skip("two releases under a limit", "GOSBRK_TEST_LONG is not set");
    }
    let release = "go1.25.5";
    let limited = || {
        let mut command = limited(LIMIT, cache, &["go", "version"]);
        command.env("GOTOOLCHAIN", release);
        command
    };
    refusal(&run(&mut limited()));
    succeed(gosbrk(cache, &["goroot", "--tools"]).env("GOTOOLCHAIN", release));
    assert!(succeed(&mut limited()).contains(release));
}

fn damaged(cache: &Path, root: &Path) {
    let link = read_link(
        cached(cache)
            .iter()
            .find(|name| *name == "by-release")
            .map(|dir| cache.join("gosbrk").join(dir))
            .and_then(|dir| Some(std::fs::read_dir(dir).ok()?.next()?.ok()?.path()))
            .unwrap_or_else(PathBuf::new),
    );
    assert_eq!(link.unwrap(), root.join("bin/go"));
    let compile = root.join("pkg/tool/linux_amd64/compile");
    File::options().append(true).open(compile).unwrap().write_all(b"more").unwrap();
    let said = text(&run(&mut gosbrk(cache, &["goroot"])).stderr);
    let want = "; making it again\nhint: run `gosbrk goroot --tools` again ";
    assert!(said.contains(want), "{said}");
}
