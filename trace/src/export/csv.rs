//! A table: a row for each moment at which a figure changes.

use super::{Told, walk};
use crate::file::Trace;
use gosbrk_look::model::ROWS;
use std::io::{self, Write};

/// Writes the table. Its first line names the columns, with their units; what is not known is
/// empty. `progress` hears how many calls were read, now and then.
///
/// # Errors
/// The file cannot be read, or nobody takes what is written.
pub fn csv(trace: &Trace, to: &mut dyn Write, progress: impl FnMut(u64)) -> io::Result<()> {
    write!(to, "time_s,call")?;
    for row in &ROWS {
        write!(to, ",{}_bytes", row.key)?;
    }
    writeln!(to, ",collections,heap_goal_bytes")?;
    walk(trace, progress, |told| {
        let Told::Rows(moment) = told else { return Ok(()) };
        if let Some(ns) = moment.ns {
            write!(to, "{}.{:09}", ns / 1_000_000_000, ns % 1_000_000_000)?;
        }
        write!(to, ",")?;
        number(to, moment.call)?;
        for figure in moment.figures.0 {
            write!(to, ",")?;
            number(to, figure.ok())?;
        }
        write!(to, ",")?;
        number(to, moment.cycles.map(|(count, _)| count))?;
        write!(to, ",")?;
        number(to, moment.cycles.map(|(_, goal)| goal).filter(|goal| *goal > 0))?;
        writeln!(to)
    })
}

fn number(to: &mut dyn Write, number: Option<u64>) -> io::Result<()> {
    number.map_or(Ok(()), |number| write!(to, "{number}"))
}
