//! The page's figures are those that went into it.

use crate::driver::Browser;
use crate::open;
use gosbrk_look::model::{Known, Moment, ROWS, megabytes};
use gosbrk_page::data::Page;
use gosbrk_page::sample;
use serde_json::Value;

/// The rows of a page at a point.
fn rows(page: &Page, point: u32) -> [Known; 10] {
    std::array::from_fn(|row| {
        let steps = &page.rows[row];
        let step = steps.iter().rev().find(|step| step.point <= point);
        step.expect("a step at point 0").value.clone()
    })
}

/// All of what the page says at a point.
fn check(browser: &Browser, page: &Page, point: u32) {
    let number = page.points[point as usize].number;
    browser.run(&format!("location.hash = '#{number}'"));
    let there = format!(
        "return document.getElementById('where').innerText.replace(/,/g, '') === 'call {number}'"
    );
    browser.wait("the cursor is there", &there);
    let rows = rows(page, point);
    for (row, known) in ROWS.iter().zip(&rows) {
        let shown = browser.run(&format!(
            "const row = document.querySelector('[data-key={}]'); \
             return [row.dataset.bytes ?? null, row.querySelector('.now').innerText, row.querySelector('.why').innerText]",
            row.key
        ));
        let text = |i: usize| shown[i].as_str().unwrap_or("").to_owned();
        match known {
            Ok(bytes) => {
                assert_eq!(text(0), bytes.to_string(), "{} at {number}", row.key);
                let minus = if row.key == "untouched" && *bytes > 0 { "\u{2212}" } else { "" };
                assert_eq!(text(1), format!("{minus}{}", megabytes(*bytes)));
            }
            Err(why) => {
                assert_eq!(shown[0], Value::Null, "{} at {number}", row.key);
                assert_eq!(text(1), "not known");
                assert_eq!(text(2), *why);
            }
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "milliseconds are shown")]
    let seconds = page.points[point as usize].time as f64 / 1e9;
    let sentence = moment(&rows).sentence(&format!("At {seconds:.3} s the program"));
    assert_eq!(browser.text("return document.getElementById('sentence').innerText"), sentence);
}

fn moment(rows: &[Known; 10]) -> Moment {
    let [held, gaps, kept, stacks, tables, layer, other, file, untouched, rss] = rows.clone();
    Moment { held, gaps, kept, stacks, tables, layer, other, file, untouched, rss }
}

#[test]
fn at_twenty_moments_the_page_says_what_went_into_it() {
    let Some(opened) = open("figures", sample::page(4000), (1200, 900)) else { return };
    let points = (0..17).map(|i| i * 3999 / 16);
    for point in points.chain([1, 2, 3]) {
        check(&opened.browser, &opened.page, point);
    }
}

#[test]
fn the_buttons_go_to_the_peaks() {
    let Some(opened) = open("moments", sample::page(2000), (1200, 900)) else { return };
    let peaks = opened.page.peaks;
    let last = opened.page.points.len() - 1;
    for (name, point) in [
        ("start", Some(0)),
        ("peak RSS", peaks.rss),
        ("peak heap", peaks.heap),
        ("end", u32::try_from(last).ok()),
    ] {
        let point = point.expect("the sample has peaks");
        opened.browser.run(&format!(
            "[...document.querySelectorAll('#moments button')].find((one) => one.innerText === '{name}').click()"
        ));
        let number = opened.page.points[point as usize].number;
        assert_eq!(opened.browser.text("return location.hash"), format!("#{number}"), "{name}");
        check(&opened.browser, &opened.page, point);
    }
}
