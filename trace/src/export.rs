//! A trace for other programs: a table, and a timeline.

mod csv;
mod perfetto;

pub use csv::csv;
pub use perfetto::perfetto;

use crate::cursor::Cursor;
use crate::event::{Call, Event};
use crate::file::Trace;
use crate::growth::Growths;
use crate::stat::Moment;
use std::io;

/// Calls between two tellings of how far it is.
const TELL: u64 = 1 << 16;

/// What is told of a trace.
enum Told<'a> {
    /// The rows, behind a call that has changed one of them.
    Rows(&'a Moment),
    /// The heap has grown by the last of these.
    Growth(&'a Growths, &'a Call),
}

/// Tells of every moment at which a row changes, and of each growth of the heap, in order.
fn walk(
    trace: &Trace,
    mut progress: impl FnMut(u64),
    mut tell: impl FnMut(Told) -> io::Result<()>,
) -> io::Result<()> {
    let mut cursor = Cursor::new(trace)?;
    let mut growths = Growths::default();
    let mut last: Option<Moment> = None;
    loop {
        let mut told = Ok(());
        let more = cursor.step(|event, picture| {
            let Event::Call(call) = event else { return };
            let before = growths.all.len();
            growths.note(trace, &picture.memory, call);
            if growths.all.len() > before {
                told = tell(Told::Growth(&growths, call));
            }
        })?;
        told?;
        if !more {
            return Ok(());
        }
        let moment = Moment::of(trace, cursor.picture());
        let is_same = |old: &Moment| (old.figures, old.cycles) == (moment.figures, moment.cycles);
        if !last.as_ref().is_some_and(is_same) {
            tell(Told::Rows(&moment))?;
            last = Some(moment);
        }
        if cursor.picture().calls % TELL == 0 {
            progress(cursor.picture().calls);
        }
    }
}

#[cfg(test)]
mod tests;
