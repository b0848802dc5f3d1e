use super::draw;
use crate::columns::width;
use crate::top::detail::{Detail, Recorded};
use crate::top::entry::tests::{entry, moment};
use crate::top::line::BOLD;
use crate::top::order::Sort;
use crate::top::recording::{Growth, Growths};
use crate::top::state::tests::{press, state};
use crate::top::state::{State, View};
use crate::top::worker::{List, Update};
use crossterm::event::KeyCode;
use gosbrk_look::change::Change;
use std::time::Duration;

/// A program whose largest part is kept free.
pub fn detail(pid: i32) -> Detail {
    let moment = moment(Ok(83_800_000), Ok(2_800_000), Ok(80_000_000));
    let mut rows = [None; 10];
    (rows[0], rows[2], rows[9]) = (Some(100_000), Some(-1_500_000), Some(0));
    Detail {
        pid: Some(pid),
        title: format!("{pid} ./server"),
        sentence: moment.sentence(&format!("{pid} server")),
        has_layer: false,
        moment,
        change: Some(Change { over: Duration::from_millis(1040), rows }),
        growths: Recorded::No,
        notes: vec!["Will it come back? (go1.27.3)".into(), "  Slowly.".into()],
        ended: None,
    }
}

fn screen(state: &mut State) -> Vec<String> {
    let (columns, rows) = state.size;
    let lines = draw(state);
    assert_eq!(lines.len(), rows);
    let texts: Vec<String> = lines.iter().map(crate::top::line::Line::text).collect();
    assert!(texts.iter().all(|text| width(text) <= columns), "{columns}: {texts:#?}");
    texts.into_iter().map(|text| text.trim_end().to_owned()).collect()
}

fn one(detail: Detail, size: (usize, usize)) -> State {
    let mut state = State::new(View::One(detail.pid.unwrap()), Sort::Rss, size);
    state.update(Update::One(Box::new(detail)));
    state
}

#[test]
fn the_list_has_every_column_and_says_what_is_not_known() {
    let mut entries = vec![entry(7, Ok(83_800_000), Ok(2_800_000), Err("why"))];
    let mut rows = [None; 10];
    rows[9] = Some(-100_000);
    entries[0].change = Some(Change { over: Duration::from_secs(1), rows });
    (entries[0].layout, entries[0].go) = (None, None);
    entries.push(entry(12345, Err("why"), Ok(0), Ok(0)));
    let mut state = State::new(View::All, Sort::Rss, (100, 8));
    let refused = vec![(2, "yama".to_owned(), "be root".to_owned())];
    state.update(Update::All(List { entries, refused }));
    assert_eq!(
        screen(&mut state),
        [
            "gosbrk top  by RSS  2 Go programs",
            "    pid        RSS     change       held  kept free Go        layout    command",
            ">     7    83.8 MB    -0.1 MB     2.8 MB  not known not known not known program-7",
            "  12345  not known    not yet     0.0 MB     0.0 MB go1.27.3  stock     program-12345",
            "",
            "change: of RSS, over the last 1.0 s",
            "2 processes may not be read: ? says why",
            "q quit  ? help  Enter open  s sort  p pause",
        ]
    );
    press(&mut state, KeyCode::Char('?'));
    state.size = (60, 40);
    let help = screen(&mut state).join("\n");
    assert!(help.contains("2 processes are not readable"), "{help}");
    assert!(help.contains("hint: be root") && help.contains("Ctrl-C"), "{help}");
}

