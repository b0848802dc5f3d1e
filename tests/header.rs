//! The header is what `src/abi` says: `include/gosbrk.h` is made anew and
//! compared. `GOSBRK_BLESS=1 cargo test --test header fresh` writes it.

mod common;

use common::declarations::{function, functions};
use common::{header, root};
use gosbrk::{Advice, Check, Error, Misuse, Profile};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

#[test]
fn header_is_fresh() {
    let made = generate();
    if std::env::var_os("GOSBRK_BLESS").is_some() {
        std::fs::write(root().join("include/gosbrk.h"), made).unwrap();
        return;
    }
    let kept = header();
    let difference = made.lines().zip(kept.lines()).position(|(a, b)| a != b);
    if let Some(i) = difference {
        let line = |text: &str| text.lines().nth(i).unwrap_or_default().to_owned();
        panic!(
            "include/gosbrk.h:{}: src/abi and cbindgen.toml now make of it\n  {}\nbut it says\n  \
             {}\nTo write it: GOSBRK_BLESS=1 cargo test --test header fresh",
            i + 1,
            line(&made),
            line(&kept)
        );
    }
    assert!(made == kept, "include/gosbrk.h has another length than what is made of src/abi");
}

/// The modules of `src/abi` in the order of the header: constants, then types, then
/// functions, each kind in this order.
const SECTIONS: [&str; 8] =
    ["memory", "hints", "config", "codes", "inspect", "stats", "errors", "version"];

/// What cbindgen makes of `src/abi`, for readers of C.
fn generate() -> String {
    let config = cbindgen::Config::from_file(root().join("cbindgen.toml")).unwrap();
    let mut builder = cbindgen::Builder::new().with_config(config);
    for section in SECTIONS {
        builder = builder.with_src(root().join("src/abi").join(section).with_extension("rs"));
    }
    let bindings = builder.generate().unwrap();
    let mut made = Vec::new();
    bindings.write(&mut made);
    for_c(&String::from_utf8(made).unwrap())
}

/// Comments without rustdoc's marks, types by their short names, and no more
/// than one blank line at a time.
fn for_c(made: &str) -> String {
    let mut out = String::new();
    let mut lines = made.lines().map(str::trim_end).peekable();
    while let Some(line) = lines.next() {
        if line.is_empty() && lines.peek().is_none_or(|next| next.is_empty()) {
            continue;
        }
        let line = match line {
            "// # Safety" => {
                let promise = lines.next().unwrap().trim_start_matches("// ");
                format!("// Safety: {promise}")
            }
            _ if line.contains("//") => line.replace('`', ""),
            _ if line.starts_with("typedef") => line.to_owned(),
            _ => line.replace("struct gosbrk_", "gosbrk_"),
        };
        writeln!(out, "{line}").unwrap();
    }
    out
}

#[test]
fn every_module_is_a_section() {
    let files = std::fs::read_dir(root().join("src/abi")).unwrap();
    let name = |path: std::path::PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    let modules: BTreeSet<_> = files.map(|file| name(file.unwrap().path())).collect();
    assert_eq!(modules, SECTIONS.map(str::to_owned).into());
}

#[test]
fn every_item_has_a_comment() {
    let header = header();
    let mut above = "";
    let mut seen = 0;
    for line in header.lines() {
        let item = line.trim_start();
        let is_item = item.starts_with("#define GOSBRK_") && item != "#define GOSBRK_H"
            || item.starts_with("typedef")
            || item.ends_with(';') && !item.starts_with(['/', '}']);
        if is_item {
            seen += 1;
            assert!(above.trim_start().starts_with("// "), "no comment on {line}");
        }
        above = line;
    }
    // The version, 9 choices, 14 codes, 2 sizes; 4 structs with 25 fields.
    assert_eq!(seen, 1 + 9 + 14 + 2 + 4 + 25 + functions(&header).len());
}

#[test]
fn comments_are_for_readers_of_c() {
    for (i, line) in header().lines().enumerate() {
        let is_clean = line.is_ascii() && line.len() <= 90 && !line.contains(['`', '\t']);
        assert!(is_clean && !line.starts_with("// #"), "include/gosbrk.h:{}: {line}", i + 1);
    }
}

