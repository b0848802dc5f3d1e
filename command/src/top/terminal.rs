//! The terminal: taken, written to, and given back as it was.

use super::line::{Line, Style};
use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::style::{Attribute, Color, Print, SetAttribute, SetForegroundColor};
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, DisableLineWrap, EnableLineWrap,
    EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use crossterm::{execute, queue};
use std::env;
use std::io::{self, Write, stdout};
use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the terminal is to be given back.
static IS_TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal, which is given back when this is dropped, and by a panic.
pub struct Terminal {
    /// What is on the screen.
    shown: Vec<Line>,
    has_colours: bool,
}

/// Whether the terminal can place its cursor.
pub fn can_move() -> bool {
    env::var_os("TERM").is_some_and(|term| !term.is_empty() && term != "dumb")
}

impl Terminal {
    /// Takes it: another screen, and keys as they are pressed.
    ///
    /// # Errors
    /// It does not do that. Then it is as it was.
    pub fn take() -> io::Result<Self> {
        give_back_on_panic();
        let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        let terminal = Self { shown: Vec::new(), has_colours: !is_set("NO_COLOR") };
        // An error drops it.
        enter()?;
        Ok(terminal)
    }

    /// Takes it again: it was given back, or somebody else had it meanwhile.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub fn take_again(&mut self) -> io::Result<()> {
        give_back();
        self.forget();
        enter()
    }

    /// Everything is drawn anew the next time: the screen may be another one.
    pub fn forget(&mut self) {
        self.shown.clear();
    }

    /// Writes the lines that are not on the screen yet.
    ///
    /// # Errors
    /// The terminal takes no more.
    pub fn draw(&mut self, lines: Vec<Line>) -> io::Result<()> {
        let mut out = Vec::new();
        queue!(out, BeginSynchronizedUpdate)?;
        let is_new = self.shown.len() != lines.len();
        if is_new {
            queue!(out, Clear(ClearType::All))?;
        }
        for (row, line) in (0..).zip(&lines) {
            if is_new || self.shown[usize::from(row)] != *line {
                // Behind a line that fills its row this would clear the last column.
                queue!(out, MoveTo(0, row), Clear(ClearType::UntilNewLine))?;
                put(&mut out, line, self.has_colours)?;
            }
        }
        queue!(out, EndSynchronizedUpdate)?;
        self.shown = lines;
        let mut stdout = stdout().lock();
        stdout.write_all(&out)?;
        stdout.flush()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        give_back();
    }
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    IS_TAKEN.store(true, Ordering::SeqCst);
    execute!(stdout(), EnterAlternateScreen, Hide, DisableLineWrap)
}

/// A line, and then the style as it was.
fn put(out: &mut impl Write, line: &Line, has_colours: bool) -> io::Result<()> {
    for (text, Style { bold, reverse, colour }) in &line.0 {
        if *bold {
            queue!(out, SetAttribute(Attribute::Bold))?;
        }
        if *reverse {
            queue!(out, SetAttribute(Attribute::Reverse))?;
        }
        if let Some(colour) = colour.filter(|_| has_colours) {
            queue!(out, SetForegroundColor(Color::AnsiValue(colour)))?;
        }
        queue!(out, Print(text), SetAttribute(Attribute::Reset))?;
    }
    Ok(())
}

/// Makes the terminal what it was, if it is not. A terminal that is gone is left alone.
pub fn give_back() {
    if IS_TAKEN.swap(false, Ordering::SeqCst) {
        let _ = execute!(stdout(), EnableLineWrap, Show, LeaveAlternateScreen);
        let _ = disable_raw_mode();
    }
}

/// A panic's words are to be seen, and the terminal to be used after it.
fn give_back_on_panic() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let next = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            give_back();
            next(info);
        }));
    });
}

#[cfg(test)]
mod tests;
