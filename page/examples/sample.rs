//! Writes the page of the invented program: `sample CALLS FILE`.

fn main() {
    let mut arguments = std::env::args().skip(1);
    let calls = arguments.next().and_then(|calls| calls.parse().ok()).unwrap_or(10_000);
    let file = arguments.next().unwrap_or_else(|| "sample.html".into());
    let page = gosbrk_page::sample::page(calls);
    std::fs::write(file, gosbrk_page::html::html(&page)).expect("the file can be written");
}
