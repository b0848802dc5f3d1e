//! One program, read again and again, with the trace that it writes.

use super::detail::{Detail, Recorded};
use super::recording::{self, Recording};
use crate::look::text;
use gosbrk_look::programs::Program;
use gosbrk_look::trouble::{Kind, Trouble};
use gosbrk_trace::follow::Follow;
use std::time::{Duration, Instant};

/// How often a program without a trace is asked whether it has one by now, and one whose
/// counters cannot be read what it is.
const AGAIN: Duration = Duration::from_secs(3);

/// A program.
pub struct One {
    pid: i32,
    /// As it was read last.
    pub program: Program,
    recording: Option<Recording>,
    /// Whether all of the trace was read once.
    is_read: bool,
    /// Why it cannot be read on.
    failed: Option<String>,
    due: Instant,
    /// Why the program cannot be read any more.
    pub ended: Option<Trouble>,
}

impl One {
    /// Reads a program for the first time, and looks for its trace.
    ///
    /// # Errors
    /// When it may not be read, is gone, or is no Go program.
    pub fn open(pid: i32) -> Result<Self, Trouble> {
        Program::open(pid).map(Self::of)
    }

    /// A program that was just read. Looks for its trace.
    pub fn of(program: Program) -> Self {
        let recording = Recording::of(&program.target.process);
        Self {
            pid: program.target.process.pid,
            program,
            recording,
            is_read: false,
            failed: None,
            due: Instant::now() + AGAIN,
            ended: None,
        }
    }

    /// Reads it as it is now.
    pub fn read(&mut self) {
        if self.ended.is_some() {
            return;
        }
        if let Err(trouble) = self.program.read() {
            let process = &self.program.target.process;
            // Just before it is gone, a process has no memory, as nothing of Go's.
            if !process.runs() {
                self.ended = Some(process.gone());
            } else if trouble.kind == Kind::Denied {
                self.ended = Some(trouble);
            }
        }
        if self.ended.is_some() {
            return;
        }
        if Instant::now() < self.due {
            return;
        }
        self.due = Instant::now() + AGAIN;
        // It may have become another program.
        if self.program.is_doubtful() {
            if let Ok(program) = Program::open(self.pid) {
                self.program = program;
            }
        }
        if self.recording.is_none() {
            self.recording = Recording::of(&self.program.target.process);
        }
    }

    /// Reads its trace as far as it is written by now. Gives whether there is one.
    pub fn follow(&mut self) -> bool {
        let Some(recording) = self.recording.as_mut().filter(|_| self.failed.is_none()) else {
            return false;
        };
        match recording.follow.read_on(|_| ()) {
            Ok(()) => self.is_read = true,
            Err(error) => self.failed = Some(error.to_string()),
        }
        true
    }

    /// Its trace, if one is being written.
    pub fn trace(&self) -> Option<&Follow> {
        self.recording.as_ref().map(|recording| &recording.follow)
    }

    /// What is shown of it.
    pub fn detail(&self) -> Detail {
        let Program { target, command, snapshot, change, .. } = &self.program;
        let who = format!("{} {}", self.pid, target.name);
        Detail {
            pid: Some(self.pid),
            title: format!("{} {command}", self.pid),
            sentence: snapshot.moment.sentence(&who),
            has_layer: target.on_gosbrk(),
            moment: snapshot.moment.clone(),
            change: *change,
            growths: self.growths(),
            notes: text::notes(target, snapshot),
            ended: self.ended.as_ref().map(|trouble| trouble.message.clone()),
        }
    }

    fn growths(&self) -> Recorded {
        let Some(Recording { name, follow }) = &self.recording else { return Recorded::No };
        match &self.failed {
            Some(error) => Recorded::Failed(name.clone(), error.clone()),
            None if self.is_read => Recorded::Yes(name.clone(), recording::growths(follow)),
            None => Recorded::Reading(name.clone()),
        }
    }
}
