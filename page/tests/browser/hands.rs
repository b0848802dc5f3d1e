//! Wheel, drag, click, hover and keys.

use crate::driver::Browser;
use crate::{Opened, open, sample};

fn opened(check: &str) -> Option<Opened> {
    open(check, sample(3000), (1200, 1000))
}

/// Scrolls a canvas into the window, and gives the place in it at these shares.
fn place(browser: &Browser, id: &str, (x, y): (f64, f64)) -> (i64, i64) {
    let value = browser.run(&format!(
        "const target = document.getElementById('{id}'); \
         target.scrollIntoView({{block: 'center'}}); \
         const box = target.getBoundingClientRect(); \
         return [Math.round(box.left + 64 + {x} * (box.width - 64)), Math.round(box.top + {y} * box.height)]"
    ));
    (value[0].as_i64().expect("x"), value[1].as_i64().expect("y"))
}

/// The times and rows that are shown as whole numbers, to compare.
fn whole(browser: &Browser) -> [String; 4] {
    shown(browser).map(|value| format!("{value:.0}"))
}

/// The times and rows that are shown: t0, t1, r0, r1.
fn shown(browser: &Browser) -> [f64; 4] {
    let text = browser.text("return document.documentElement.dataset.view");
    let values: Vec<f64> = text.split(' ').map(|one| one.parse().expect("a number")).collect();
    values.try_into().expect("four")
}

fn hash(browser: &Browser) -> String {
    browser.text("return location.hash")
}

#[test]
fn the_wheel_zooms_time_and_with_shift_addresses() {
    let Some(opened) = opened("wheel") else { return };
    let browser = &opened.browser;
    let at = place(browser, "map", (0.5, 0.4));
    let (all, everything) = (shown(browser), whole(browser));
    browser.drawn(|browser| browser.wheel(at, -400, false));
    let zoomed = shown(browser);
    assert!(zoomed[0] > all[0] && zoomed[1] < all[1], "{zoomed:?} of {all:?}");
    assert_eq!(zoomed[2..], all[2..]);
    // What is under the pointer stays there.
    let middle = |view: [f64; 4]| f64::midpoint(view[0], view[1]);
    assert!((middle(zoomed) - middle(all)).abs() < 0.01 * all[1]);
    browser.drawn(|browser| browser.wheel(at, -400, true));
    let tall = shown(browser);
    assert_eq!(tall[..2], zoomed[..2]);
    assert!(tall[2] > zoomed[2] && tall[3] < zoomed[3], "{tall:?} of {zoomed:?}");
    // Out again, and never further than all there is.
    browser.drawn(|browser| browser.wheel(at, 4000, false));
    browser.drawn(|browser| browser.wheel(at, 4000, true));
    assert_eq!(whole(browser), everything);
}

#[test]
fn a_drag_moves_and_a_click_sets_the_moment() {
    let Some(opened) = opened("drag") else { return };
    let browser = &opened.browser;
    let at = place(browser, "map", (0.5, 0.4));
    browser.drawn(|browser| browser.wheel(at, -600, false));
    browser.drawn(|browser| browser.wheel(at, -600, true));
    let before = shown(browser);
    let hash_before = browser.run("return location.hash");
    browser.drawn(|browser| {
        browser.pointer(&[at, (at.0 - 60, at.1 + 20), (at.0 - 120, at.1 + 40)], true);
    });
    let after = shown(browser);
    assert!(after[0] > before[0] && after[2] > before[2], "{after:?} after {before:?}");
    assert!(((after[1] - after[0]) - (before[1] - before[0])).abs() < 1.0);
    assert_eq!(browser.run("return location.hash"), hash_before, "a drag is no click");
    browser.drawn(|browser| browser.pointer(&[at], true));
    let number: usize = hash(browser)[1..].parse().expect("a number");
    #[expect(clippy::cast_precision_loss, reason = "a place in a picture")]
    let time = opened.page.points[number].time as f64;
    let middle = f64::midpoint(after[0], after[1]);
    assert!((time - middle).abs() < 0.02 * (after[1] - after[0]), "{time} is not at {middle}");
}

