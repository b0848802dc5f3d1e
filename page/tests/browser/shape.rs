//! Sizes, colours, and that nothing is fetched from anywhere.

use crate::driver::Browser;
use crate::{open, sample};
use gosbrk_page::data::{Page, Source, Step};
use serde_json::{Value, json};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A page on which nothing is known.
fn unknown() -> Page {
    let mut page = sample(8);
    let why = "this was not recorded";
    page.points.truncate(1);
    page.source = Source::Moment;
    for steps in &mut page.rows {
        steps.truncate(1);
        steps[0].value = Err(why.into());
    }
    page.peaks = gosbrk_page::data::Peaks::default();
    page.calls = Err(why.into());
    page.map = Err(why.into());
    page.growths = Err(why.into());
    page.space = Err(why.into());
    page.waste = Err(why.into());
    page
}

#[test]
fn a_phone_scrolls_in_one_direction_only() {
    let Some(opened) = open("phone", sample(2000), (1200, 900)) else { return };
    let browser = &opened.browser;
    let phone = json!({"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": true});
    browser.debug("Emulation.setDeviceMetricsOverride", &phone);
    browser.open(&opened.address);
    let width = "return document.documentElement.scrollWidth";
    assert_eq!(browser.run(width), 390);
    // With everything unfolded, and with the most columns.
    browser.run("for (const one of document.querySelectorAll('details')) one.open = true");
    assert_eq!(browser.run(width), 390);
    browser.drawn(|browser| browser.key("c", false));
    assert_eq!(browser.run(width), 390);
    // Nothing lies on top of anything else in a row.
    let overlaps = "return [...document.querySelectorAll('.row')].filter((row) => { \
        const boxes = [...row.children].map((one) => one.getBoundingClientRect()).filter((box) => box.width > 0); \
        return boxes.some((a) => boxes.some((b) => a !== b && a.left < b.right - 1 && b.left < a.right - 1 \
            && a.top < b.bottom - 1 && b.top < a.bottom - 1)); }).length";
    assert_eq!(browser.run(overlaps), 0);
}

#[test]
fn light_and_dark_by_the_system_and_by_the_button() {
    let Some(opened) = open("theme", sample(500), (1200, 900)) else { return };
    let browser = &opened.browser;
    let background = || browser.text("return getComputedStyle(document.body).backgroundColor");
    // A place on the map that was never used has the colour of the paper, or nearly.
    let (light, dark) = ("rgb(255, 255, 255)", "rgb(15, 19, 24)");
    let system = |scheme: &str| {
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        browser.debug("Emulation.setEmulatedMedia", &features);
    };
    system("light");
    assert_eq!(background(), light);
    browser.drawn(|_| system("dark"));
    assert_eq!(background(), dark);
    browser.drawn(|browser| {
        browser.run("document.getElementById('theme').click()");
    });
    assert_eq!(background(), light, "the reader's choice is above the system's");
    let pixel = "const canvas = document.getElementById('map'); \
        return [...canvas.getContext('2d').getImageData(70, 4, 1, 1).data].slice(0, 3)";
    let bright = |value: Value| value[0].as_u64().expect("red") > 128;
    assert!(bright(browser.run(pixel)));
    browser.drawn(|browser| browser.key("t", false));
    assert!(!bright(browser.run(pixel)), "the map is drawn again");
}

#[test]
fn nothing_is_fetched_and_nothing_can_be() {
    let Some(opened) = open("network", sample(500), (1200, 900)) else { return };
    let browser = &opened.browser;
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its number").port();
    let reached = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&reached);
    std::thread::spawn(move || {
        if listener.accept().is_ok() {
            seen.store(true, Ordering::SeqCst);
        }
    });
    assert_eq!(browser.run("return performance.getEntriesByType('resource').length"), 0);
    assert_eq!(browser.complaints(), Vec::<String>::new());
    let tried = browser.run(&format!(
        "const image = new Image(); image.src = 'http://127.0.0.1:{port}/'; document.body.append(image); \
         const script = document.createElement('script'); script.text = 'window.ran = true'; document.body.append(script); \
         return fetch('http://127.0.0.1:{port}/').then(() => 'fetched', () => String(window.ran))"
    ));
    assert_eq!(tried, "undefined", "the page's policy lets neither scripts nor requests through");
    assert!(!reached.load(Ordering::SeqCst));
    assert!(!browser.complaints().is_empty(), "the policy was at work");
}

#[test]
fn what_is_not_known_has_no_number() {
    let Some(opened) = open("unknown", unknown(), (1200, 900)) else { return };
    let browser: &Browser = &opened.browser;
    assert_eq!(browser.complaints(), Vec::<String>::new());
    assert_eq!(browser.run("return document.querySelectorAll('[data-bytes]').length"), 0);
    let main = browser.text("return document.querySelector('#rows').innerText");
    assert!(!main.contains(" MB"), "{main}");
    assert_eq!(main.matches("not known").count(), 10, "{main}");
    for section in ["where-it-is", "growths", "calls", "free-list", "space", "waste"] {
        let text = browser.text(&format!("return document.getElementById('{section}').innerText"));
        assert_eq!(text, "this was not recorded", "{section}");
    }
}

/// The legend has what is drawn, and no more; of the layer there is nothing where there is none.
#[test]
fn only_what_there_is_is_named() {
    let whole = sample(400);
    let mut gap = whole.clone();
    gap.rows[0] = vec![Step { point: 0, value: Err("this was not recorded".into()) }];
    let mut stock = unknown();
    stock.has_layer = false;
    for (name, page, has_gap, rows) in [
        ("a gap", gap, true, 10),
        ("nothing known", unknown(), false, 10),
        ("stock", stock, false, 9),
    ] {
        let Some(opened) = open(name, page, (1200, 900)) else { return };
        let browser = &opened.browser;
        assert_eq!(browser.complaints(), Vec::<String>::new(), "{name}");
        let shown = browser.run("return document.getElementById('chart-missing').offsetWidth > 0");
        assert_eq!(shown, has_gap, "{name}");
        assert_eq!(browser.run("return document.querySelectorAll('.row').length"), rows, "{name}");
        let list = browser.run("return document.getElementById('free-list') !== null");
        assert_eq!(list, rows == 10, "{name}");
    }
}
