//! Pages of real programs: `gosbrk trace view` and `gosbrk look --html`, in a browser. Needs
//! Chromium and chromedriver.

#[path = "../common/mod.rs"]
mod common;
mod drawing;
#[path = "../../../page/tests/browser/driver.rs"]
#[allow(dead_code, reason = "these tests use a part of it")]
mod driver;
#[path = "../../../page/tests/browser/http.rs"]
mod http;
mod perfetto;
mod programs;

use common::{scratch, skip, succeed};
use driver::Browser;
use gosbrk_look::model::{ROWS, megabytes};
use programs::gosbrk;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Stdio;

/// Moments that are compared in each trace.
const MOMENTS: u64 = 20;

/// A browser, or the name of the check that is skipped, and why.
fn browser(check: &str) -> Option<Browser> {
    Browser::start(1200, 900).map_err(|why| skip(check, &why)).ok()
}

/// What `stat --json` says of a call.
fn stat(trace: &Path, call: u64) -> Value {
    let at = format!("#{call}");
    let text = succeed(gosbrk().args(["trace", "stat", "--json", "--at", &at]).arg(trace));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The rows that a page shows: bytes, text, and why not.
fn shown(browser: &Browser) -> Value {
    browser.run(
        "return Object.fromEntries([...document.querySelectorAll('[data-key]')].map((row) => \
         [row.dataset.key, [row.dataset.bytes ?? null, \
         row.querySelector('.now').innerText, row.querySelector('.why').innerText]]))",
    )
}

/// What it is to show of a moment in JSON. Without gosbrk's layer it has no row of it.
fn expected(moment: &Value, has_layer: bool) -> Value {
    let row = |key: &str| match moment[key].as_u64() {
        Some(bytes) => {
            let minus = if key == "untouched" && bytes > 0 { "\u{2212}" } else { "" };
            json!([bytes.to_string(), format!("{minus}{}", megabytes(bytes)), ""])
        }
        None => json!([null, "not known", moment["unknown"][key]]),
    };
    ROWS.iter()
        .filter(|one| has_layer || one.key != "layer")
        .map(|one| (one.key.to_owned(), row(one.key)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Opens the page of a trace and compares it at moments from its first to its last. `noun`
/// is what there are at least `least` of.
fn compare(browser: &Browser, trace: &Path, noun: &str, least: u64) {
    let page = succeed(gosbrk().args(["trace", "view"]).arg(trace));
    let page = std::fs::canonicalize(page.trim()).expect("the page");
    browser.open(&format!("file://{}", page.display()));
    let calls = stat(trace, 0)["calls"].as_u64().expect("calls");
    assert!(calls >= least, "{calls} {noun}s");
    for i in 0..MOMENTS {
        let call = i * (calls - 1) / (MOMENTS - 1);
        browser.run(&format!("location.hash = '#{call}'"));
        let there = format!(
            "return document.getElementById('where').innerText.replace(/,/g, '') === '{noun} {call}'"
        );
        browser.wait("the cursor is there", &there);
        let moment = &stat(trace, call)["moments"]["at"];
        assert_eq!(
            shown(browser),
            expected(moment, noun == "call"),
            "{} at call {call}",
            trace.display()
        );
    }
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn figures_of_five_programs_are_those_of_stat() {
    let Some(browser) = browser("figures on the pages of five programs") else { return };
    let dir = scratch("page");
    for (layout, program, arguments) in [
        ("plain", "service", &["2"][..]),
        ("compact", "service", &["2"]),
        ("compact", "memory", &["kept", "20"]),
        ("plain", "memory", &["stacks", "500"]),
        ("compact", "memory", &["fragmented", "8"]),
    ] {
        let trace = programs::record(&dir, layout, program, arguments);
        compare(&browser, &trace, "call", 100);
    }
}

#[test]
fn a_look_as_a_page_has_the_figures_of_the_moment() {
    let Some(browser) = browser("the page of a running program") else { return };
    let dir = scratch("page-look");
    let mut program = programs::idle();
    let file = dir.join("look.html");
    let out = succeed(gosbrk().args(["look", "--html"]).arg(&file).arg(program.id().to_string()));
    assert_eq!(out.trim(), file.to_string_lossy());
    let text = succeed(gosbrk().args(["look", "--json"]).arg(program.id().to_string()));
    let moment: Value = serde_json::from_str(&text).expect("JSON");
    programs::end(&mut program);
    browser.open(&format!("file://{}", file.display()));
    // It does nothing in between, and is a stock program.
    assert_eq!(shown(&browser), expected(&moment, false));
    let sentence = browser.text("return document.getElementById('sentence').innerText");
    assert!(sentence.starts_with("The program takes "), "{sentence}");
    let squares = "const grid = document.getElementById('grid'); \
        return grid !== null && grid.height > 20 && !document.getElementById('map')";
    assert_eq!(browser.run(squares), true);
    let back = browser.text("return document.getElementById('outlook').innerText");
    assert!(back.contains("kept free"), "{back}");
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn a_look_that_is_recorded_is_a_page_of_samples() {
    let Some(browser) = browser("the page of a program that was looked at for a while") else {
        return;
    };
    let dir = scratch("page-samples");
    let mut program = programs::idle();
    let trace = dir.join("look.gosbrk");
    let pid = program.id().to_string();
    let mut look = gosbrk();
    look.args(["look", "--every", "20ms", &pid, "--record"]).arg(&trace).stderr(Stdio::null());
    let mut look = look.spawn().expect("it runs");
    // Enough samples: a header, and 11 slots for each.
    while std::fs::metadata(&trace).map_or(0, |file| file.len()) < 4096 + 32 * 11 * 40 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    programs::end(&mut program);
    look.wait().expect("it ends");
    compare(&browser, &trace, "sample", 30);
    let text =
        |id: &str| browser.text(&format!("return document.getElementById('{id}').innerText"));
    assert!(text("facts").contains(" samples in "));
    assert!(text("where-it-is").contains("looked at from outside"));
    let chart = "const chart = document.getElementById('chart'); return chart !== null && chart.width > 300";
    assert_eq!(browser.run(chart), true);
}

#[test]
fn a_page_of_what_cannot_be_shown() {
    let dir = scratch("page-errors");
    let file = dir.join("no.gosbrk");
    std::fs::write(&file, "no trace").expect("written");
    let failed = |arguments: &[&str]| {
        let out = gosbrk().args(arguments).arg(&file).output().expect("it runs");
        assert_eq!(out.status.code(), Some(2));
        assert!(out.stdout.is_empty());
        common::text(&out.stderr)
    };
    assert!(failed(&["trace", "view"]).contains("no.gosbrk"));
    assert!(failed(&["trace", "view", "--from", "#7"]).contains("a time is a number"));
    assert!(!dir.join("no.html").exists());
}
