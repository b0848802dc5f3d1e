//! The Go programs that run, read again and again. What stays the same in a process is looked
//! for once: that takes longer than all that is read of it each time.

use crate::change::Change;
use crate::process::{self, Process};
use crate::snapshot::{Snapshot, Target};
use crate::trouble::{Kind, Trouble};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// After this long a process that was no Go program is looked into again: it may have loaded
/// a library with Go in it. Each time in vain it takes twice as long, up to `MOST`.
const FIRST: Duration = Duration::from_secs(1);
const MOST: Duration = Duration::from_secs(30);

/// A Go program, as it was when it was read last.
#[derive(Debug)]
pub struct Program {
    /// The process.
    pub target: Target,
    /// Its command line, for people.
    pub command: String,
    /// What was read.
    pub snapshot: Snapshot,
    /// What has changed since the time before; nothing the first time.
    pub change: Option<Change>,
    read: Instant,
}

/// All processes that can be seen from here.
#[derive(Debug, Default)]
pub struct Programs {
    seen: BTreeMap<i32, Seen>,
}

/// A process.
#[derive(Debug)]
struct Seen {
    process: Process,
    /// Its program file: another one means another program.
    file: Option<PathBuf>,
    what: What,
    /// When it is looked into again, if it is no Go program or cannot be read, and how long
    /// after that once more.
    due: Instant,
    wait: Duration,
}

#[derive(Debug)]
enum What {
    Program(Box<Program>),
    /// Whether it is a Go program is not known.
    Refused(Trouble),
    /// None, or it has just ended.
    Other,
}

impl Program {
    /// Finds the runtimes of a process and reads it.
    ///
    /// # Errors
    /// When it may not be read, is gone, or is no Go program.
    pub fn open(pid: i32) -> Result<Self, Trouble> {
        let target = Target::open(pid)?;
        let snapshot = target.look()?;
        let command = target.process.command();
        Ok(Self { target, command, snapshot, change: None, read: Instant::now() })
    }

    /// Reads it as it is now.
    ///
    /// # Errors
    /// When it is gone or may not be read any more.
    pub fn read(&mut self) -> Result<(), Trouble> {
        let snapshot = self.target.look()?;
        let now = Instant::now();
        let over = now - self.read;
        self.change = Some(Change::between(&self.snapshot.moment, &snapshot.moment, over));
        (self.snapshot, self.read) = (snapshot, now);
        Ok(())
    }

    /// Whether something of the runtimes could not be read: the process may have become
    /// another program, or its runtime had not started yet.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        self.snapshot.readings.iter().any(Result::is_err)
    }
}

impl Programs {
    /// Reads all of them as they are now.
    pub fn read(&mut self) {
        self.read_while(|| true);
    }

    /// The same, as long as `go_on` says so: it is asked before each process. Gives whether all
    /// of them were read.
    pub fn read_while(&mut self, mut go_on: impl FnMut() -> bool) -> bool {
        let pids = process::all().into_iter().filter(|pid| process::has_memory(*pid));
        let pids: BTreeSet<i32> = pids.collect();
        self.seen.retain(|pid, seen| pids.contains(pid) && seen.is_same());
        for pid in pids {
            if !go_on() {
                return false;
            }
            match self.seen.get_mut(&pid) {
                Some(seen) => seen.again(),
                None => self.seen.extend(Seen::new(pid).map(|seen| (pid, seen))),
            }
        }
        true
    }

    /// Gives away what is known of a program, if it could be read. It is looked for anew the
    /// next time.
    pub fn take(&mut self, pid: i32) -> Option<Program> {
        match self.seen.remove(&pid)?.what {
            What::Program(program) => Some(*program),
            _ => None,
        }
    }

    /// Those that could be read, by their numbers.
    pub fn all(&self) -> impl Iterator<Item = &Program> {
        self.seen.values().filter_map(|seen| match &seen.what {
            What::Program(program) => Some(&**program),
            _ => None,
        })
    }

    /// The processes that may not be read, so that nobody knows what they are.
    pub fn refused(&self) -> impl Iterator<Item = (&Process, &Trouble)> {
        self.seen.values().filter_map(|seen| match &seen.what {
            What::Refused(trouble) => Some((&seen.process, trouble)),
            _ => None,
        })
    }
}

impl Seen {
    fn new(pid: i32) -> Option<Self> {
        let process = Process::open(pid).ok()?;
        let file = file(&process);
        let what = What::of(pid);
        Some(Self { process, file, what, due: Instant::now() + FIRST, wait: FIRST })
    }

    /// Whether it is the same process, running the same program.
    fn is_same(&self) -> bool {
        self.process.runs() && self.file == file(&self.process)
    }

    fn again(&mut self) {
        if let What::Program(program) = &mut self.what {
            match program.read() {
                Ok(()) if !program.is_doubtful() => return,
                Ok(()) => {}
                Err(trouble) if trouble.kind == Kind::Denied => self.what = What::Refused(trouble),
                Err(_) => self.what = What::Other,
            }
        }
        if Instant::now() < self.due {
            return;
        }
        self.wait = (2 * self.wait).min(MOST);
        match (What::of(self.process.pid), &mut self.what) {
            // The change since the last time stays what it is.
            (What::Program(mut new), What::Program(old)) => {
                new.change = old.change;
                **old = *new;
            }
            (new, what) => *what = new,
        }
        self.due = Instant::now() + self.wait;
    }
}

impl What {
    fn of(pid: i32) -> Self {
        match Program::open(pid) {
            Ok(program) => Self::Program(Box::new(program)),
            Err(trouble) if trouble.kind == Kind::Denied => Self::Refused(trouble),
            Err(_) => Self::Other,
        }
    }
}

/// The program file; nothing where that may not be seen.
fn file(process: &Process) -> Option<PathBuf> {
    fs::read_link(process.file("exe")).ok()
}
