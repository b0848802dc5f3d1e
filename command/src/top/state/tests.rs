use super::{Do, State, View};
use crate::top::entry::tests::entry;
use crate::top::order::Sort;
use crate::top::screen::tests::detail;
use crate::top::worker::{Ask, List, Update};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A state with these programs, of so many bytes each.
pub fn state(programs: &[(i32, u64)]) -> State {
    let mut state = State::new(View::All, Sort::Rss, (80, 24));
    state.update(list(programs));
    state
}

pub fn list(programs: &[(i32, u64)]) -> Update {
    let entries = programs.iter().map(|(pid, rss)| entry(*pid, Ok(*rss), Ok(0), Ok(0)));
    Update::All(List { entries: entries.collect(), refused: Vec::new() })
}

pub fn press(state: &mut State, key: KeyCode) -> Do {
    state.key(KeyEvent::new(key, KeyModifiers::NONE))
}

fn pids(state: &State) -> Vec<i32> {
    state.list.as_ref().unwrap().entries.iter().map(|entry| entry.pid).collect()
}

#[test]
fn the_cursor_stays_on_its_program() {
    let mut state = state(&[(1, 10), (2, 30), (3, 20)]);
    assert_eq!((pids(&state), state.cursor), (vec![2, 3, 1], Some(2)));
    press(&mut state, KeyCode::Down);
    assert_eq!(state.cursor, Some(3));
    state.update(list(&[(1, 10), (2, 30), (3, 90)]));
    assert_eq!((pids(&state), state.at()), (vec![3, 2, 1], Some(0)));
    press(&mut state, KeyCode::End);
    press(&mut state, KeyCode::Down);
    assert_eq!(state.cursor, Some(1));
    press(&mut state, KeyCode::PageUp);
    assert_eq!(state.cursor, Some(3));
    press(&mut state, KeyCode::Char('j'));
    // It has ended: the one that is now where it was.
    state.update(list(&[(1, 10), (3, 20), (4, 5)]));
    assert_eq!((pids(&state), state.cursor), (vec![3, 1, 4], Some(1)));
    state.update(list(&[(3, 20)]));
    assert_eq!(state.cursor, Some(3));
    state.update(list(&[]));
    assert_eq!(state.cursor, None);
    assert_eq!(press(&mut state, KeyCode::Enter), Do::Draw, "nothing to open");
}

#[test]
fn s_goes_through_the_orders() {
    let mut state = state(&[(2, 30), (1, 10)]);
    for _ in 0..4 {
        press(&mut state, KeyCode::Char('s'));
    }
    assert_eq!((state.sort, pids(&state)), (Sort::Pid, vec![1, 2]));
    press(&mut state, KeyCode::Char('s'));
    assert_eq!((state.sort, pids(&state)), (Sort::Rss, vec![2, 1]));
}

#[test]
fn enter_opens_and_escape_goes_back() {
    let mut state = state(&[(1, 10), (2, 5)]);
    assert_eq!(press(&mut state, KeyCode::Enter), Do::Ask(Ask::One(1)));
    assert_eq!(state.view, View::One(1));
    // What comes late, or of another one, is not shown.
    state.update(Update::One(Box::new(detail(2))));
    assert!(state.one.is_none());
    state.update(Update::One(Box::new(detail(1))));
    assert!(state.one.is_some());
    press(&mut state, KeyCode::Down);
    assert_eq!(state.scroll, 1);
    assert_eq!(press(&mut state, KeyCode::Esc), Do::Ask(Ask::All));
    assert_eq!((state.view, state.cursor, state.scroll), (View::All, Some(1), 0));
    state.update(Update::One(Box::new(detail(1))));
    assert!(state.one.is_none());
    assert_eq!(press(&mut state, KeyCode::Esc), Do::Draw);
}

#[test]
fn a_program_that_cannot_be_opened_is_told_in_the_list() {
    let mut state = state(&[(1, 10)]);
    press(&mut state, KeyCode::Enter);
    let failed = |pid| Update::Failed(pid, "process 1 has ended".into());
    assert_eq!(state.update(failed(1)), Do::Ask(Ask::All));
    assert_eq!(state.message.as_deref(), Some("process 1 has ended"));
    press(&mut state, KeyCode::Up);
    assert_eq!(state.message, None);
    assert_eq!(state.update(failed(1)), Do::Draw, "nobody waits for it");
}

#[test]
fn a_trace_has_no_list_behind_it() {
    let mut state = State::new(View::File, Sort::Rss, (80, 24));
    state.update(Update::One(Box::new(detail(1))));
    assert!(state.one.is_none());
    let file = crate::top::detail::Detail { pid: None, ..detail(1) };
    state.update(Update::One(Box::new(file)));
    assert!(state.one.is_some());
    assert_eq!(press(&mut state, KeyCode::Esc), Do::Draw);
    assert_eq!(state.view, View::File);
}

#[test]
fn pause_and_help_are_the_same_everywhere() {
    for view in [View::All, View::One(1), View::File] {
        let mut state = State::new(view, Sort::Rss, (80, 24));
        assert_eq!(press(&mut state, KeyCode::Char('p')), Do::Ask(Ask::Pause(true)));
        assert_eq!(press(&mut state, KeyCode::Char(' ')), Do::Ask(Ask::Pause(false)));
        press(&mut state, KeyCode::Char('?'));
        assert!(state.is_help);
        press(&mut state, KeyCode::Down);
        assert_eq!(press(&mut state, KeyCode::Esc), Do::Draw);
        assert_eq!((state.is_help, state.view, state.scroll), (false, view, 0));
        assert_eq!(press(&mut state, KeyCode::Char('q')), Do::Quit);
        let control = |c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL);
        assert_eq!(state.key(control('c')), Do::Quit);
        assert_eq!(state.key(control('z')), Do::Stop);
        assert_eq!(state.key(control('p')), Do::Draw);
        assert!(!state.is_paused);
    }
}
