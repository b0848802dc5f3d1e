//! `gosbrk trace export --svg`: a drawing that a browser shows as it is meant, with the figures
//! of `stat`.

use crate::common::{scratch, succeed};
use crate::driver::Browser;
use crate::programs::{self, gosbrk};
use gosbrk_look::model::{ROWS, megabytes};
use serde_json::{Value, json};
use std::path::Path;

/// What a drawing says, line by line.
const TEXTS: &str = "return [...document.querySelectorAll('text:not([aria-hidden])')].map((one) => one.textContent)";

/// What is beyond the paper, or upon other text.
const WRONG: &str = "const root = document.documentElement; \
    const all = [...document.querySelectorAll('text:not([aria-hidden])')] \
        .map((one) => [one.textContent, one.getBoundingClientRect()]); \
    const [width, height] = ['width', 'height'].map((name) => Number(root.getAttribute(name))); \
    const beyond = all.filter(([, box]) => box.left < 0 || box.top < 0 || box.right > width || box.bottom > height); \
    const upon = all.filter(([, a], i) => all.some(([, b], j) => j > i && a.left < b.right - 1 && b.left < a.right - 1 \
        && a.top < b.bottom - 4 && b.top < a.bottom - 4)); \
    return [...beyond, ...upon].map(([text]) => text)";

/// How wide the pictures in it are, once they are read.
const PICTURES: &str = "return Promise.all([...document.querySelectorAll('image')].map(async (one) => { \
    const picture = document.createElementNS('http://www.w3.org/1999/xhtml', 'img'); \
    picture.src = one.getAttributeNS('http://www.w3.org/1999/xlink', 'href'); \
    await picture.decode(); return picture.naturalWidth; }))";

fn shows(browser: &Browser, trace: &Path) {
    let drawing = trace.with_extension("svg");
    succeed(gosbrk().args(["trace", "export", "--svg", "-o"]).arg(&drawing).arg(trace));
    let stat = succeed(gosbrk().args(["trace", "stat", "--json"]).arg(trace));
    let stat: Value = serde_json::from_str(&stat).unwrap();
    browser.send("url", &json!({"url": format!("file://{}", drawing.display())}));
    assert_eq!(browser.run("return document.documentElement.nodeName"), "svg");
    let name = trace.display();
    assert_eq!(browser.run(WRONG), json!([]), "{name}");
    let widths = browser.run(PICTURES);
    let widths = widths.as_array().unwrap();
    assert!(widths.len() == 2 && widths.iter().all(|one| *one == 1352), "{name}: {widths:?}");
    let texts = browser.run(TEXTS);
    let texts: Vec<&str> = texts.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    for row in &ROWS {
        let at = texts.iter().position(|text| *text == row.name).unwrap();
        for (key, shown) in ["peak", "end"].iter().zip(&texts[at + 1..]) {
            let moment = &stat["moments"][key];
            let Some(size) = moment[row.key].as_u64() else {
                let number = shown.strip_prefix("not known (").unwrap_or_else(|| panic!("{shown}"));
                let reason =
                    format!("({} {}", number, moment["unknown"][row.key].as_str().unwrap());
                assert!(texts.contains(&reason.as_str()), "{name}: {reason}: {texts:?}");
                continue;
            };
            let sign = if row.key == "untouched" && size > 0 { "\u{2212}" } else { "" };
            assert_eq!(
                *shown,
                format!("{sign}{}", megabytes(size)),
                "{name}: {} at the {key}",
                row.key
            );
        }
    }
    let rss = megabytes(stat["moments"]["peak"]["rss"].as_u64().unwrap());
    assert!(texts.contains(&format!("peak: {rss} resident").as_str()), "{name}: {texts:?}");
    assert_eq!(browser.complaints(), Vec::<String>::new());
    // As a part of a document.
    let page = trace.with_extension("html");
    std::fs::write(&page, format!("<img src=\"{}\">", drawing.display())).unwrap();
    browser.send("url", &json!({"url": format!("file://{}", page.display())}));
    browser.wait("the drawing is read", "return document.images[0].complete");
    assert_eq!(browser.run("return document.images[0].naturalWidth"), 760, "{name}");
}

#[test]
fn a_drawing_has_the_figures_of_stat_and_nothing_overlaps() {
    let Some(browser) = crate::browser("a drawing of a trace in a browser") else { return };
    let dir = scratch("drawing");
    for (layout, program, arguments) in [
        ("plain", "service", &["2"][..]),
        ("compact", "memory", &["kept", "20"]),
        ("compact", "memory", &["fragmented", "8"]),
    ] {
        shows(&browser, &programs::record(&dir, layout, program, arguments));
    }
}
