use super::{Figures, Why};
use crate::event::{Call, Counters, Event};
use crate::file::Trace;
use crate::format::header::{Header, Layout, flag};
use crate::format::slot::{Slot, kind};
use crate::picture::Picture;
use crate::sample;
use crate::write::Writer;

fn trace(layout: Layout, flags: u32) -> Trace {
    let header = Header { layout, flags, page: 4096, ..Header::default() };
    Trace::new(Box::new(Writer::new(Vec::new(), &header).unwrap().finish().unwrap())).unwrap()
}

/// A Go program with 40 KiB of tables and 64 KiB of heap, and counters that fit.
fn program(layout: Layout) -> Picture {
    let mut picture = Picture::new(&trace(layout, flag::COUNTERS));
    let mut call = |kind, addr, size| {
        let brk = Some((8 << 20, 8 << 20));
        let call = Call { kind, addr, size, given: size, brk, ..Call::default() };
        picture.apply(&Event::Call(call), 0);
    };
    call(kind::RESERVE_ALIGNED, 1 << 20, 1 << 20);
    call(kind::HUGE_PAGE, 1 << 20, 4096);
    call(kind::ALLOC, 4 << 20, 40 << 10);
    call(kind::MAP, 1 << 20, 1 << 20);
    call(kind::USED, 1 << 20, 64 << 10);
    let (live, in_use, free) = (20 << 10, 32 << 10, 16 << 10);
    picture.apply(&Event::Counters(Counters { live, in_use, free, ready: 104 << 10 }), 0);
    picture.apply(&Event::Rss(3 << 20, 1 << 20), 0);
    picture.apply(&Event::Resident(90 << 10, 2 << 20), 0);
    picture
}

fn total(figures: &Figures) -> u64 {
    let rows = figures.0.map(Result::unwrap);
    rows[..8].iter().sum::<u64>() - rows[8]
}

#[test]
fn rows_add_up_to_what_is_resident() {
    let figures = Figures::of(&program(Layout::Plain));
    let kib = figures.0.map(|row| row.unwrap() >> 10);
    assert_eq!(kib, [20, 12, 16, 16, 40, 0, 934, 2048, 14, 3072]);
    assert_eq!(total(&figures), 3 << 20);
    // Where free memory can be accessed it is a part, as much of it as was never touched.
    let figures = Figures::of(&program(Layout::Compact));
    assert_eq!(figures.0[5], Ok((7 << 20) - (40 << 10)));
    assert_eq!(total(&figures), 3 << 20);
    // So it is at all moments of a program.
    let trace = Trace::new(Box::new(sample::write(Vec::new(), 5000).unwrap())).unwrap();
    let (mut picture, mut events, mut known) = (Picture::new(&trace), trace.events(), 0);
    while let Some(event) = events.read().unwrap() {
        picture.apply(&event, events.ticks());
        let figures = Figures::of(&picture);
        if figures.0.iter().all(Result::is_ok) {
            assert_eq!(total(&figures), figures.0[9].unwrap());
            known += 1;
        }
    }
    assert!(known > 5000, "{known}");
}

#[test]
fn without_counters_no_part_of_the_heap_is_known() {
    for (layout, flags, why) in [
        (Layout::Library, 0, Why::NoRuntime),
        (Layout::WebAssembly, 0, Why::NoCounters),
        (Layout::Plain, 0, Why::NoCounters),
    ] {
        let mut picture = Picture { counted: None, ..program(layout) };
        picture.has_counters = flags > 0;
        picture.layout = layout;
        if layout == Layout::WebAssembly {
            picture.apply(&Event::Rss(8 << 20, 0), 0);
        }
        let figures = Figures::of(&picture);
        assert_eq!(figures.0[..4], [Err(why); 4], "{layout:?}");
        assert_eq!(figures.0[4].is_ok(), layout != Layout::Library);
        for row in [6, 7, 9] {
            assert!(figures.0[row].is_ok(), "{layout:?}: {figures:?}");
        }
        let is_module = layout == Layout::WebAssembly;
        assert_eq!(figures.0[8].err(), is_module.then_some(Why::Module));
    }
    let early = Picture { counted: None, ..program(Layout::Plain) };
    assert_eq!(Figures::of(&early).0[0], Err(Why::NotYet));
}

#[test]
fn the_rows_of_a_module_add_up_to_its_memory() {
    let mut picture = program(Layout::WebAssembly);
    picture.apply(&Event::Rss(8 << 20, 0), 0);
    let figures = Figures::of(&picture).0;
    let sum: u64 = figures[..8].iter().map(|row| row.unwrap()).sum();
    assert_eq!((sum, figures[9]), (8 << 20, Ok(8 << 20)));
    assert_eq!(figures[8], Err(Why::Module));
}