#[test]
fn index_names_every_function() {
    let header = header();
    let (_, index) = header.split_once("// FUNCTIONS\n").unwrap();
    let (index, _) = index.split_once("\n\n").unwrap();
    let is_name = |word: &&str| ["sys", "need", "gosbrk_"].iter().any(|p| word.starts_with(p));
    let names: Vec<_> = index.split_whitespace().filter(is_name).collect();
    let set: BTreeSet<_> = names.iter().copied().map(str::to_owned).collect();
    assert_eq!(names.len(), set.len(), "a function is there twice");
    assert_eq!(set, functions(&header));
}

#[test]
fn the_docs_name_what_is_there() {
    let page = std::fs::read_to_string(root().join("docs/c.md")).unwrap();
    let header = header();
    let (page, header_words) = (words(&page), words(&header));
    let ours = page.iter().filter(|word| word.starts_with("gosbrk_") || is_of_go(word));
    // "gosbrk_" stands for all names.
    let unknown: Vec<_> =
        ours.filter(|word| !header_words.contains(*word) && **word != "gosbrk_").collect();
    assert!(unknown.is_empty(), "docs/c.md names {unknown:?}");
    let functions = functions(&header);
    let missing: Vec<_> =
        functions.iter().filter(|name| is_of_go(name) && !page.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "docs/c.md does not name {missing:?}");
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect()
}

/// `sysAllocOS` and the like, but not `system`.
fn is_of_go(word: &str) -> bool {
    let rest = word.strip_prefix("sys").or(word.strip_prefix("needZero"));
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
}

#[test]
fn numbers_are_those_of_the_types() {
    let header = header();
    let mut want = BTreeMap::from([
        ("GOSBRK_PROFILE_PLAN9", Profile::Plan9 as i64),
        ("GOSBRK_PROFILE_WASM", Profile::Wasm as i64),
        ("GOSBRK_PROFILE_WASM_GO121", Profile::WasmGo121 as i64),
        ("GOSBRK_ADVICE_GO", Advice::Go as i64),
        ("GOSBRK_ADVICE_OS", Advice::Os as i64),
        ("GOSBRK_MISUSE_ABORT", Misuse::Abort as i64),
        ("GOSBRK_MISUSE_REPORT", Misuse::Report as i64),
        ("GOSBRK_CHECK_FAST", Check::Fast as i64),
        ("GOSBRK_CHECK_FULL", Check::Full as i64),
        ("GOSBRK_OK", 0),
        ("GOSBRK_NAMES_MAX", i64::try_from(gosbrk::names::NAMES_MAX).unwrap()),
        ("GOSBRK_NAME_SIZE", i64::try_from(gosbrk::names::NAME_SIZE).unwrap()),
    ]);
    want.extend(Error::ALL.map(|e| (e.name(), i64::from(e.code()))));
    let said = defines(&header).filter_map(|(name, value)| Some((name, value.parse().ok()?)));
    assert_eq!(said.collect::<BTreeMap<_, i64>>(), want);
}

#[test]
fn version_is_the_crates() {
    let header = header();
    let (_, version) = defines(&header).find(|(name, _)| *name == "GOSBRK_VERSION").unwrap();
    assert_eq!(version, format!("\"{}\"", env!("CARGO_PKG_VERSION")), "see cbindgen.toml");
    assert_eq!(gosbrk::VERSION, env!("CARGO_PKG_VERSION"));
}

/// Each `#define NAME VALUE`.
fn defines(header: &str) -> impl Iterator<Item = (&str, &str)> {
    header.lines().filter_map(|line| line.strip_prefix("#define ")?.split_once(' '))
}

#[test]
fn a_declaration_is_read_for_its_name() {
    assert_eq!(function("void *f(int (*g)(void))"), Some("f"));
    assert_eq!(function("extern const char *name(void)"), Some("name"));
    assert_eq!(function("typedef int t"), None);
}
