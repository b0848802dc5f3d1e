//! The parts of the script that touch no document, tested in Node.

#[path = "../../tests/common/mod.rs"]
mod common;

use gosbrk_page::columns::{Columns, MAX};
use serde_json::{Value, json};
use std::process::Command;

/// Columns as they stand in a page, and what they hold.
fn columns() -> Value {
    let lists: [(&str, bool, &[u64]); 4] = [
        ("up", true, &[5, 7, 7, 1 << 47, 3, 0]),
        ("same", true, &[9; 300]),
        ("plain", false, &[0, 255, 256, 70_000]),
        ("largest", true, &[MAX, 0, MAX]),
    ];
    let one = |(name, ascending, values): (&str, bool, &[u64])| {
        let mut columns = Columns::default();
        if ascending {
            columns.ascending(name, values.iter().copied());
        } else {
            columns.plain(name, values.iter().copied());
        }
        let html = columns.html();
        let attribute = |key: &str| {
            let (_, rest) = html.split_once(&format!("data-{key}=\"")).expect("the attribute");
            rest.split_once('"').expect("a quote").0.to_owned()
        };
        let text = html.split_once('>').and_then(|(_, rest)| rest.split_once('<'));
        json!({
            "column": name, "count": attribute("count"), "planes": attribute("planes"),
            "differences": attribute("differences"), "text": text.expect("text").0,
            "values": values,
        })
    };
    lists.into_iter().map(one).collect()
}

#[test]
fn what_touches_no_document() {
    let node = Command::new("node").arg("--version").output();
    let release = node.ok().and_then(|out| {
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        text.trim_start_matches('v').split('.').next()?.parse::<u32>().ok()
    });
    if release.is_none_or(|release| release < 20) {
        return common::skip("the script of the page in Node", "there is no Node 20 or newer");
    }
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/script");
    let tests: Vec<_> = std::fs::read_dir(folder)
        .expect("the tests' folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.to_string_lossy().ends_with(".test.js"))
        .collect();
    assert!(!tests.is_empty());
    let out = Command::new("node")
        .arg("--test")
        .args(tests)
        .env("COLUMNS", columns().to_string())
        .output()
        .expect("Node runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stdout));
}
