//! A release under other distributions: in roots made from their packages, with Go and the
//! tarball, the three commands of README.md. Long: each root is some 300 MB.

mod common;

use common::packed::{NAME, readme_commands, tarball};
use common::roots::own;
use common::{is_there, long, run, scratch, skip, succeed, text};
use std::fs::{copy, create_dir_all, remove_dir_all, write};
use std::path::Path;
use std::process::Command;

/// Debian's releases 11 and 12.
const DEBIAN: [&str; 2] = ["bullseye", "bookworm"];

/// Whether a root can be entered here; if not, a line says so.
fn can_enter(what: &str) -> bool {
    if !long() {
        return false;
    }
    // SAFETY: it has no arguments and cannot fail.
    let root = unsafe { libc::geteuid() } == 0;
    if !root {
        skip(what, "chroot is for root only");
    }
    root
}

/// Tries the README's commands in a root that has a shell, tar and gzip.
fn try_in(root: &Path, tarball: &Path) {
    let work = root.join("work");
    create_dir_all(&work).unwrap();
    create_dir_all(root.join("usr/local")).unwrap();
    let mut go = Command::new("cp");
    succeed(go.args(["-a", "--no-preserve=ownership"]).arg(own()).arg(root.join("usr/local/go")));
    copy(tarball, work.join(format!("{NAME}.tar.gz"))).unwrap();
    let (program, commands) = readme_commands();
    write(work.join("hello.go"), program).unwrap();
    // The go command finds its root by /proc. What is mounted goes with the namespace.
    let script = r#"mkdir -p "$0/proc" && mount -t proc proc "$0/proc" && exec chroot "$0" /bin/sh -ec "$1""#;
    let mut enter = Command::new("unshare");
    enter.args(["--mount", "sh", "-ec", script]).arg(root).arg(format!("cd /work\n{commands}"));
    enter.env_clear();
    enter.envs([("PATH", "/usr/local/go/bin:/usr/sbin:/usr/bin:/sbin:/bin"), ("HOME", "/work")]);
    enter.env("GOTOOLCHAIN", "local");
    let said = succeed(&mut enter);
    assert!(said.ends_with("hello, world\n"), "{said}");
    remove_dir_all(root).unwrap();
}

#[test]
fn debian_runs_it() {
    if !can_enter("a release on Debian 11 and 12") {
        return;
    }
    let Some(tarball) = tarball() else { return };
    if !is_there("debootstrap") {
        return skip("a release on Debian 11 and 12", "there is no debootstrap");
    }
    for release in DEBIAN {
        let dir = scratch(&format!("userland-{release}"));
        let mut debootstrap = Command::new("debootstrap");
        let made = run(debootstrap.args(["--variant=minbase", release]).arg(&dir));
        if !made.status.success() {
            let said = text(&made.stdout);
            let why = said.lines().last().unwrap_or_default();
            skip(&format!("a release on Debian {release}"), &format!("debootstrap: {why}"));
            continue;
        }
        try_in(&dir, &tarball);
    }
}

/// Alpine's packages come from a server of its own, and its C library is not glibc. What
/// stands for it is a root with no C library at all: Busybox, as Alpine has it, and Go.
#[test]
fn busybox_without_a_c_library_runs_it() {
    if !can_enter("a release where there is no glibc, as on Alpine") {
        return;
    }
    let Some(tarball) = tarball() else { return };
    let busybox = Path::new("/bin/busybox");
    let headers = run(Command::new("readelf").arg("-lW").arg(busybox));
    if !headers.status.success() || text(&headers.stdout).contains("INTERP") {
        let why = "there is no static /bin/busybox (package busybox-static)";
        return skip("a release where there is no glibc, as on Alpine", why);
    }
    let dir = scratch("userland-busybox");
    for sub in ["bin", "tmp", "dev"] {
        create_dir_all(dir.join(sub)).unwrap();
    }
    // The go command opens it for programs that it starts.
    succeed(Command::new("mknod").arg("-m666").arg(dir.join("dev/null")).args(["c", "1", "3"]));
    copy(busybox, dir.join("bin/busybox")).unwrap();
    for name in ["sh", "tar", "gzip", "gunzip"] {
        std::os::unix::fs::symlink("busybox", dir.join("bin").join(name)).unwrap();
    }
    assert!(!dir.join("lib").exists() && !dir.join("lib64").exists());
    try_in(&dir, &tarball);
}
