//! One trace, read again and again while it is being written.

use super::detail::{Detail, Recorded};
use super::recording;
use gosbrk_look::change::Change;
use gosbrk_look::model::{self, Kind};
use gosbrk_trace::file::End;
use gosbrk_trace::follow::Follow;
use gosbrk_trace::format::header::Layout;
use gosbrk_trace::stat::Moment;
use gosbrk_trace::trouble::Trouble;
use std::fs::File;
use std::path::Path;
use std::time::Instant;

/// A trace.
pub struct OneFile {
    name: String,
    /// As far as it was read.
    pub follow: Follow,
    /// The moment that was read last.
    pub moment: Moment,
    /// What has changed since the time before.
    pub change: Option<Change>,
    read: Instant,
    /// Why it cannot be read on.
    failed: Option<String>,
}

impl OneFile {
    /// Opens a trace and reads it as far as it goes.
    ///
    /// # Errors
    /// It is no trace, has another format, or cannot be read.
    pub fn open(path: &Path) -> Result<Self, Trouble> {
        let mut follow = Follow::new(File::open(path)?)?;
        follow.read_on(|_| ())?;
        Ok(Self {
            name: path.display().to_string(),
            moment: follow.moment(),
            follow,
            change: None,
            read: Instant::now(),
            failed: None,
        })
    }

    /// Reads what was written since the last time.
    pub fn read(&mut self) {
        if let Err(error) = self.follow.read_on(|_| ()) {
            self.failed = Some(error.to_string());
            return;
        }
        let moment = self.follow.moment();
        let now = Instant::now();
        let kind = self.kind();
        let (old, new) = (self.moment.figures.moment(kind), moment.figures.moment(kind));
        self.change = Some(Change::between(&old, &new, now - self.read));
        (self.moment, self.read) = (moment, now);
    }

    /// Why nothing more is written to it.
    pub fn ended(&self) -> Option<String> {
        let text = match self.follow.trace().end {
            End::Open => return self.failed.clone(),
            End::Exited => "the process has exited".into(),
            End::Replaced => "the process forked, or ran another program".into(),
            End::DiskFull => "the disk was full".into(),
            End::Refused(error) => format!("writing failed with error {error}"),
            End::Damaged(call) => format!("damaged from call {call} on"),
        };
        Some(text)
    }

    /// Whether it can have the row of gosbrk's layer.
    pub fn has_layer(&self) -> bool {
        self.follow.trace().header.layout != Layout::Samples
    }

    /// Whose memory it is.
    fn kind(&self) -> Kind {
        self.follow.trace().header.layout.kind()
    }

    /// The rows as of the last reading.
    pub fn now(&self) -> model::Moment {
        self.moment.figures.moment(self.kind())
    }

    /// What is shown of it.
    pub fn detail(&self) -> Detail {
        let trace = self.follow.trace();
        let header = &trace.header;
        let moment = self.now();
        let when = self.moment.ns.map_or_else(|| "then".into(), super::seconds);
        let go = if header.go.is_empty() { "not Go" } else { &header.go };
        let what = if self.has_layer() { "calls" } else { "samples" };
        let mut notes = vec![format!(
            "{} ({go}, {}), process {}, {} {what}",
            header.command.join(" ").replace(char::is_control, "?"),
            header.layout.name(),
            header.pid,
            trace.calls
        )];
        if trace.lost > 0 {
            notes.push(format!("{} calls are missing from it.", trace.lost));
        }
        Detail {
            pid: None,
            title: self.name.clone(),
            sentence: moment.sentence(&format!("At {when} the {}", self.kind().subject())),
            has_layer: self.has_layer(),
            moment,
            change: self.change,
            growths: Recorded::Yes(self.name.clone(), recording::growths(&self.follow)),
            notes,
            ended: self.ended(),
        }
    }
}
