//! Every release: where its fields are, and what is read there.
//!
//! `GOSBRK_BLESS=1 GOSBRK_TEST_LONG=1` writes the table of `look/src/layout/table.rs` anew.

use crate::common::{long, root, skip, succeed, text};
use crate::guest::{self, Ends, Guest, OLDEST, OWN, build, place};
use crate::rows::same_as_memstats;
use gosbrk_look::elf::Image;
use gosbrk_look::layout::{Machine, Offsets, minor};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The list that the library is compared with, too.
fn all() -> Vec<String> {
    let source = std::fs::read_to_string(root().join("go/internal/oracle/toolchain.go")).unwrap();
    let line = source.lines().find(|line| line.starts_with("var Releases")).unwrap();
    line.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

fn releases() -> Vec<String> {
    if long() { all() } else { vec![OLDEST.to_owned(), OWN.to_owned()] }
}

const MACHINES: [Machine; 2] = [Machine::Amd64, Machine::Arm64];

/// A program of stock Go for a machine. No program for another one than this is run.
fn stock(release: &str, machine: Machine) -> Option<PathBuf> {
    let arch = machine.name();
    let program = place(&format!("memory-{release}-{arch}"));
    let mut command = guest::go(release)?;
    command.env("GOARCH", arch).env("CGO_ENABLED", "0").args(["build", "-o"]).arg(&program);
    succeed(command.arg("./memory"));
    Some(program)
}

/// A program on gosbrk, by the Go of a release.
fn compact(release: &str, machine: Machine) -> Option<PathBuf> {
    let arch = machine.name();
    let program = place(&format!("memory-{release}-{arch}-compact"));
    let goroot = succeed(guest::go(release)?.args(["env", "GOROOT"]));
    let mut command = guest::gosbrk();
    command.args(["--layout", "compact", "--go", goroot.trim(), "go", "build", "-o"]).arg(&program);
    command.arg("./memory").current_dir(root().join("testdata/look"));
    let built = command.env("GOARCH", arch).env("CGO_ENABLED", "0").output().unwrap();
    if !built.status.success() {
        let said = text(&built.stderr);
        let why = said.lines().next().unwrap_or_default();
        skip(&format!("the compact layout of Go {release} for {arch}"), why);
        return None;
    }
    Some(program)
}

/// A machine, what a program says that it was built with, and where its DWARF has the fields.
type Entry = (Machine, String, Offsets);

fn by_dwarf(program: &Path) -> Entry {
    let image = Image::of(std::fs::File::open(program).unwrap()).unwrap();
    let offsets = image.offsets.expect("its DWARF describes the runtime");
    (image.machine, image.version.unwrap(), offsets)
}

#[test]
fn the_table_is_what_dwarf_says() {
    let mut entries = Vec::new();
    for machine in MACHINES {
        for release in releases() {
            let Some(program) = stock(&release, machine) else { continue };
            entries.push(by_dwarf(&program));
            entries.extend(compact(&release, machine).as_deref().map(by_dwarf));
        }
    }
    assert!(!entries.is_empty(), "no Go at all");
    if std::env::var_os("GOSBRK_BLESS").is_some() {
        assert!(long(), "the table is of all releases: GOSBRK_TEST_LONG=1");
        return std::fs::write(root().join("look/src/layout/table.rs"), table(&entries)).unwrap();
    }
    for (machine, version, offsets) in entries {
        let known = Offsets::known(machine, &version, offsets.compact());
        assert_eq!(known, Some(&offsets), "{machine:?} {version}");
    }
}

/// The source of the table, as rustfmt has it.
fn table(entries: &[Entry]) -> String {
    let releases = all();
    let mut text = String::from(
        "//! Made by `GOSBRK_BLESS=1 GOSBRK_TEST_LONG=1 cargo test -p gosbrk-command --test look table`;\n\
         //! DO NOT EDIT.\n\nuse super::Machine::{Amd64, Arm64};\nuse super::{Machine, Offsets};\n\n/// The releases whose DWARF it was made from.\n",
    );
    let _ = writeln!(
        text,
        "#[rustfmt::skip]\npub const RELEASES: [&str; {}] = {releases:?};\n",
        releases.len()
    );
    text.push_str("/// The machine, the release, whether it is gosbrk's compact layout; and where the fields lie.\n#[rustfmt::skip]\npub const TABLE: &[((Machine, &str, bool), Offsets)] = &[\n");
    for (machine, version, offsets) in entries {
        let (minor, compact) = (minor(version).unwrap(), offsets.compact());
        let _ = write!(text, "    (({machine:?}, {minor:?}, {compact}), Offsets {{");
        for (i, (name, value)) in offsets.fields().into_iter().enumerate() {
            let gap = if i % 4 == 0 { "\n        " } else { " " };
            let _ = write!(text, "{gap}{name}: {},", grouped(value));
        }
        let _ = writeln!(
            text,
            "\n        in_ptr_scalar_bits: {:?},\n    }}),",
            offsets.in_ptr_scalar_bits
        );
    }
    text.push_str("];\n");
    text
}

/// A number as clippy wants it.
fn grouped(value: u32) -> String {
    let digits = value.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group));
    if digits.len() < 6 { digits } else { groups.collect::<Vec<_>>().join("_") }
}

#[test]
fn every_release_is_read_as_it_counts_itself() {
    for release in releases() {
        for (tag, options) in [("dwarf", &[][..]), ("w", &["-ldflags=-w"]), ("s", &["-ldflags=-s"])]
        {
            let Some(program) = build("memory", &release, tag, options) else { continue };
            let mut guest = Ends(Guest::start(&program, "kept", 20));
            same_as_memstats(&mut guest.0, tag);
        }
    }
}