#[test]
fn hovering_says_what_is_there() {
    let Some(opened) = opened("hover") else { return };
    let browser = &opened.browser;
    let tip =
        "const tip = document.getElementById('tip'); return tip.hidden ? null : tip.innerText";
    let at = place(browser, "map", (0.7, 0.5));
    browser.pointer(&[(at.0 - 2, at.1), at], false);
    let text = browser.wait("a tip on the map", tip);
    let text = text.as_str().expect("text");
    for part in ["heap", "KiB, here +0x", "from ", "since call ", " by goroutine "] {
        assert!(text.contains(part), "{part:?} is not in {text:?}");
    }
    let band = place(browser, "map", (0.7, 0.97));
    browser.pointer(&[(band.0 - 2, band.1), band], false);
    let names = "const tip = document.getElementById('tip'); return tip.innerText.includes('a table of the runtime: ')";
    browser.wait("a tip that names the table", names);
    let at = place(browser, "chart", (0.7, 0.5));
    browser.pointer(&[(at.0 - 2, at.1), at], false);
    let rows = "const tip = document.getElementById('tip'); return tip.innerText.includes('held by the program')";
    browser.wait("a tip on the chart", rows);
    browser.pointer(&[(5, 5)], false);
    browser.wait("no tip elsewhere", "return document.getElementById('tip').hidden");
}

#[test]
fn keys_and_links_move_the_cursor() {
    let Some(opened) = opened("keys") else { return };
    let browser = &opened.browser;
    let press = |key: &str, shift: bool| {
        browser.drawn(|browser| browser.key(key, shift));
        hash(browser)
    };
    let (left, right, home, end) = ("\u{e012}", "\u{e014}", "\u{e011}", "\u{e010}");
    assert_eq!(press(home, false), "#0");
    assert_eq!(press(left, false), "#0", "there is nothing before the first call");
    assert_eq!(press(right, false), "#1");
    assert_eq!(press(right, true), "#101");
    assert_eq!(press(left, false), "#100");
    assert_eq!(press(end, false), "#2999");
    assert_eq!(press("p", false), format!("#{}", opened.page.peaks.rss.expect("a peak")));
    assert_eq!(press("h", false), format!("#{}", opened.page.peaks.heap.expect("a peak")));
    let (all, everything) = (shown(browser), whole(browser));
    press("+", false);
    assert!(shown(browser)[1] - shown(browser)[0] < all[1] - all[0]);
    press(">", false);
    assert!(shown(browser)[3] - shown(browser)[2] < all[3] - all[2]);
    press("0", false);
    assert_eq!(whole(browser), everything);
    // A link to a call, from elsewhere and in the page.
    browser.open(&format!("{}#1234", opened.address));
    let here = "return document.querySelector('#calls .here a').innerText";
    assert_eq!(browser.text(here), "1,234");
    browser.drawn(|browser| {
        browser.run("document.querySelector('#growths a').click()");
    });
    let first = opened.page.growths.as_ref().expect("growths")[0].first;
    assert_eq!(browser.text(here), first.to_string());
}

#[test]
fn two_moments_are_compared() {
    let Some(opened) = opened("compare") else { return };
    let browser = &opened.browser;
    browser.drawn(|browser| {
        browser.run("location.hash = '#100'");
    });
    browser.drawn(|browser| browser.key("c", false));
    browser.drawn(|browser| browser.key("\u{e010}", false));
    let value = |point: u32| {
        let steps = &opened.page.rows[9];
        let step = steps.iter().rev().find(|step| step.point <= point).expect("a step");
        *step.value.as_ref().expect("known")
    };
    let (a, b) = (value(100), value(2999));
    let shown = browser.run(
        "const row = document.querySelector('[data-key=rss]'); \
         return ['.before', '.now', '.delta'].map((kind) => row.querySelector(kind).innerText)",
    );
    let megabytes = gosbrk_look::model::megabytes;
    assert_eq!(shown[0], megabytes(a));
    assert_eq!(shown[1], megabytes(b));
    assert_eq!(shown[2], format!("+{}", megabytes(b - a)));
    let sentence = browser.text("return document.getElementById('sentence').innerText");
    let grew = format!("memory grew by {}", megabytes(b - a));
    assert!(sentence.contains(&grew), "{sentence}");
    browser.drawn(|browser| browser.key("c", false));
    assert!(
        browser.text("return document.getElementById('sentence').innerText").starts_with("At ")
    );
}
