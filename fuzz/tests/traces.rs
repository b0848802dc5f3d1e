//! The body of the fuzzer of traces, with inputs that are always the same.

use gosbrk_fuzz::trace::{Report, run};
use gosbrk_trace::sample;
use std::fs;

/// Numbers that are the same for the same seed (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() >> 32).unwrap_or(0) % n
    }
}

fn random(seed: u64) -> Random {
    Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
}

fn add(total: &mut Report, report: Report) {
    total.calls += report.calls;
    total.is_damaged |= report.is_damaged;
    total.known += report.known;
}

#[test]
fn slots_in_any_order() {
    let mut total = Report::default();
    for seed in 0..400 {
        let mut random = random(seed);
        let words = 8 + random.below(200);
        let bytes: Vec<u8> = (0..words).flat_map(|_| random.next().to_le_bytes()).collect();
        add(&mut total, run(&bytes));
    }
    println!("{total:?}");
    assert!(total.calls > 5_000, "{total:?}");
}

/// Bits that flip, pages that are lost, ends that are cut off.
#[test]
fn damaged_files() {
    let whole = sample::write(Vec::new(), 300).unwrap();
    let mut total = Report::default();
    let mut refused = 0;
    for seed in 0..100 {
        let mut random = random(seed);
        let mut bytes = whole.clone();
        for _ in 0..=random.below(3) {
            let most = if random.below(8) == 0 { bytes.len().min(4096) } else { bytes.len() };
            let at = random.below(most);
            match random.below(4) {
                0 => bytes.truncate(at),
                1 => bytes[at..].iter_mut().take(512).for_each(|byte| *byte = 0),
                2 => bytes[at] = bytes[at].wrapping_add(1),
                _ => bytes[at] ^= 1 << random.below(8),
            }
            if bytes.is_empty() {
                break;
            }
        }
        let report = run(&bytes);
        refused += u64::from(!report.is_trace);
        add(&mut total, report);
    }
    println!("{total:?}, {refused} refused");
    assert!(total.is_damaged && total.calls > 3_000 && total.known > 500, "{total:?}");
}

#[test]
fn the_corpus() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/traces");
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(!files.is_empty(), "{folder} is empty");
    for file in files {
        println!("{}", file.display());
        let _ = run(&fs::read(&file).unwrap());
    }
}
