//! The body of the fuzzer, with inputs that are always the same.

use gosbrk_fuzz::session::{Report, run};
use std::fs;

/// Bytes that are the same for the same seed (xorshift64*).
fn bytes(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        state.wrapping_mul(0x2545_F491_4F6C_DD1D)
    };
    let words = 16 + next() % 256;
    (0..words).flat_map(|_| next().to_le_bytes()).collect()
}

fn add(total: &mut Report, report: Report) {
    total.done += report.done;
    total.refused += report.refused;
    total.corrupt += report.corrupt;
    total.denied += report.denied;
    total.blocks = total.blocks.max(report.blocks);
    total.pages = total.pages.max(report.pages);
}

#[test]
fn random_inputs() {
    let mut total = Report::default();
    for seed in 0..4000 {
        add(&mut total, run(&bytes(seed)));
    }
    println!("{total:?}");
    // They have to get everywhere.
    assert!(total.done > total.refused && total.refused > total.done / 20, "{total:?}");
    assert!(total.corrupt > 100 && total.denied > 100, "{total:?}");
    assert!(total.blocks > 32 && total.pages > 2 * 8192, "{total:?}");
}

/// Segments of some 10,000 pages, which one leaf of the page map does not cover.
#[test]
fn large_segments() {
    let mut total = Report::default();
    for seed in 0..200 {
        let mut input = bytes(seed);
        input[0] = 0;
        add(&mut total, run(&input));
    }
    println!("{total:?}");
    assert!(total.done > 5000 && total.blocks > 16 && total.pages > 2 * 8192, "{total:?}");
}

#[test]
fn the_corpus() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus");
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(!files.is_empty(), "{folder} is empty");
    for file in files {
        let input = fs::read(&file).unwrap();
        // Says which one it was, should it fail.
        println!("{}", file.display());
        let _ = run(&input);
    }
}