#[test]
fn forty_columns_keep_what_the_list_is_sorted_by() {
    let mut state = state(&[(1, 10), (22222, 1_234_567_800_000)]);
    let heading = |state: &mut State| {
        state.size = (40, 10);
        screen(state)[1].split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(heading(&mut state), "pid RSS command");
    press(&mut state, KeyCode::Char('s'));
    assert_eq!(heading(&mut state), "pid held command");
    press(&mut state, KeyCode::Char('s'));
    assert_eq!(heading(&mut state), "pid kept free command");
    press(&mut state, KeyCode::Char('s'));
    assert_eq!(heading(&mut state), "pid change command");
    // The sorted column stands out.
    let bold: Vec<_> =
        draw(&mut state)[1].0.iter().filter(|(_, it)| *it == BOLD).cloned().collect();
    assert_eq!(bold.len(), 1);
    assert_eq!(bold[0].0.trim(), "change");
}

#[test]
fn the_cursor_is_always_on_the_screen() {
    let programs: Vec<_> = (1..=300).zip((0..1000).rev()).collect();
    let mut state = state(&programs);
    for (key, pid) in
        [(KeyCode::End, 300), (KeyCode::PageUp, 280), (KeyCode::Up, 279), (KeyCode::Home, 1)]
    {
        press(&mut state, key);
        let lines = screen(&mut state);
        let at: Vec<_> = lines.iter().filter(|line| line.starts_with('>')).collect();
        assert_eq!(at.len(), 1);
        assert!(at[0].ends_with(&format!("program-{pid}")), "{at:?}");
    }
    // As many as there is room for.
    assert!(screen(&mut state)[20].ends_with("program-19"), "{:#?}", screen(&mut state));
}

#[test]
fn a_program_has_sentence_bar_rows_and_changes() {
    let lines = screen(&mut one(detail(7), (64, 34)));
    let text = lines.join("\n");
    assert_eq!(lines[0], "gosbrk top  7 ./server");
    assert!(lines[1].starts_with("7 server takes 83.8 MB of memory and holds 2.8 MB of it."));
    // 2.8, 80 and the rest of 83.8 on 64 columns.
    assert_eq!(lines[4], format!("##{}?", "o".repeat(61)));
    assert_eq!(lines[5], "#      2.8 MB      +0.1 MB  held by the program");
    assert_eq!(lines[6], "+   not known    not known  gaps and garbage in spans in use");
    assert_eq!(lines[7], "                            it is a test");
    assert!(text.contains("\no     80.0 MB      -1.5 MB  kept free by the runtime\n"), "{text}");
    assert!(text.contains("\n      83.8 MB       0.0 MB  resident memory (RSS)\n"), "{text}");
    assert!(!text.contains("free list and tail"), "{text}");
    assert!(text.contains("the change over the last 1.0 s"), "{text}");
    assert!(
        text.contains("not known: this program is not being\n    recorded (gosbrk trace record)."),
        "{text}"
    );
    assert!(text.contains("Will it come back? (go1.27.3)\n  Slowly."), "{text}");
    let short = screen(&mut one(detail(7), (40, 34))).join("\n");
    assert!(short.contains("o     80.0 MB      -1.5 MB  kept\n"), "{short}");
}

#[test]
fn nothing_known_is_no_number() {
    let unknown = moment(Err("why"), Err("why"), Err("why"));
    let detail = Detail { moment: unknown, change: None, ..detail(7) };
    let lines = screen(&mut one(detail, (64, 40)));
    let rows = lines.iter().filter(|line| line.contains("not known      not yet"));
    assert_eq!(rows.count(), 9, "{lines:#?}");
    assert!(!lines[5..].iter().any(|line| line.contains(" MB")), "{lines:#?}");
}

#[test]
fn growths_are_shown_the_newest_first() {
    let growth = |count, ns, bytes, who: &str| Growth {
        count,
        ns,
        bytes,
        who: who.into(),
        stack: Vec::new(),
    };
    let newest =
        vec![growth(4, Some(5_200_000_000), 4_194_304, "main.b"), growth(1, None, 1, "main.a")];
    let growths = Growths { count: 8, newest, largest: Vec::new() };
    let growths = Recorded::Yes("/tmp/x.gosbrk".into(), growths);
    let text = screen(&mut one(Detail { growths, ..detail(7) }, (64, 40))).join("\n");
    let at = text.find("The last 5 of them, the newest first, 3 before them:").expect(&text);
    let lines: Vec<&str> = text[at..].lines().skip(1).take(2).collect();
    assert_eq!(
        lines,
        ["       5.2 s    +4.2 MB  main.b  (4 times)", "   not known    +0.0 MB  main.a"]
    );
    let reading = Detail { growths: Recorded::Reading("x".into()), ..detail(7) };
    assert!(screen(&mut one(reading, (64, 40))).iter().any(|line| line.ends_with("reading x ...")));
}

#[test]
fn a_long_text_is_scrolled_no_further_than_its_end() {
    let mut state = one(detail(7), (64, 10));
    press(&mut state, KeyCode::End);
    let end = screen(&mut state);
    assert_eq!(end[8], "  Slowly.");
    let at = state.scroll;
    press(&mut state, KeyCode::Up);
    assert_eq!((screen(&mut state)[8] != end[8], state.scroll), (true, at - 1));
}

#[test]
fn what_has_ended_or_is_paused_is_said() {
    let ended = Detail { ended: Some("process 7 has ended".into()), ..detail(7) };
    let mut state = one(ended, (64, 40));
    press(&mut state, KeyCode::Char('p'));
    let lines = screen(&mut state);
    assert_eq!(lines[0], "gosbrk top  PAUSED  ENDED  7 ./server");
    assert_eq!(lines[1], "Nothing more comes: process 7 has ended.");
    assert!(lines[39].contains("p go on"), "{}", lines[39]);
}

/// Also where there is hardly any room.
#[test]
fn every_size_has_a_screen() {
    let programs: Vec<_> = (1..30).map(|pid| (pid, 5)).collect();
    for columns in [0, 1, 2, 3, 7, 20, 39, 200] {
        for rows in [0, 1, 2, 3, 5, 100] {
            let mut list = state(&programs);
            list.size = (columns, rows);
            screen(&mut list);
            press(&mut list, KeyCode::Char('?'));
            screen(&mut list);
            screen(&mut one(detail(7), (columns, rows)));
            screen(&mut State::new(View::All, Sort::Rss, (columns, rows)));
        }
    }
}
