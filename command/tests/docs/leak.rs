//! docs/leak.md: from a difference of two moments to the line that leaks.

use crate::common::{root, scratch, succeed};
use crate::{block, section, shell};
use std::fs;

/// What the block of the commands begins with.
const SHELL: &str = "sh command/tests/docs/leak.rs";

#[test]
fn a_difference_names_the_line_that_leaks() {
    let dir = scratch("docs-leak");
    let programs = root().join("testdata/go");
    fs::copy(programs.join("go.mod"), dir.join("go.mod")).unwrap();
    fs::create_dir(dir.join("leak")).unwrap();
    fs::copy(programs.join("leak/main.go"), dir.join("leak/main.go")).unwrap();
    let source = fs::read_to_string(programs.join("leak/main.go")).unwrap();
    let at = source.lines().position(|line| line.contains("bytes.Clone(")).unwrap();
    let place = format!("main.(*cache).get in bytes.Clone, leak/main.go:{}", at + 1);

    let told = section("leak.md", "# From a leak to its line");
    let said = succeed(&mut shell(&dir, "sh", &block(&told, SHELL)));
    let (rows, growths) = said.split_once("Who made the heap grow, up to then:\n").unwrap();
    assert!(growths.lines().next().unwrap().contains(&place), "{said}");
    assert!(rows.contains("is in: held by the program.\n"), "{said}");
    let first = rows.lines().skip_while(|line| !line.contains("difference")).nth(1).unwrap();
    assert!(first.contains('+') && first.ends_with("held by the program"), "{said}");

    // What is told is what is so: the place and the source.
    assert!(told.contains(&place), "docs/leak.md does not have {place}");
    let shown = block(&told, "go");
    assert!(source.contains(&shown), "docs/leak.md shows another source: {shown}");
}

/// With the mistake gone the memory stays where it was.
#[test]
fn what_is_mended_grows_no_more() {
    let dir = scratch("docs-mended");
    let programs = root().join("testdata/go");
    fs::copy(programs.join("go.mod"), dir.join("go.mod")).unwrap();
    fs::create_dir(dir.join("leak")).unwrap();
    let told = section("leak.md", "# From a leak to its line");
    let source = fs::read_to_string(programs.join("leak/main.go")).unwrap();
    let diff = block(&told, "diff");
    let line = |sign: char| diff.lines().find_map(|line| line.strip_prefix(sign)).unwrap();
    assert!(source.contains(line('-')), "{diff}");
    let source = source.replace(line('-'), line('+'));
    fs::write(dir.join("leak/main.go"), source).unwrap();
    let said = succeed(&mut shell(&dir, "sh", &block(&told, SHELL)));
    let held = said.lines().find(|line| line.ends_with("held by the program")).unwrap();
    let sizes: Vec<f64> = held.split(" MB").filter_map(|size| size.trim().parse().ok()).collect();
    assert!(sizes.len() >= 2 && sizes[1] < sizes[0] + 5.0, "{said}");
}
