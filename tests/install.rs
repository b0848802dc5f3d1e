//! `make install`, and programs built as its users build them.

mod common;

use common::{
    alone, can_link, is_there, make, program, root, scratch, skip, source, succeed, text, tool,
};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

/// Installs for `prefix`, below `destdir`.
fn install(prefix: &Path, destdir: &str) -> String {
    let args = [format!("PREFIX={}", prefix.display()), format!("DESTDIR={destdir}")];
    succeed(make(&["install"]).args(args))
}

#[test]
fn users_find_it_with_pkg_config() {
    let pkg_config = tool("PKG_CONFIG", "pkg-config");
    if !is_there(&pkg_config) {
        return skip("the installed library", "there is no pkg-config (or what PKG_CONFIG names)");
    }
    let prefix = scratch("installed");
    install(&prefix, "");
    let ask = |what: &[&str]| {
        let mut command = Command::new(&pkg_config);
        command.env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig")).args(what).arg("gosbrk");
        succeed(&mut command).trim().to_owned()
    };
    assert_eq!(ask(&["--modversion"]), env!("CARGO_PKG_VERSION"));
    for (name, extra) in [("dynamic", &[][..]), ("static", &["--static"])] {
        let flags = ask(&[&["--cflags", "--libs"], extra].concat());
        let example = prefix.join(name);
        // Not cc(), which knows where the tree's own header is.
        let mut cc = Command::new(tool("CC", "cc"));
        cc.arg(source("example.c")).args(flags.split_whitespace());
        cc.args(extra.iter().map(|_| "-static")).arg("-o").arg(&example);
        let built = common::run(&mut cc);
        if name == "static" && !can_link(&prefix, &["-static"]) {
            skip("the installed library, linked static", "the machine's C library cannot be");
            continue;
        }
        assert!(built.status.success(), "{cc:?}: {}", text(&built.stderr));
        assert!(succeed(&mut program(example)).starts_with("text at +0:"));
    }
}

/// The first code block of a language in docs/c.md.
fn shown(language: &str) -> String {
    let page = fs::read_to_string(root().join("docs/c.md")).unwrap();
    let block = page.split_once(&format!("\n```{language}\n")).unwrap().1;
    block.split_once("```\n").unwrap().0.to_owned()
}

#[test]
fn what_the_docs_show_works() {
    if !is_there("cc") || !is_there("pkg-config") {
        return skip("the lines of docs/c.md", "there is no cc or no pkg-config");
    }
    let dir = scratch("docs");
    fs::write(dir.join("example.c"), shown("c")).unwrap();
    // The tree's own directory stays clean, and so does the user's home.
    for name in ["include", "target"] {
        symlink(root().join(name), dir.join(name)).unwrap();
    }
    let installed = shown("sh tests/install.rs")
        .replace("make ", &format!("make -C '{}' ", root().display()))
        .replace("$HOME", dir.to_str().unwrap());
    let in_the_tree = "cc -Iinclude example.c target/release/libgosbrk.a";
    let page = fs::read_to_string(root().join("docs/c.md")).unwrap();
    assert!(page.contains(&format!("`{in_the_tree}`")));
    for lines in [&installed, in_the_tree] {
        let script = format!("{lines}\n./a.out && rm a.out");
        let mut shell = program("sh");
        succeed(alone(shell.args(["-exc", &script])).current_dir(&dir));
    }
}

#[test]
fn packagers_get_it_below_destdir() {
    let dir = scratch("packed");
    let said = install(Path::new("/opt/go|sbrk & co"), dir.to_str().unwrap());
    let root_of = dir.join("opt/go|sbrk & co");
    for (name, original) in [
        ("lib/libgosbrk.a", "target/release/libgosbrk.a"),
        ("include/gosbrk.h", "include/gosbrk.h"),
    ] {
        assert_eq!(
            fs::read(root_of.join(name)).unwrap(),
            fs::read(root().join(original)).unwrap(),
            "{name}"
        );
        assert!(said.contains(name), "{said}");
    }
    let pc = fs::read_to_string(root_of.join("lib/pkgconfig/gosbrk.pc")).unwrap();
    assert_eq!(pc.lines().next(), Some("prefix=/opt/go|sbrk & co"));
    assert!(!pc.contains('@') && !pc.contains(dir.to_str().unwrap()), "{pc}");
    let command = root().join("target/release/gosbrk").exists();
    assert_eq!(root_of.join("bin/gosbrk").exists(), command, "{said}");
    assert_eq!(said.contains("install: no command"), !command, "{said}");
}

#[test]
fn a_relative_prefix_is_refused() {
    let output = common::run(&mut make(&["install", "PREFIX=here", "DESTDIR="]));
    assert!(!output.status.success());
    let said = text(&output.stderr);
    assert!(said.contains("PREFIX must be an absolute path, not 'here'"), "{said}");
}
