//! The version, and what is needed at least, are the same wherever they stand.

mod common;

use common::{header, root, succeed};
use std::process::Command;

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

#[test]
fn every_file_has_the_same_version() {
    for (name, text, want) in [
        ("include/gosbrk.h", header(), format!("#define GOSBRK_VERSION \"{VERSION}\"\n")),
        ("go/handshake.go", read("go/handshake.go"), format!("GOSBRK_GO_VERSION \"{VERSION}\"\n")),
        ("README.md", read("README.md"), format!("gosbrk-{VERSION}-linux-amd64.tar.gz\n")),
        ("docs/install.md", read("docs/install.md"), format!("| gosbrk | {VERSION} |")),
    ] {
        assert!(text.contains(&want), "{name} has no {want:?}");
    }
    // Other files' names for it, such as an older tarball's, are no part of it.
    let readme = read("README.md");
    assert!(!readme.replace(&format!("gosbrk-{VERSION}-"), "").contains("gosbrk-0."), "README.md");
    let changes = read("CHANGELOG.md");
    let newest = changes.lines().find_map(|line| line.strip_prefix("## ")).unwrap();
    assert!(newest.starts_with(&format!("{VERSION} (")), "CHANGELOG.md begins with {newest}");
}

#[test]
fn the_packages_of_the_workspace_have_it() {
    let ask = ["metadata", "--locked", "--no-deps", "--format-version=1"];
    let metadata = succeed(Command::new("cargo").args(ask).current_dir(root()));
    for package in ["gosbrk", "gosbrk-command", "gosbrk-look", "gosbrk-page", "gosbrk-trace"] {
        let want = format!("\"name\":\"{package}\",\"version\":\"{VERSION}\"");
        assert!(metadata.contains(&want), "{package}");
    }
}

#[test]
fn the_table_of_what_is_needed_is_true() {
    let table = read("docs/install.md");
    let rust = env!("CARGO_PKG_RUST_VERSION");
    let go_mod = read("go/go.mod");
    let go = go_mod.lines().find_map(|line| line.strip_prefix("go ")).unwrap();
    for want in [format!("| Rust | {rust} |"), format!("| Go, for the module | {go} |")] {
        assert!(table.contains(&want), "docs/install.md has no {want:?}");
    }
}
