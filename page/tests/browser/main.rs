//! The page in a browser: that it shows the right figures, and does what its reader asks
//! for. Needs Chromium and chromedriver.

#[path = "../../../tests/common/mod.rs"]
mod common;
mod driver;
mod figures;
mod hands;
mod http;
mod shape;
mod speed;

use driver::Browser;
use gosbrk_page::data::Page;
use gosbrk_trace::file::Trace;
use gosbrk_trace::page::Part;
use std::path::PathBuf;

/// A page in a browser.
struct Opened {
    browser: Browser,
    page: Page,
    address: String,
    file: PathBuf,
}

impl Drop for Opened {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.file);
    }
}

/// The trace of a made-up program.
fn trace(calls: u64) -> Trace {
    let bytes = gosbrk_trace::sample::write(Vec::new(), calls).expect("a sample");
    Trace::new(Box::new(bytes)).expect("a trace")
}

/// The page of a trace, or of a part of it.
fn page_of(trace: &Trace, part: Part) -> Page {
    let page = gosbrk_trace::page::Page::of(trace, part, |_| ()).expect("a page");
    gosbrk_page::trace::page(&page)
}

/// The page of a made-up program.
fn sample(calls: u64) -> Page {
    page_of(&trace(calls), Part::default())
}

/// Opens the page in a window of this size, or names the check that is skipped, and why.
fn open(check: &str, page: Page, (width, height): (u32, u32)) -> Option<Opened> {
    let browser = match Browser::start(width, height) {
        Ok(browser) => browser,
        Err(why) => {
            common::skip(&format!("the page in a browser: {check}"), &why);
            return None;
        }
    };
    let name = format!("page-{}-{}.html", std::process::id(), check.replace(' ', "-"));
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&file, gosbrk_page::html::html(&page)).expect("the file can be written");
    let address = format!("file://{}", file.display());
    browser.open(&address);
    Some(Opened { browser, page, address, file })
}
