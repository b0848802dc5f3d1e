//! `make dist`: what users get who have no Rust, tried as such a user.

mod common;

use common::packed::{
    Place, c_example, dist, go_user, is_plain, is_static, readme_commands, tarball, tarball_arm64,
    unpacked,
};
use common::whole::small_arenas;
use common::{alone, is_there, long, make, root, run, scratch, skip, succeed, text, tool};
use std::fs::{read, read_dir, read_to_string, write};
use std::process::Command;

#[test]
fn the_same_sources_are_packed_to_the_same_bytes() {
    let Some(tarball) = tarball() else { return };
    let first = read(&tarball).unwrap();
    // Another time and another owner of the files must not be seen.
    let mut again = dist("x86_64");
    succeed(again.env("TZ", "Asia/Tokyo").env("GZIP", "-1"));
    assert!(read(&tarball).unwrap() == first, "{} has changed", tarball.display());
    is_plain(&tarball);
}

/// A copy of the sources, built from nothing in another folder.
#[test]
fn the_same_bytes_come_from_two_folders() {
    if !long() {
        return; // Two builds of everything.
    }
    let Some(tarballs) = [tarball(), tarball_arm64()].into_iter().collect::<Option<Vec<_>>>()
    else {
        return;
    };
    let elsewhere = scratch("dist-elsewhere");
    for entry in read_dir(root()).unwrap() {
        let path = entry.unwrap().path();
        if !path.ends_with("target") && !path.ends_with(".git") {
            succeed(Command::new("cp").arg("-a").arg(&path).arg(&elsewhere));
        }
    }
    let epoch =
        succeed(Command::new("git").args(["log", "-1", "--format=%ct"]).current_dir(root()));
    for (machine, ours) in ["x86_64", "aarch64"].into_iter().zip(tarballs) {
        let mut there = make(&["dist", &format!("TARGET={machine}")]);
        succeed(there.current_dir(&elsewhere).env("SOURCE_DATE_EPOCH", epoch.trim()));
        let theirs = elsewhere.join("target/dist").join(ours.file_name().unwrap());
        let same = read(&ours).unwrap() == read(&theirs).unwrap();
        assert!(same, "{} and {} differ", ours.display(), theirs.display());
    }
    std::fs::remove_dir_all(&elsewhere).unwrap();
}

#[test]
fn the_command_is_static_and_knows_no_path_of_this_machine() {
    let Some(dir) = unpacked("dist-static") else { return };
    let gosbrk = dir.join("bin/gosbrk");
    is_static(&gosbrk);
    // No file of the system is needed: it starts in a directory that has no other.
    let empty = scratch("dist-empty");
    std::fs::copy(&gosbrk, empty.join("gosbrk")).unwrap();
    let chroot = run(Command::new("chroot").arg(&empty).args(["/gosbrk", "--version"]));
    if text(&chroot.stderr).contains("Operation not permitted") {
        return skip("the command in an empty root", "chroot is for root only");
    }
    assert_eq!(
        text(&chroot.stdout),
        format!("gosbrk {}\n", env!("CARGO_PKG_VERSION")),
        "{chroot:?}"
    );
}

/// The three commands of README.md, where there is only Go and the tarball.
#[test]
fn what_the_readme_shows_works_without_rust() {
    let Some(tarball) = tarball() else { return };
    if !small_arenas() {
        return skip("the README's lines for a release", "its limit is for Go 1.26 and later");
    }
    let place = Place::new("dist-readme", &["go", "tar", "gzip", "sh"]);
    succeed(Command::new("cp").arg(&tarball).arg(&place.dir));
    let (program, commands) = readme_commands();
    write(place.dir.join("hello.go"), program).unwrap();
    assert_eq!(commands.lines().count(), 3, "{commands}");
    let said = succeed(place.command("sh").args(["-ec", &commands]));
    assert!(said.ends_with("hello, world\n"), "{said}");
    // And that the limit is one that matters.
    succeed(place.command("go").args(["build", "-o", "stock", "hello.go"]));
    let stock = run(place.command("sh").args(["-c", "ulimit -c 0; ulimit -v 6000; ./stock"]));
    assert!(!stock.status.success(), "stock Go starts under that limit too");
}

#[test]
fn the_go_module_in_it_builds_without_rust_and_make() {
    let Some(dir) = unpacked("dist-module") else { return };
    if !is_there("gcc") {
        return skip("the Go module of a release", "cgo needs a C compiler, and there is no gcc");
    }
    let place = Place::new("dist-user", &["go", "gcc", "as", "ld", "ar"]);
    let want = go_user(&place.dir, &dir.join("go"));
    // The second is a copy that `go mod vendor` makes, in which the archive is as well.
    for before in ["tidy", "vendor"] {
        succeed(place.command("go").args(["mod", before]));
        assert_eq!(succeed(place.command("go").args(["run", "."])), want);
    }
    let vendored = place.dir.join("vendor/gosbrk");
    assert!(vendored.join("libgosbrk_linux_amd64.a").is_file());
    // Where this machine can make it, that for arm64 is there too.
    let setup = run(Command::new(root().join("tools/setup-arm64.sh")).arg("library"));
    for name in ["libgosbrk_linux_arm64.a", "archive_linux_arm64.go"] {
        assert_eq!(vendored.join(name).is_file(), setup.status.success(), "{name}");
    }
}

#[test]
fn c_programs_find_the_library_in_it() {
    let Some(dir) = unpacked("dist-c") else { return };
    let (pkg_config, cc) = (tool("PKG_CONFIG", "pkg-config"), tool("CC", "cc"));
    if !is_there(&pkg_config) || !is_there(&cc) {
        return skip("the C library of a release", "there is no pkg-config, or no C compiler");
    }
    let example = c_example(&dir, pkg_config, cc);
    assert!(succeed(common::program(example).env_remove("GOSBRK")).starts_with("text at +0:"));
}

#[test]
fn the_licences_of_all_that_is_linked_are_in_it() {
    let Some(dir) = unpacked("dist-licences") else { return };
    let licences = read_to_string(dir.join("licences/packages.txt")).unwrap();
    let mut tree = Command::new("cargo");
    tree.args(["tree", "--locked", "--package=gosbrk-command", "--edges=normal", "--prefix=none"]);
    let listed = succeed(alone(tree.args(["--format={p} {r}"]).current_dir(root())));
    let mut count = 0;
    for line in listed.lines().filter(|line| !line.contains('(') || line.contains("proc-macro")) {
        let mut words = line.split_whitespace();
        let (name, version) =
            (words.next().unwrap(), words.next().unwrap().trim_start_matches('v'));
        assert!(licences.contains(&format!("\n{name} {version} ")), "{name} {version}");
        count += 1;
    }
    assert!(count > 20, "{listed}");
    for other in ["musl.txt", "rust-standard-library.html"] {
        assert!(dir.join("licences").join(other).is_file(), "{other}");
    }
}
