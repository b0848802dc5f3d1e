//! Writes the trace of a made-up program, and what a page of it has: for those who work on
//! the page.
//!
//!     cargo run --release -p gosbrk-trace --example sample -- 1000000 sample.gosbrk sample.json

use gosbrk_trace::file::Trace;
use gosbrk_trace::page::{Page, Part};
use gosbrk_trace::sample;
use std::error::Error;
use std::fs::{self, File};
use std::io::BufWriter;
use std::path::Path;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let calls = words.next().ok_or("how many calls?")?.parse()?;
    let file = words.next().ok_or("to which file?")?;
    sample::write(BufWriter::new(File::create(&file)?), calls)?;
    let start = Instant::now();
    let trace = Trace::open(Path::new(&file))?;
    println!("{} calls, opened in {:?}", trace.calls, start.elapsed());
    let start = Instant::now();
    let page = Page::of(&trace, Part::default(), |_| ())?;
    println!("{} columns in {:?}", page.columns.len(), start.elapsed());
    if let Some(json) = words.next() {
        fs::write(json, page.json().to_string())?;
    }
    Ok(())
}
