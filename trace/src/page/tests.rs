use super::{Page, Part};
use crate::file::Trace;
use crate::sample;
use std::path::Path;
use std::{env, fs};

fn trace(calls: u64) -> Trace {
    Trace::new(Box::new(sample::write(Vec::new(), calls).unwrap())).unwrap()
}

/// What those who draw the page begin with: it has all there is to draw.
#[test]
fn the_sample_in_testdata_is_up_to_date() {
    let page = Page::of(&trace(500), Part::default(), |_| ()).unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/page/sample.json");
    let json = format!("{}\n", page.json());
    if env::var_os("GOSBRK_BLESS").is_some() {
        fs::write(&file, &json).unwrap();
    }
    assert!(fs::read_to_string(&file).unwrap() == json, "make it anew with GOSBRK_BLESS=1");
    let meta = &page.meta;
    for list in ["growths", "stacks", "names", "threads"] {
        assert!(meta[list].as_array().is_some_and(|list| !list.is_empty()), "{list}");
    }
    for group in ["step", "change", "break", "row", "bitmap"] {
        let mut columns = page.columns.iter().filter(|column| column.group == group);
        assert!(columns.all(|column| !column.numbers.is_empty()), "{group}");
    }
}
