//! `make dist TARGET=aarch64`: the release for linux/arm64, made here and tried under emulation.

mod common;

use common::emulated::{emulated, has_tools, natively};
use common::packed::{
    Place, c_example, dist, go_user, is_plain, is_static, tarball_arm64, unpacked_arm64,
};
use common::{header, is_there, long, root, run, scratch, skip, succeed, text, tool};
use std::fs::{copy, create_dir, read, remove_dir_all, write};
use std::path::PathBuf;
use std::process::Command;

const CC: &str = "aarch64-linux-gnu-gcc";

/// The release, unpacked; nothing where it can be neither made nor tried here.
fn unpacked(what: &str, test: &str) -> Option<PathBuf> {
    if has_tools(what) { unpacked_arm64(test) } else { None }
}

#[test]
fn the_same_sources_are_packed_to_the_same_bytes() {
    if !has_tools("a release for linux/arm64") {
        return;
    }
    let Some(tarball) = tarball_arm64() else { return };
    let first = read(&tarball).unwrap();
    let mut again = dist("aarch64");
    succeed(again.env("TZ", "Asia/Tokyo").env("GZIP", "-1"));
    assert!(read(&tarball).unwrap() == first, "{} has changed", tarball.display());
    is_plain(&tarball);
}

#[test]
fn the_command_runs_and_has_the_library_for_both_machines() {
    let what = "the command of a release for linux/arm64";
    let Some(dir) = unpacked(what, "dist-arm64-command") else { return };
    let gosbrk = dir.join("bin/gosbrk");
    is_static(&gosbrk);
    let kind = succeed(Command::new("readelf").arg("-hW").arg(&gosbrk));
    assert!(kind.contains("AArch64"), "{kind}");
    let says = succeed(emulated("4096", &gosbrk).arg("--version"));
    assert_eq!(says, format!("gosbrk {}\n", env!("CARGO_PKG_VERSION")));
    let bytes = read(&gosbrk).unwrap();
    for arch in ["amd64", "arm64"] {
        let object = read(root().join(format!("target/release/gosbrk_linux_{arch}.syso"))).unwrap();
        assert!(bytes.windows(object.len()).any(|part| part == object), "no object for {arch}");
    }
    // It reads programs of both.
    let programs = scratch("dist-arm64-programs");
    for arch in ["amd64", "arm64"] {
        let program = programs.join(arch);
        let mut build = common::whole::gosbrk(&["--layout=compact", "go", "build", "-o"]);
        succeed(build.arg(&program).arg("./hello").env("GOARCH", arch).env("CGO_ENABLED", "0"));
        let says = succeed(emulated("4096", &gosbrk).arg("doctor").arg(&program));
        assert!(says.contains("layout: compact"), "{says}");
    }
    // The pages were written by this machine's command; they are those of its own.
    let own = scratch("dist-arm64-manual");
    succeed(emulated("4096", &gosbrk).arg("manual").arg(&own));
    succeed(Command::new("diff").arg("-r").arg(&own).arg(dir.join("share")));
}

#[test]
fn the_go_module_builds_for_both_machines() {
    let what = "the Go module of a release for linux/arm64";
    let Some(dir) = unpacked(what, "dist-arm64-module") else { return };
    let place = Place::new("dist-arm64-user", &["go", "gcc", "as", "ld", "ar", CC]);
    let want = go_user(&place.dir, &dir.join("go"));
    assert_eq!(succeed(place.command("go").args(["run", "."])), want);
    let mut build = place.command("go");
    build.env("GOARCH", "arm64").env("CGO_ENABLED", "1").env("CC", CC);
    succeed(build.args(["build", "-o", "user"]));
    assert_eq!(succeed(&mut emulated("4096", &place.dir.join("user"))), want);
}

#[test]
fn c_programs_find_the_library_in_it() {
    let what = "the C library of a release for linux/arm64";
    let Some(dir) = unpacked(what, "dist-arm64-c") else { return };
    let pkg_config = tool("PKG_CONFIG", "pkg-config");
    if !is_there(&pkg_config) {
        return skip(what, "there is no pkg-config");
    }
    assert_eq!(text(&read(dir.join("include/gosbrk.h")).unwrap()), header());
    let example = c_example(&dir, pkg_config, CC);
    assert!(succeed(&mut emulated("65536", &example)).starts_with("text at +0:"));
}

/// Go's own toolchain for linux/arm64, from the module proxy.
fn toolchain(what: &str) -> Option<PathBuf> {
    let version = succeed(&mut common::whole::go(&["env", "GOVERSION"]));
    let module = format!("golang.org/toolchain@v0.0.1-{}.linux-arm64", version.trim());
    let output = run(common::whole::go(&["mod", "download", "-json", &module]).current_dir("/"));
    let said = text(&output.stdout);
    let dir = said.lines().find_map(|line| line.trim().strip_prefix("\"Dir\": \""));
    let Some(dir) = dir.and_then(|dir| dir.strip_suffix("\",")) else {
        skip(what, &format!("{module} cannot be had"));
        return None;
    };
    // A module has no programs: the go command makes them some when it switches to one.
    let root = scratch("dist-arm64-go");
    succeed(Command::new("cp").arg("-r").arg(format!("{dir}/.")).arg(&root));
    succeed(Command::new("chmod").args(["-R", "u+w,+x"]).arg(root.join("bin")));
    succeed(Command::new("chmod").args(["-R", "u+w,+x"]).arg(root.join("pkg/tool")));
    Some(root)
}

/// As a user of an arm64 machine has it: the release's command starts Go for that machine, and
/// that its compiler and linker.
#[test]
fn programs_are_built_on_an_arm64_machine() {
    if !long() {
        return; // It compiles the runtime with an emulated compiler.
    }
    let what = "the command of a release beside Go for linux/arm64";
    let Some(dir) = unpacked(what, "dist-arm64-native") else { return };
    let Some(go) = toolchain(what) else { return };
    let gosbrk = dir.join("bin/gosbrk").display().to_string();
    let work = scratch("dist-arm64-native-work");
    create_dir(work.join("home")).unwrap();
    write(work.join("go.mod"), "module hello\n\ngo 1.24\n").unwrap();
    copy(root().join("testdata/go/hello/main.go"), work.join("main.go")).unwrap();
    let Some(mut build) = natively(what, &[&gosbrk, "go", "build", "-o", "own"]) else { return };
    build.current_dir(&work).env("HOME", work.join("home")).env("GOTOOLCHAIN", "local");
    build.env_remove("GOCACHE").env_remove("XDG_CACHE_HOME").env_remove("GOSBRK");
    let path = [go.join("bin"), "/usr/bin".into(), "/bin".into()];
    build.env("PATH", std::env::join_paths(path).unwrap()).env("CGO_ENABLED", "0");
    succeed(&mut build);
    let own = work.join("own");
    assert_eq!(succeed(&mut emulated("4096", &own)), "hello, world\n");
    let says = succeed(Command::new(env!("CARGO_BIN_EXE_gosbrk")).arg("doctor").arg(&own));
    assert!(says.contains("layout: compact"), "{says}");
    for dir in [go, work] {
        // Files of a module are read-only.
        succeed(Command::new("chmod").args(["-R", "u+w"]).arg(&dir));
        remove_dir_all(dir).unwrap();
    }
}
