//! Writes the page of a made-up program, for those who work on the page:
//!
//!     cargo run --release -p gosbrk-page --example sample -- 1000000 sample.html

use gosbrk_trace::file::Trace;
use gosbrk_trace::page::{Page, Part};
use gosbrk_trace::sample;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let calls = words.next().ok_or("how many calls?")?.parse()?;
    let file = words.next().ok_or("to which file?")?;
    let trace = Trace::new(Box::new(sample::write(Vec::new(), calls)?))?;
    let page = gosbrk_page::trace::page(&Page::of(&trace, Part::default(), |_| ())?);
    std::fs::write(file, gosbrk_page::html::html(&page))?;
    Ok(())
}
