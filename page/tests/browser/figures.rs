//! The page's figures are those of `stat --json`.

use crate::driver::Browser;
use crate::{open, page_of, sample, trace};
use gosbrk_look::model::{Kind, ROWS, megabytes};
use gosbrk_page::data::Page;
use gosbrk_trace::file::Trace;
use gosbrk_trace::page::Part;
use gosbrk_trace::stat::{At, Stat};
use serde_json::{Value, json};

/// Moments that are compared in each trace.
const MOMENTS: usize = 20;

/// Moves the page to the call with this number.
fn go(browser: &Browser, number: u64) {
    browser.run(&format!("location.hash = '#{number}'"));
    let there = format!(
        "return document.getElementById('where').innerText.replace(/,/g, '') === 'call {number}'"
    );
    browser.wait("the cursor is there", &there);
}

/// Compares all of what the page says at a call with what `stat --json` does.
fn check(browser: &Browser, trace: &Trace, number: u64) {
    let stat = Stat::of(trace, Some(At::Call(number)), |_| ()).expect("a summary");
    let moment = &stat.json(trace)["moments"]["at"];
    let shown = browser.run(
        "return Object.fromEntries([...document.querySelectorAll('[data-key]')].map((row) => \
         [row.dataset.key, [row.dataset.bytes ?? null, \
         row.querySelector('.now').innerText, row.querySelector('.why').innerText]]))",
    );
    for row in &ROWS {
        let (key, bytes) = (row.key, &moment[row.key]);
        let expected = match bytes.as_u64() {
            Some(bytes) => {
                let minus = if key == "untouched" && bytes > 0 { "\u{2212}" } else { "" };
                json!([bytes.to_string(), format!("{minus}{}", megabytes(bytes)), ""])
            }
            None => json!([null, "not known", moment["unknown"][key]]),
        };
        assert_eq!(shown[key], expected, "{key} at call {number}");
    }
    let at = stat.at.expect("the moment");
    #[expect(clippy::cast_precision_loss, reason = "milliseconds are shown")]
    let seconds = at.ns.expect("a time") as f64 / 1e9;
    let sentence =
        at.figures.moment(Kind::Process).sentence(&format!("At {seconds:.3} s the program"));
    assert_eq!(browser.text("return document.getElementById('sentence').innerText"), sentence);
}

/// Opens a page and compares it at moments from its first to its last.
fn compare(name: &str, trace: &Trace, page: Page) {
    let Some(opened) = open(&format!("figures of {name}"), page, (1200, 900)) else { return };
    let points = &opened.page.points;
    for i in 0..MOMENTS {
        let number = points[i * (points.len() - 1) / (MOMENTS - 1)].number;
        go(&opened.browser, number);
        check(&opened.browser, trace, number);
    }
    assert_eq!(opened.browser.complaints(), Vec::<String>::new());
}

#[test]
fn of_a_whole_trace() {
    let trace = trace(4000);
    compare("a whole trace", &trace, page_of(&trace, Part::default()));
}

#[test]
fn of_a_part_and_of_merged_calls() {
    let trace = trace(4000);
    let part = Part { from: 1_000_000_000, to: 3_000_000_000, ..Part::default() };
    compare("a part", &trace, page_of(&trace, part));
    compare("merged calls", &trace, page_of(&trace, Part { most: 300, ..Part::default() }));
}

#[test]
fn of_a_trace_that_was_cut_off() {
    let mut bytes = gosbrk_trace::sample::write(Vec::new(), 3000).expect("a sample");
    bytes.truncate(bytes.len() / 2 + 7);
    let trace = Trace::new(Box::new(bytes)).expect("a trace");
    let page = page_of(&trace, Part::default());
    assert!(page.facts.iter().any(|fact| fact == "no end recorded"), "{:?}", page.facts);
    compare("a trace that was cut off", &trace, page);
}

#[test]
fn the_buttons_go_to_the_peaks() {
    let trace = trace(2000);
    let Some(opened) = open("moments", page_of(&trace, Part::default()), (1200, 900)) else {
        return;
    };
    let points = &opened.page.points;
    let peaks = opened.page.peaks;
    let numbers = [Some(0), peaks.rss, peaks.heap, u32::try_from(points.len() - 1).ok()];
    for (name, point) in ["start", "peak RSS", "peak heap", "end"].into_iter().zip(numbers) {
        let number = points[point.expect("the sample has peaks") as usize].number;
        opened.browser.run(&format!(
            "[...document.querySelectorAll('#moments button')].find((one) => one.innerText === '{name}').click()"
        ));
        assert_eq!(opened.browser.text("return location.hash"), format!("#{number}"), "{name}");
        check(&opened.browser, &trace, number);
    }
    let stat = Stat::of(&trace, None, |_| ()).expect("a summary").json(&trace);
    let peak = points[peaks.rss.expect("a peak") as usize].number;
    assert_eq!(stat["moments"]["peak"]["call"], peak);
    assert_eq!(stat["moments"]["end"]["call"], points[points.len() - 1].number);
}

/// The sections that are no rows.
#[test]
fn address_space_and_waste_are_those_of_stat() {
    let trace = trace(1000);
    let stat = Stat::of(&trace, None, |_| ()).expect("a summary").json(&trace);
    let Some(opened) = open("sections", sample(1000), (1200, 900)) else { return };
    let lines = |section: &str| {
        opened.browser.run(&format!(
            "return [...document.querySelectorAll('#{section} .line:not(.sum)')].map((line) => \
             [line.querySelector('.what').innerText, line.querySelector('.figure').innerText])"
        ))
    };
    let space = lines("space");
    let space = space.as_array().expect("lines");
    let expected = stat["address_space"].as_object().expect("an object");
    assert_eq!(space.len(), expected.len());
    for line in space {
        let bytes = expected[line[0].as_str().expect("a name")].as_u64().expect("bytes");
        assert_eq!(line[1], megabytes(bytes));
    }
    let waste = lines("waste");
    let sizes: Vec<&Value> = waste.as_array().expect("lines").iter().map(|line| &line[1]).collect();
    let of = |key: &str| megabytes(stat["waste"][key].as_u64().expect("bytes"));
    assert_eq!(sizes, [&of("slack"), &of("free_list"), &of("tail")]);
    let text = opened.browser.text("return document.querySelector('#waste p').innerText");
    assert!(text.contains(&of("high_water")) && text.contains(&of("most_used")), "{text}");
}
