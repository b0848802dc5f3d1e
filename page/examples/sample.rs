//! Writes the page of a trace, or of a made-up program with so many calls, for those who
//! work on the page:
//!
//!     cargo run --release -p gosbrk-page --example sample -- 1000000 sample.html

use gosbrk_trace::file::Trace;
use gosbrk_trace::page::{Page, Part};
use gosbrk_trace::sample;
use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let what = words.next().ok_or("which trace, or how many calls?")?;
    let file = words.next().ok_or("to which file?")?;
    let trace = match what.parse() {
        Ok(calls) => Trace::new(Box::new(sample::write(Vec::new(), calls)?))?,
        Err(_) => Trace::open(Path::new(&what))?,
    };
    let page = gosbrk_page::trace::page(&Page::of(&trace, Part::default(), |_| ())?);
    std::fs::write(file, gosbrk_page::html::html(&page))?;
    Ok(())
}
