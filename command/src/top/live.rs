//! Keys, signals and figures, one after the other.

use super::state::{Do, State, View};
use super::terminal::{Terminal, give_back};
use super::worker::{Update, work};
use super::{Subject, Top, screen};
use crossterm::event::{self, Event as Input, KeyEventKind};
use crossterm::terminal::size;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use signal_hook::iterator::Signals;
use signal_hook::low_level::{emulate_default_handler, raise};
use std::io;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

/// What happens.
enum Event {
    Input(Input),
    Signal(i32),
    Update(Update),
    /// There is no terminal any more.
    Broken(io::Error),
}

/// How it ended.
enum End {
    Quit,
    Signal(i32),
}

/// Shows it until it is enough.
pub fn run(subject: Subject, top: &Top) -> ExitCode {
    let ended = live(subject, top);
    give_back();
    match ended {
        Ok(End::Quit) => ExitCode::SUCCESS,
        Ok(End::Signal(signal)) => {
            // The parent is to see that.
            let _ = emulate_default_handler(signal);
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("gosbrk: the terminal cannot be used: {error}");
            ExitCode::from(2)
        }
    }
}

fn live(subject: Subject, top: &Top) -> io::Result<End> {
    let view = match &subject {
        Subject::All => View::All,
        Subject::One(one) => View::One(one.program.target.process.pid),
        Subject::File(_) => View::File,
    };
    let (tell, told) = channel();
    // Before the terminal is another than it was.
    let signals = Signals::new([SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGCONT])?;
    let mut terminal = Terminal::take()?;
    listen(signals, tell.clone());
    let (ask, asked) = channel();
    let every = top.every;
    thread::spawn(move || {
        work(subject, every, &asked, |update| tell.send(Event::Update(update)).is_ok());
    });
    let mut state = State::new(view, top.sort, here()?);
    loop {
        terminal.draw(screen::draw(&mut state))?;
        for event in next(&told) {
            let to_do = match event {
                Event::Input(Input::Key(key)) if key.kind != KeyEventKind::Release => {
                    state.key(key)
                }
                Event::Input(Input::Resize(..)) => {
                    terminal.forget();
                    state.size = here()?;
                    Do::Draw
                }
                Event::Input(_) => Do::Draw,
                Event::Update(update) => state.update(update),
                Event::Signal(SIGCONT) => {
                    terminal.take_again()?;
                    state.size = here()?;
                    Do::Draw
                }
                Event::Signal(signal) => return Ok(End::Signal(signal)),
                Event::Broken(error) => return Err(error),
            };
            match to_do {
                Do::Draw => {}
                Do::Quit => return Ok(End::Quit),
                Do::Stop => {
                    give_back();
                    raise(SIGTSTP)?;
                    // It goes on.
                    terminal.take_again()?;
                }
                // The thread has ended only if this one has.
                Do::Ask(what) => drop(ask.send(what)),
            }
        }
    }
}

/// The next event, and all that have come by then.
fn next(told: &Receiver<Event>) -> Vec<Event> {
    let first = told.recv().unwrap_or_else(|_| Event::Broken(io::ErrorKind::BrokenPipe.into()));
    std::iter::once(first).chain(told.try_iter()).collect()
}

/// Threads that hear signals and keys.
fn listen(mut signals: Signals, tell: Sender<Event>) {
    let keys = tell.clone();
    thread::spawn(move || signals.forever().all(|it| tell.send(Event::Signal(it)).is_ok()));
    thread::spawn(move || {
        loop {
            let event = event::read().map_or_else(Event::Broken, Event::Input);
            let is_last = matches!(event, Event::Broken(_));
            if keys.send(event).is_err() || is_last {
                return;
            }
        }
    });
}

/// How large the screen is.
fn here() -> io::Result<(usize, usize)> {
    let (columns, rows) = size()?;
    Ok((columns.into(), rows.into()))
}
