//! A program in the list.

use gosbrk_look::change::Change;
use gosbrk_look::model::{Known, Moment, megabytes, signed};
use gosbrk_look::programs::Program;

/// What is shown of a program.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its number.
    pub pid: i32,
    /// Its command line.
    pub command: String,
    /// Its Go release.
    pub go: Option<String>,
    /// `stock`, or its layout on gosbrk, where that is known.
    pub layout: Option<&'static str>,
    /// The rows.
    pub moment: Moment,
    /// What has changed in them; nothing the first time.
    pub change: Option<Change>,
}

impl Entry {
    /// What is shown of this one.
    pub fn of(program: &Program) -> Self {
        let module = &program.target.modules[0];
        let release = |go: &String| go.split(' ').next().unwrap_or_default().to_owned();
        Self {
            pid: program.target.process.pid,
            command: program.command.clone(),
            go: module.go.as_ref().map(release),
            layout: module.layout,
            moment: program.snapshot.moment.clone(),
            change: program.change,
        }
    }

    /// How its resident memory has changed, in words.
    pub fn change(&self) -> String {
        change(self.change.as_ref(), Change::rss)
    }
}

/// Bytes, in words.
pub fn size(known: &Known) -> String {
    known.as_ref().map_or_else(|_| "not known".into(), |size| megabytes(*size))
}

/// A part of a change in words, where there were two moments and it was known at both.
pub fn change(change: Option<&Change>, part: impl Fn(&Change) -> Option<i128>) -> String {
    let Some(change) = change else { return "not yet".into() };
    part(change).map_or_else(|| "not known".into(), signed)
}

#[cfg(test)]
pub mod tests;
