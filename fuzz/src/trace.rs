//! Reads an input as a trace, in all ways there are.

use gosbrk_trace::cursor::Cursor;
use gosbrk_trace::event::Event;
use gosbrk_trace::figures::Figures;
use gosbrk_trace::file::{End, Trace};
use gosbrk_trace::format::header::{Header, Layout};
use gosbrk_trace::format::slot::Slot;
use gosbrk_trace::identity::Identity;
use gosbrk_trace::page::{Page, Part};
use gosbrk_trace::stat::{At, Stat};
use gosbrk_trace::text;
use gosbrk_trace::write::Writer;

/// What one input came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Report {
    /// Whether it was read as a trace.
    pub is_trace: bool,
    /// Its calls.
    pub calls: u64,
    /// Whether it is damaged.
    pub is_damaged: bool,
    /// Moments at which every row was known.
    pub known: u64,
}

/// Reads a file as it is, and as the slots that its bytes spell.
///
/// # Panics
/// Something that is read does not fit together.
#[must_use]
pub fn run(bytes: &[u8]) -> Report {
    let as_it_is = read(bytes.to_vec());
    let spelled = read(spell(bytes));
    if as_it_is.is_trace { as_it_is } else { spelled }
}

/// A whole file of slots whose check words fit: of each 12 bytes, one.
fn spell(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.iter().copied();
    let mut byte = || bytes.next().unwrap_or(0);
    let layouts = [
        Layout::Library,
        Layout::Plain,
        Layout::Compact,
        Layout::Samples,
        Layout::WebAssembly,
        Layout::Other(99),
    ];
    let first = byte();
    let header = Header {
        layout: layouts[usize::from(first) % layouts.len()],
        profile: first >> 6,
        page: if first & 8 == 0 { 4096 } else { u32::from(byte()) },
        flags: u32::from(byte()),
        ticks_per_second: u64::from(byte()) << 24,
        origin: u64::from(byte()) << 20,
        start: u64::from(byte()) << 12,
        heap_page: 8192 * u32::from(byte() % 2),
        chunk: 4 << 20,
        ..Header::default()
    };
    let mut to = Writer::new(Vec::new(), &header).unwrap_or_else(|error| panic!("{error}"));
    let mut time = 0_u64;
    while let Some(kind) = bytes.next() {
        let mut byte = || bytes.next().unwrap_or(0);
        // Most are calls, and most of the others known.
        let kind = match kind {
            0..120 => 1 + kind % 13,
            120..250 => 32 + kind % 22,
            other => other,
        };
        let number = |shape: u8, value: u16| match shape % 8 {
            0 => u64::from(value),
            1 => u64::MAX - u64::from(value),
            2 => u64::from(value) << 48,
            _ => u64::from(value) << 12,
        };
        let (code, thread, name, shape) = (byte() % 5, byte() % 4, byte() % 6, byte());
        time = time.wrapping_add(number(shape >> 5, u16::from(byte())));
        let a = number(shape, u16::from_le_bytes([byte(), byte()]));
        let b = number(shape >> 3, u16::from_le_bytes([byte(), byte()]));
        let (thread, name) = (u16::from(thread), u16::from(name));
        let slot = Slot { kind, code, thread, time, name, a, b };
        to.slot(&slot).unwrap_or_else(|error| panic!("{error}"));
    }
    to.finish().unwrap_or_else(|error| panic!("{error}"))
}

fn read(bytes: Vec<u8>) -> Report {
    let trace = match Trace::new(Box::new(bytes)) {
        Ok(trace) => trace,
        Err(trouble) => {
            assert!(!trouble.to_string().is_empty());
            return Report::default();
        }
    };
    let mut report = Report { is_trace: true, calls: trace.calls, ..Report::default() };
    if let End::Damaged(call) = trace.end {
        assert_eq!(call, trace.calls);
        report.is_damaged = true;
    }
    let fine = "memory can always be read";
    let at = Some(At::Call(trace.calls / 2));
    let stat = Stat::of(&trace, at, |_| ()).expect(fine);
    let _ = (stat.json(&trace).to_string(), stat.growths.groups());
    let mut lines = Vec::new();
    text::print(&trace, &mut lines, |_| ()).expect(fine);
    assert!(lines.starts_with(b"init profile="));
    let is_samples = trace.header.layout == Layout::Samples;
    let _ = Identity::of(&trace).expect(fine);
    for most in [u64::MAX, 3] {
        let page = Page::of(&trace, Part { most, ..Part::default() }, |_| ()).expect(fine);
        let _ = page.json().to_string();
    }
    let mut cursor = Cursor::new(&trace).expect(fine);
    let mut calls = 0;
    while cursor
        .step(|event, picture| {
            calls += u64::from(matches!(event, Event::Call(_) | Event::Sample));
            let rows = Figures::of(picture).0;
            let known: Vec<u64> = rows.iter().filter_map(|row| row.ok()).collect();
            if known.len() == rows.len() && !is_samples {
                let sum: u128 = known[..8].iter().map(|row| u128::from(*row)).sum();
                assert_eq!(sum - u128::from(known[8]), u128::from(known[9]), "{rows:?}");
                report.known += 1;
            }
        })
        .expect(fine)
    {}
    assert_eq!(calls, trace.calls);
    for call in [trace.calls, 0, trace.calls / 2] {
        let picture = cursor.go(call).expect(fine);
        assert_eq!(picture.calls, trace.calls.min(call + 1));
    }
    report
}
