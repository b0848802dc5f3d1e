//! Go's own tools on gosbrk: they build where the stock go command does not start, and
//! what they build is the same, byte for byte.

mod common;

use common::roots::{build_cache, cached, goroot, gosbrk, own};
use common::{is_there, long, root, run, scratch, skip, succeed, text};
use std::fs::{
    File, copy, create_dir, read, read_dir, read_link, read_to_string, remove_file, write,
};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::UNIX_EPOCH;

/// Under it stock go commands do not start. KiB.
const LIMIT: u32 = 500_000;

/// Where roots are made for this test, and programs that no build cache has: what is built or
/// vetted here is compiled, vetted and linked here.
struct Place {
    cache: PathBuf,
    programs: PathBuf,
    /// Differs from run to run.
    run: u128,
}

impl Place {
    fn new() -> Self {
        let dir = scratch("tools");
        let run = UNIX_EPOCH.elapsed().unwrap().as_nanos();
        let (cache, programs) = (dir.join("cache"), dir.join("programs"));
        let from = root().join("testdata/go");
        create_dir(&programs).unwrap();
        copy(from.join("go.mod"), programs.join("go.mod")).unwrap();
        for program in ["hello", "threads"] {
            create_dir(programs.join(program)).unwrap();
            for file in read_dir(from.join(program)).unwrap() {
                let file = file.unwrap();
                let text = read_to_string(file.path()).unwrap() + &format!("\n// {run}\n");
                write(programs.join(program).join(file.file_name()), text).unwrap();
            }
        }
        Self { cache, programs, run }
    }

    /// The command.
    fn gosbrk(&self, args: &[&str]) -> Command {
        let mut command = gosbrk(&self.cache, args);
        command.current_dir(&self.programs);
        command
    }

    /// The command under the limit.
    fn limited(&self, args: &[&str]) -> Command {
        let script = format!("ulimit -c 0 -v {LIMIT}; exec \"$@\"");
        let mut command = Command::new("bash");
        command.args(["-c", &script, "bash"]).arg(env!("CARGO_BIN_EXE_gosbrk")).args(args);
        // As in the command above. Compiling Go's packages and tools takes minutes.
        command.env("XDG_CACHE_HOME", &self.cache).env("GOCACHE", build_cache());
        command.current_dir(&self.programs);
        command
    }

    /// Builds `hello` and gives the program's bytes.
    fn hello(&self, command: &mut Command) -> Vec<u8> {
        let program = self.programs.join("built");
        let _ = remove_file(&program);
        succeed(command.arg("-o").arg(&program).arg("./hello"));
        read(program).unwrap()
    }
}

#[track_caller]
fn refusal(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    text(&output.stderr)
}

#[test]
fn tools_on_gosbrk_build_the_same_under_a_limit() {
    let place = Place::new();
    let stock = read(own().join("bin/go")).unwrap();
    let root = goroot(&place.cache, None);
    let outside = place.hello(&mut place.gosbrk(&["go", "build"]));

    let missing = "hint: run `gosbrk goroot --tools` once in a shell without this limit";
    for args in [&["go", "build", "./hello"][..], &["goroot", "--tools"], &["goroot"]] {
        let said = refusal(&run(&mut place.limited(args)));
        assert!(said.contains(missing) && said.lines().count() == 2, "{said}");
    }
    let output = run(&mut place.gosbrk(&["goroot", "--tools"]));
    assert!(output.status.success(), "{output:?}");
    assert_eq!(Path::new(text(&output.stdout).trim()), root);
    assert!(text(&output.stderr).contains("gosbrk: building "), "{output:?}");
    // They are there now.
    let output = run(&mut place.gosbrk(&["goroot", "--tools"]));
    assert_eq!((Path::new(text(&output.stdout).trim()), &output.stderr[..]), (&*root, &b""[..]));
    assert!(read(own().join("bin/go")).unwrap() == stock, "the user's own Go has changed");
    for tool in ["bin/go", "pkg/tool/linux_amd64/compile", "pkg/tool/linux_amd64/link"] {
        succeed(place.gosbrk(&["doctor"]).arg(root.join(tool)));
    }

    for command in [&mut place.gosbrk(&["go", "build"]), &mut place.limited(&["go", "build"])] {
        assert!(place.hello(command) == outside, "{command:?} builds other bytes");
    }
    succeed(&mut place.limited(&["go", "vet", "./hello"]));
    let said = succeed(&mut place.limited(&["go", "run", "./hello"]));
    assert_eq!(said, "hello, world\n");
    if is_there("gcc") {
        // With flags that no cache has, so that the C compiler runs under the limit too.
        let mut command = place.limited(&["go", "build", "-o"]);
        let flags = format!("-O1 -DRUN_{}", place.run);
        command.env("CGO_ENABLED", "1").env("CGO_CFLAGS", flags);
        succeed(command.arg(place.programs.join("with-c")).arg("./threads"));
    } else {
        skip("C code under a limit", "gcc is not installed");
    }
    let doctor = text(&run(&mut place.limited(&["doctor"])).stdout);
    for line in [
        "ok       go command: the one built on gosbrk starts, ",
        "ok       tools: built on gosbrk\n",
    ] {
        assert!(doctor.contains(line), "{doctor}");
    }
    // A root of another layout has none yet.
    let said = refusal(&run(&mut place.limited(&["--layout", "plain", "go", "version"])));
    assert!(said.contains(missing), "{said}");
    let output = run(&mut place.limited(&["--layout", "plain", "doctor"]));
    let doctor = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{doctor}");
    assert!(doctor.contains("problem  go command: does not start: ulimit -v "), "{doctor}");
    assert!(doctor.contains(missing), "{doctor}");
    another_release(&place);
    damaged(&place, &root);
}

/// The go command goes over to the release that is asked for, if that has tools.
fn another_release(place: &Place) {
    if !long() {
        return skip("two releases under a limit", "GOSBRK_TEST_LONG is not set");
    }
    let release = "go1.25.5";
    let limited = || {
        let mut command = place.limited(&["go", "version"]);
        command.env("GOTOOLCHAIN", release);
        command
    };
    refusal(&run(&mut limited()));
    succeed(place.gosbrk(&["goroot", "--tools"]).env("GOTOOLCHAIN", release));
    assert!(succeed(&mut limited()).contains(release));
}

fn damaged(place: &Place, root: &Path) {
    let cache = &place.cache;
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
    let said = text(&run(&mut place.gosbrk(&["goroot"])).stderr);
    let want = "; making it again\nhint: run `gosbrk goroot --tools` again ";
    assert!(said.contains(want), "{said}");
}
