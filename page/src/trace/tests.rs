use crate::data::{Page, State};
use crate::free;
use gosbrk_trace::cursor::Cursor;
use gosbrk_trace::file::Trace;
use gosbrk_trace::format::slot::{Found, Slot};
use gosbrk_trace::memory::State as Of;
use gosbrk_trace::page::Part;
use gosbrk_trace::sample;
use gosbrk_trace::stat::{At, Stat};

fn trace(calls: u64) -> Trace {
    Trace::new(Box::new(sample::write(Vec::new(), calls).unwrap())).unwrap()
}

fn page(trace: &Trace, part: Part) -> Page {
    super::page(&gosbrk_trace::page::Page::of(trace, part, |_| ()).unwrap())
}

/// The rows at a point are those of `stat` at its number.
fn agrees(trace: &Trace, page: &Page, point: u32) {
    let number = page.points[point as usize].number;
    let stat = Stat::of(trace, Some(At::Call(number)), |_| ()).unwrap();
    let moment = stat.at.unwrap().figures.moment(trace.header.layout.kind());
    for (i, (row, known)) in moment.rows().into_iter().enumerate() {
        let step = page.rows[i].iter().rev().find(|step| step.point <= point).unwrap();
        assert_eq!(step.value, *known, "{} at {number}", row.key);
    }
}

#[test]
fn every_call_has_its_point_and_the_rows_of_stat() {
    let trace = trace(600);
    let page = page(&trace, Part::default());
    assert_eq!(page.points.len(), 600);
    assert_eq!(page.calls.as_ref().unwrap().list.len(), 600);
    (0..600).step_by(29).chain([1, 2, 3, 7, 599]).for_each(|point| agrees(&trace, &page, point));
}

#[test]
fn merged_calls_lose_no_peak() {
    let trace = trace(3000);
    let page = page(&trace, Part { most: 100, ..Part::default() });
    assert!(page.points.len() < 300, "{}", page.points.len());
    assert_eq!(page.calls.as_ref().unwrap().list.len(), page.points.len());
    assert!(
        page.points
            .windows(2)
            .all(|pair| { pair[0].number < pair[1].number && pair[0].time <= pair[1].time })
    );
    let points = 0..u32::try_from(page.points.len()).unwrap();
    points.step_by(9).for_each(|point| agrees(&trace, &page, point));
    let peak = page.peaks.rss.unwrap();
    let (call, rss) = trace.peak.unwrap();
    assert_eq!(page.points[peak as usize].number, call);
    let step = page.rows[9].iter().find(|step| step.point == peak).unwrap();
    assert_eq!(step.value, Ok(rss));
    assert!(page.notes.iter().any(|note| note.starts_with("1 of 30 calls is shown")));
}

#[test]
fn a_part_begins_with_what_was_there() {
    let trace = trace(2000);
    let all = page(&trace, Part::default());
    let from = all.points[1200].time;
    let page = page(&trace, Part { from, ..Part::default() });
    assert_eq!(page.points[0].number, 1200);
    agrees(&trace, &page, 0);
    agrees(&trace, &page, 500);
    assert_eq!(ready(&page, 700), ready(&all, 1900));
    assert_eq!(listed(&page, 700), listed(&all, 1900));
}

/// Bytes that are heap or table and ready at a point, by painting every page.
fn ready(page: &Page, point: u32) -> (u64, u64) {
    let map = page.map.as_ref().unwrap();
    let mut pages = std::collections::BTreeMap::new();
    for paint in map.paints.iter().filter(|paint| paint.point <= point) {
        for page in (paint.address..paint.address + paint.bytes).step_by(4096) {
            match paint.state {
                State::Table => pages.insert(page, false),
                State::Heap | State::Used | State::Kept => pages.insert(page, true),
                _ => pages.remove(&page),
            };
        }
    }
    let count = |heap: bool| pages.values().filter(|one| **one == heap).count() as u64 * 4096;
    (count(true), count(false))
}

