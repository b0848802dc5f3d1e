//! How fast a large page is. Measures, and asserts nothing of time.

use crate::{open, sample};
use std::fmt::Write as _;

/// Turns of the wheel.
const TURNS: usize = 20;

#[test]
#[ignore = "a measurement: make bench-page"]
fn a_million_calls() {
    let Some(opened) = open("a million calls", sample(1_000_000), (1280, 1000)) else { return };
    let browser = &opened.browser;
    let megabytes = std::fs::metadata(&opened.file).expect("the file").len() / 1_000_000;
    // Milliseconds from the beginning of the load to the first picture.
    let mut loads: Vec<u64> = (0..5)
        .map(|_| {
            browser.open(&opened.address);
            let ready = browser.text("return document.documentElement.dataset.ready");
            ready.parse().expect("milliseconds")
        })
        .collect();
    browser.run("document.getElementById('map').scrollIntoView({block: 'center'})");
    let mut zooms: Vec<u64> = (0..TURNS)
        .map(|turn| {
            // In, and then out again.
            let by = if turn < TURNS / 2 { -240 } else { 240 };
            browser.drawn(|browser| browser.wheel((700, 450), by, false));
            let drawn = browser.text("return document.documentElement.dataset.drawn");
            let milliseconds: f64 = drawn.parse().expect("milliseconds");
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "some hundred milliseconds"
            )]
            let whole = milliseconds.round() as u64;
            whole
        })
        .collect();
    loads.sort_unstable();
    zooms.sort_unstable();
    let release = browser.text("return navigator.userAgent.match(/Chrome\\/\\d+/)[0]");
    let mut text = String::from(
        "# The memory page of a million calls\n\nMade by `make bench-page`: the page of a made-up \
         program in Chromium without a window and without a GPU, 1280 by 1000 pixels.\n\n\
         | what | median | highest |\n|---|--:|--:|\n",
    );
    let mut row = |what: &str, sorted: &[u64]| {
        let (median, highest) = (sorted[sorted.len() / 2], sorted[sorted.len() - 1]);
        let _ = writeln!(text, "| {what} | {median} ms | {highest} ms |");
    };
    row("from the beginning of the load to the first picture, of 5", &loads);
    row(&format!("drawing after a turn of the wheel, of {TURNS}"), &zooms);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("unknown").to_owned();
    let _ = writeln!(
        text,
        "\nThe file has {megabytes} MB. {release}, {cores} processors, load average {load}."
    );
    let file = std::env::var_os("BENCH_PAGE").map_or_else(
        || std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("page.md"),
        Into::into,
    );
    std::fs::write(file, text).expect("the file can be written");
}
