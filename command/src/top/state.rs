//! What is on the screen, and what keys do.

use super::detail::Detail;
use super::order::Sort;
use super::worker::{Ask, List, Update};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// All programs.
    All,
    /// This one.
    One(i32),
    /// A trace.
    File,
}

/// What is to be done because of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Do {
    /// Nothing but to draw.
    Draw,
    /// To end.
    Quit,
    /// To stop, as Ctrl-Z has it.
    Stop,
    /// To ask the thread that reads.
    Ask(Ask),
}

/// All that the screen depends on.
#[derive(Clone, Debug)]
pub struct State {
    /// What is shown.
    pub view: View,
    /// The programs, in order; nothing before the first look.
    pub list: Option<List>,
    /// The program or trace that is open; nothing before the first look.
    pub one: Option<Box<Detail>>,
    /// What the list is sorted by.
    pub sort: Sort,
    /// The program that the cursor is on.
    pub cursor: Option<i32>,
    /// Its place in the list, for when it has ended.
    place: usize,
    /// The first line of an open program that is shown.
    pub scroll: usize,
    /// Whether nothing is read.
    pub is_paused: bool,
    /// Whether the help is shown.
    pub is_help: bool,
    /// What went wrong last.
    pub message: Option<String>,
    /// Columns and lines.
    pub size: (usize, usize),
}

impl State {
    /// Before the first look.
    pub const fn new(view: View, sort: Sort, size: (usize, usize)) -> Self {
        Self {
            view,
            list: None,
            one: None,
            sort,
            cursor: None,
            place: 0,
            scroll: 0,
            is_paused: false,
            is_help: false,
            message: None,
            size,
        }
    }

    /// Something was read.
    pub fn update(&mut self, update: Update) -> Do {
        match update {
            Update::All(list) => {
                self.list = Some(list);
                self.order();
            }
            // Another one may have been opened meanwhile.
            Update::One(detail) => {
                let is_shown = match self.view {
                    View::One(pid) => detail.pid == Some(pid),
                    View::File => detail.pid.is_none(),
                    View::All => false,
                };
                if is_shown {
                    self.one = Some(detail);
                }
            }
            Update::Failed(pid, why) => {
                if self.view == View::One(pid) {
                    self.message = Some(why);
                    return self.back();
                }
            }
        }
        Do::Draw
    }

    /// A key was pressed.
    pub fn key(&mut self, key: KeyEvent) -> Do {
        let with_control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('c' | 'q') if with_control => return Do::Quit,
            KeyCode::Char('z') if with_control => return Do::Stop,
            KeyCode::Char(_) if with_control => return Do::Draw,
            KeyCode::Char('q') => return Do::Quit,
            KeyCode::Char('?' | 'h') | KeyCode::F(1) => {
                self.is_help = !self.is_help;
                self.scroll = 0;
                return Do::Draw;
            }
            KeyCode::Char('p' | ' ') => {
                self.is_paused = !self.is_paused;
                return Do::Ask(Ask::Pause(self.is_paused));
            }
            _ => {}
        }
        self.message = None;
        if self.is_help || self.view != View::All {
            self.in_text(key.code)
        } else {
            self.in_list(key.code)
        }
    }

    fn in_list(&mut self, key: KeyCode) -> Do {
        let page = self.size.1.saturating_sub(4).max(1);
        match key {
            KeyCode::Up | KeyCode::Char('k') => self.step(|at| at.saturating_sub(1)),
            KeyCode::Down | KeyCode::Char('j') => self.step(|at| at.saturating_add(1)),
            KeyCode::PageUp => self.step(|at| at.saturating_sub(page)),
            KeyCode::PageDown => self.step(|at| at.saturating_add(page)),
            KeyCode::Home | KeyCode::Char('g') => self.step(|_| 0),
            KeyCode::End | KeyCode::Char('G') => self.step(|_| usize::MAX),
            KeyCode::Char('s') => {
                self.sort = self.sort.next();
                self.order();
            }
            KeyCode::Enter | KeyCode::Right => {
                if let Some(pid) = self.cursor {
                    (self.view, self.one, self.scroll) = (View::One(pid), None, 0);
                    return Do::Ask(Ask::One(pid));
                }
            }
            _ => {}
        }
        Do::Draw
    }

    fn in_text(&mut self, key: KeyCode) -> Do {
        let page = self.size.1.saturating_sub(3).max(1);
        match key {
            KeyCode::Up | KeyCode::Char('k') => self.scroll = self.scroll.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => self.scroll = self.scroll.saturating_add(1),
            KeyCode::PageUp => self.scroll = self.scroll.saturating_sub(page),
            KeyCode::PageDown => self.scroll = self.scroll.saturating_add(page),
            KeyCode::Home | KeyCode::Char('g') => self.scroll = 0,
            KeyCode::End | KeyCode::Char('G') => self.scroll = usize::MAX,
            KeyCode::Esc | KeyCode::Left | KeyCode::Backspace if self.is_help => {
                (self.is_help, self.scroll) = (false, 0);
            }
            KeyCode::Esc | KeyCode::Left | KeyCode::Backspace if self.view != View::File => {
                return self.back();
            }
            _ => {}
        }
        Do::Draw
    }

    /// Back to the list.
    fn back(&mut self) -> Do {
        if let View::One(pid) = self.view {
            self.cursor = Some(pid);
        }
        (self.view, self.one, self.scroll) = (View::All, None, 0);
        Do::Ask(Ask::All)
    }

    /// Where the cursor is in the list.
    pub fn at(&self) -> Option<usize> {
        let entries = &self.list.as_ref()?.entries;
        entries.iter().position(|entry| Some(entry.pid) == self.cursor)
    }

    fn step(&mut self, to: impl Fn(usize) -> usize) {
        let at = self.at().unwrap_or(self.place);
        let Some(list) = &self.list else { return };
        self.place = to(at).min(list.entries.len().saturating_sub(1));
        self.cursor = list.entries.get(self.place).map(|entry| entry.pid);
    }

    /// Puts the list in order. A cursor whose program has ended goes to the one that is now
    /// where it was.
    fn order(&mut self) {
        let Some(list) = &mut self.list else { return };
        self.sort.sort(&mut list.entries);
        self.step(|at| at);
    }
}

#[cfg(test)]
pub mod tests;