/// Bytes on the free list at a point.
fn listed(page: &Page, point: u32) -> u64 {
    let events = free::events(&page.map.as_ref().unwrap().paints);
    events
        .iter()
        .filter(|event| event.point <= point)
        .fold(0, |sum, event| if event.comes { sum + event.bytes } else { sum - event.bytes })
}

#[test]
fn the_map_is_what_the_model_of_memory_says() {
    let trace = trace(1500);
    let page = page(&trace, Part::default());
    for call in [0, 1, 2, 5, 6, 7, 40, 300, 777, 1200, 1499] {
        let mut cursor = Cursor::new(&trace).unwrap();
        cursor.go(call).unwrap();
        let memory = &cursor.picture().memory;
        let point = u32::try_from(call).unwrap();
        let totals = memory.totals();
        assert_eq!(ready(&page, point), (totals.heap(Of::Ready), totals.rest(Of::Ready)), "{call}");
        assert_eq!(Some(listed(&page, point)), memory.free_list(), "{call}");
    }
    let paints = &page.map.as_ref().unwrap().paints;
    for state in
        [State::Free, State::Reserved, State::Released, State::Table, State::Used, State::Kept]
    {
        assert!(paints.iter().any(|paint| paint.state == state), "{state:?}");
    }
}

#[test]
fn growths_are_by_the_program_s_own_line() {
    let page = page(&trace(3000), Part::default());
    let growths = page.growths.unwrap();
    let total: u64 = growths.iter().map(|growth| growth.bytes).sum();
    let first = &growths[0];
    assert!(growths.windows(2).all(|pair| pair[0].bytes >= pair[1].bytes));
    assert!(total > 0 && first.own.starts_with("main."), "{first:?}");
    let json = growths.iter().find(|growth| growth.function.contains("json")).unwrap();
    assert_eq!((json.own.as_str(), json.place.as_str()), ("main.handle", "server/handle.go:40"));
    assert_eq!(json.function, "encoding/json.(*Decoder).Decode");
}

#[test]
fn a_goroutine_is_named_before_its_thread() {
    let meta = serde_json::json!({"threads": [
        {"tid": 0, "goroutine": 0}, {"tid": 7, "goroutine": 0}, {"tid": 7, "goroutine": 18},
    ]});
    assert_eq!(super::words::threads(&meta), ["", "thread 7", "goroutine 18"]);
}

#[test]
fn dates() {
    for (seconds, text) in [
        (0, "1970-01-01 00:00 UTC"),
        (951_782_399, "2000-02-28 23:59 UTC"),
        (951_782_400, "2000-02-29 00:00 UTC"),
        (1_900_000_000, "2030-03-17 17:46 UTC"),
        (4_107_542_400, "2100-03-01 00:00 UTC"),
    ] {
        assert_eq!(super::words::date(seconds), text);
    }
}

/// Damaged traces, each in another way, make a page or none, and never a panic.
#[test]
fn damaged_traces() {
    let whole = sample::write(Vec::new(), 300).unwrap();
    let file_random = u64::from_le_bytes(whole[128..136].try_into().unwrap());
    let mut random = 1_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % below as u64).unwrap()
    };
    let mut pages = 0;
    for _ in 0..300 {
        let mut bytes = whole.clone();
        // Slots whose check words fit, but with other numbers.
        for _ in 0..=next(8) {
            let number = next((bytes.len() - 4096) / 32);
            let place = &mut bytes[4096 + 32 * number..][..32];
            let found = Slot::decode((&*place).try_into().unwrap(), file_random, number as u64);
            let Found::Whole(mut slot) = found else { continue };
            let bit = 1 << next(64);
            match next(4) {
                0 => slot.a ^= bit,
                1 => slot.b ^= bit,
                2 => slot.kind = u8::try_from(next(52)).unwrap(),
                _ => slot.time ^= bit,
            }
            place.copy_from_slice(&slot.encode(file_random, number as u64));
        }
        let Ok(trace) = Trace::new(Box::new(bytes)) else { continue };
        let part = Part { most: 100 + next(400) as u64, ..Part::default() };
        let html = crate::html::html(&page(&trace, part));
        assert!(html.ends_with("</html>\n"));
        pages += 1;
    }
    assert!(pages > 200, "{pages}");
}
