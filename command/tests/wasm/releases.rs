//! Each release of Go, recorded under WASI.

use crate::common::{root, succeed};
use crate::program::{MEGABYTES, OTHERS, RELEASES, gosbrk, is_true, module, open, place, record};
use gosbrk_trace::cursor::Cursor;
use gosbrk_trace::identity::Identity;
use gosbrk_trace::memory::State;
use serde_json::Value;
use std::path::Path;

/// A recording of each release that can be had.
fn each(check: impl Fn(&str, &Path, &str)) {
    let long = crate::common::long();
    let others = if long { &OTHERS[..] } else { &[] };
    for release in RELEASES.iter().chain(others) {
        let Some(module) = module("wasip1", release) else { continue };
        let file = place(&format!("told-{release}.gosbrk"));
        let said = record(&module, release, &file, &[MEGABYTES]);
        check(release, &file, &said);
    }
}

#[test]
fn a_recording_says_what_the_program_says() {
    each(|release, file, said| {
        is_true(file, said, 0);
        let trace = open(file);
        assert_eq!(trace.header.go, format!("go{release}"));
        assert_eq!(trace.header.command.last().map(String::as_str), Some(MEGABYTES));
        the_calls_are_what_the_runtime_counts(file);
        all_of_the_module_is_accounted_for(file);
        replayed_the_addresses_are_the_same(file);
    });
}

/// Ready memory by the calls is `mappedReady`, each time that it was recorded.
fn the_calls_are_what_the_runtime_counts(file: &Path) {
    let identity = Identity::of(&open(file)).unwrap();
    assert!(identity.differences.len() > 50, "{}", identity.differences.len());
    assert_eq!(identity.worst(), 0, "{}: {:?}", file.display(), identity.differences);
}

/// The row of what is not in use is what the calls leave over.
fn all_of_the_module_is_accounted_for(file: &Path) {
    let trace = open(file);
    let mut cursor = Cursor::new(&trace).unwrap();
    while cursor.step(|_, _| ()).unwrap() {}
    let picture = cursor.picture();
    let totals = picture.memory.totals();
    let idle = [State::Reserved, State::Prepared, State::Released];
    let idle: u64 = idle.into_iter().map(|state| totals.heap(state) + totals.rest(state)).sum();
    let figures = gosbrk_trace::figures::Figures::of(picture);
    assert_eq!(figures.0[6], Ok(idle + picture.memory.uncounted()), "{}", file.display());
}

/// The model gives the addresses that the program got.
fn replayed_the_addresses_are_the_same(file: &Path) {
    let json = succeed(gosbrk("1.27.3").args(["trace", "replay", "--json"]).arg(file));
    let rows: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(rows[0]["same_addresses"], true, "{rows}");
}

#[test]
fn a_package_is_compiled_and_run_at_once() {
    if !crate::program::has("1.27.3") {
        return;
    }
    let dir = crate::common::scratch("wasm-run");
    std::fs::write(dir.join("go.mod"), "module told\n\ngo 1.21\n").unwrap();
    std::fs::copy(root().join("testdata/guest/told/main.go"), dir.join("main.go")).unwrap();
    let mut command = gosbrk("1.27.3");
    command.args(["trace", "wasm", "run", "main.go", "4", "-v"]).current_dir(&dir);
    succeed(&mut command);
    let entries = std::fs::read_dir(&dir).unwrap().map(|one| one.unwrap().path());
    let is_trace = |path: &std::path::PathBuf| path.extension().is_some_and(|end| end == "gosbrk");
    let files: Vec<_> = entries.filter(is_trace).collect();
    let [file] = &files[..] else { panic!("{files:?}") };
    let name = file.file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("main.") && name.ends_with(".gosbrk"), "{name}");
    assert_eq!(open(file).header.command, ["main", "4", "-v"]);
}