/// Of Go 1.21 to 1.23: the break tells nothing, the end of the memory does.
#[test]
fn a_module_whose_break_is_fixed_has_what_it_never_used() {
    let header = Header {
        layout: Layout::WebAssembly,
        profile: 2,
        page: 65536,
        start: 1 << 20,
        initial: 4 << 20,
        ..Header::default()
    };
    let bytes = Writer::new(Vec::new(), &header).unwrap().finish().unwrap();
    let mut picture = Picture::new(&Trace::new(Box::new(bytes)).unwrap());
    let call = Call { kind: kind::ALLOC, addr: 4 << 20, size: 65536, ..Call::default() };
    picture.apply(&Event::Call(call), 0);
    assert_eq!(Figures::of(&picture).0[5], Err(Why::NoBreak));
    picture.apply(&Event::Rss((4 << 20) + 3 * 65536, 0), 0);
    let figures = Figures::of(&picture).0;
    assert_eq!(figures[4..8], [Ok(65536), Ok((3 << 20) + 2 * 65536), Ok(0), Ok(1 << 20)]);
}

#[test]
fn missing_calls_leave_only_what_was_read() {
    let mut picture = program(Layout::Plain);
    picture.apply(&Event::Lost(3), 0);
    let figures = Figures::of(&picture).0;
    for (row, figure) in figures.iter().enumerate() {
        let is_read = [0, 1, 2, 7, 9].contains(&row);
        assert_eq!(*figure, if is_read { Ok(figure.unwrap()) } else { Err(Why::Lost) }, "{row}");
    }
}

#[test]
fn what_a_child_of_fork_has_is_not_known() {
    let mut picture = program(Layout::Compact);
    picture.apply(&Event::Inherited { bloc: 8 << 20, size: 1 << 20 }, 0);
    let figures = Figures::of(&picture).0;
    assert_eq!([figures[3], figures[4], figures[5], figures[8]], [Err(Why::Forked); 4]);
    assert!(figures[0].is_ok() && figures[9].is_ok());
}

#[test]
fn parts_of_another_moment_are_no_parts() {
    let mut picture = program(Layout::Plain);
    picture.apply(&Event::Call(Call { kind: kind::HUGE_PAGE, ..Call::default() }), 0);
    assert!(Figures::of(&picture).0[6].is_ok(), "nothing new was measured");
    picture.apply(&Event::Rss(9 << 20, 1 << 20), 0);
    let figures = Figures::of(&picture).0;
    assert_eq!(figures[6..9], [Err(Why::Unparted); 3]);
    picture.apply(&Event::Resident(u64::MAX, u64::MAX), 0);
    assert_eq!(Figures::of(&picture).0[6..9], [Err(Why::NotTold); 3]);
}

#[test]
fn what_does_not_fit_together_is_not_shown() {
    let mut picture = program(Layout::Plain);
    let counters = Counters { live: 50 << 10, in_use: 40 << 10, free: 99 << 10, ready: 0 };
    picture.apply(&Event::Counters(counters), 0);
    let figures = Figures::of(&picture).0;
    assert_eq!((figures[1], figures[3]), (Err(Why::Moved), Err(Why::Moved)));
    picture.apply(&Event::Rss(1 << 20, 1 << 20), 0);
    picture.apply(&Event::Resident(1 << 20, 1 << 20), 0);
    assert_eq!(Figures::of(&picture).0[6], Err(Why::Moved));
}

#[test]
fn samples_are_shown_as_they_were_taken() {
    let header = Header { layout: Layout::Samples, ..Header::default() };
    let mut to = Writer::new(Vec::new(), &header).unwrap();
    for sample in 0..3 {
        to.slot(&Slot { kind: kind::SAMPLE, time: sample, ..Slot::default() }).unwrap();
        for row in 0..10 {
            let (a, b) = (100 * sample + u64::from(row), u64::from(row != 5));
            to.slot(&Slot { kind: kind::ROW, code: row, a, b, ..Slot::default() }).unwrap();
        }
    }
    let trace = Trace::new(Box::new(to.finish().unwrap())).unwrap();
    assert_eq!((trace.calls, trace.peak), (3, Some((2, 209))));
    let (mut picture, mut events) = (Picture::new(&trace), trace.events());
    while let Some(event) = events.read().unwrap() {
        picture.apply(&event, events.ticks());
    }
    let figures = Figures::of(&picture).0;
    assert_eq!((figures[0], figures[5], figures[9]), (Ok(200), Err(Why::NotSeen), Ok(209)));
}
