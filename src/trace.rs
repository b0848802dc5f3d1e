//! The trace that `GOSBRK=trace=FILE` asks for: every call, in the order in which
//! `memlock` let them in, and what the runtime and the kernel counted meanwhile.
//! `docs/trace-format.md` describes the file.
//!
//! | module | what it owns |
//! |---|---|
//! | `recorder` | what a call becomes in the file |
//! | `samples`, `watch` | what is looked at beside the calls; what of it is a Go runtime's |
//! | `header`, `program`, `arguments` | the first 4096 bytes; what they say of the program file and of how it was started |
//! | `output`, `window` | the file: windows of it that are mapped, or system calls; what a signal handler knows of them |
//! | `place`, `path` | which file it is |
//! | `clock`, `table`, `slot` | the time; the numbers of names and threads; the bytes |
//!
//! What the kernel refuses ends the trace, in one line on standard error, and the program
//! goes on. So does a Go program whose file is cut short. In a C program, which has no
//! handler for it, a store into the file that is gone is a SIGBUS.

mod arguments;
mod clock;
mod header;
mod output;
mod path;
mod place;
mod program;
mod recorder;
mod samples;
mod slot;
mod table;
mod watch;
mod window;

use crate::call_format::{Call, ReturnValue};
use crate::error::Error;
use crate::line_buffer::LineBuffer;
use crate::os::Os;
use crate::os::linux::say;
use crate::runtime::Sbrk;
pub use header::Setup;
use output::End;
use recorder::Recorder;
pub use watch::Runtime;
pub use window::Window;

/// Who calls: a number that no other thread has at the time, the kernel's number of the
/// thread, 0 where it has to be asked, and the goroutine, 0: none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    pub key: u64,
    pub number: u32,
    pub goroutine: u64,
}

/// A call that was made, with its outcome.
#[derive(Debug)]
pub struct Event<'a> {
    pub call: &'a Call<'a>,
    pub outcome: Result<ReturnValue, Error>,
    pub caller: Caller,
    /// The break behind the call, and the end of what is mapped.
    pub bloc: usize,
    pub bloc_max: usize,
    pub mapped_end: usize,
    /// Program counters, the innermost first; of most calls none are known.
    pub stack: &'a [usize],
}

/// A trace that is being written. Each function but the first gives false when it has
/// ended; standard error has said so, and nobody may use it again.
#[derive(Debug)]
pub struct Trace(*mut Recorder);

// SAFETY: the recorder belongs to whoever has this.
unsafe impl Send for Trace {}

impl Trace {
    /// A trace into the file that was asked for, or one beside it.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub fn open(asked: &[u8]) -> Result<Self, &'static str> {
        Recorder::make(asked).map(Self)
    }

    /// Writes the set-up of the segment that the following calls are on, which are those
    /// of a Go runtime, or of a C program.
    #[must_use]
    pub fn begin(&mut self, setup: &Setup, runtime: Option<&Runtime>) -> bool {
        self.recorder().set(setup, runtime);
        self.write(Recorder::begin)
    }

    /// Begins a trace of its own, if this is a child of fork and the trace is that of its
    /// parent. To be called before each call.
    #[must_use]
    pub fn follow<O: Os>(&mut self, layer: &Sbrk<O>) -> bool {
        !self.recorder().is_child() || self.fork(layer)
    }

    #[cold]
    #[inline(never)]
    fn fork<O: Os>(&mut self, layer: &Sbrk<O>) -> bool {
        if let Err(why) = self.recorder().fork() {
            let mut line = LineBuffer::new();
            line.text(b"gosbrk: this process is not recorded: ").text(why.as_bytes());
            say(line.finish());
            return false;
        }
        self.write(|recorder| {
            recorder.begin()?;
            let blocks = layer.mem_freelist().map(|block| (block.addr, block.size));
            recorder.inherit(layer.bloc(), layer.bloc_max(), blocks)
        })
    }

    /// Writes a call.
    #[must_use]
    pub fn call(&mut self, event: &Event<'_>) -> bool {
        self.write(|recorder| match recorder.call(event) {
            Ok(true) => recorder.look(event.mapped_end),
            done => done.map(|_| ()),
        })
    }

    /// Writes that the break went over a mapping of others, `[foreign, to)`.
    #[cfg_attr(not(feature = "flat"), expect(dead_code, reason = "whole programs alone do that"))]
    #[must_use]
    pub fn foreign(&mut self, foreign: usize, to: usize) -> bool {
        self.write(|recorder| recorder.foreign(foreign, to))
    }

    /// Writes which function a program counter is in.
    #[cfg_attr(not(feature = "flat"), expect(dead_code, reason = "whole programs alone do that"))]
    #[must_use]
    pub fn function(&mut self, pc: usize, line: usize, name: &[u8], file: &[u8]) -> bool {
        self.write(|recorder| recorder.function(pc, line, name, file))
    }

    /// Ends the trace, because the process does, with how everything is. In a child of fork
    /// that made no call it is the parent's, and goes on. The segment is mapped up to
    /// `mapped_end`.
    #[cold]
    pub fn finish(mut self, mapped_end: usize) {
        if !self.recorder().is_child() {
            let _ = self.write(|recorder| recorder.finish(mapped_end));
        }
    }

    /// The runtime that is watched.
    #[cfg_attr(not(feature = "flat"), expect(dead_code, reason = "whole programs alone have one"))]
    pub fn runtime(&mut self) -> &Runtime {
        &self.recorder().runtime
    }

    /// What a signal handler has to know of the file. It is there as long as the process.
    #[cfg_attr(not(feature = "flat"), expect(dead_code, reason = "whole programs alone handle it"))]
    pub fn window(&mut self) -> *const Window {
        self.recorder().window()
    }

    fn recorder(&mut self) -> &mut Recorder {
        // SAFETY: made by `Recorder::make`, never unmapped, and this value's own.
        unsafe { &mut *self.0 }
    }

    fn write(&mut self, write: impl FnOnce(&mut Recorder) -> Result<(), End>) -> bool {
        let recorder = self.recorder();
        let written = write(recorder);
        let end = match written {
            _ if recorder.is_cut() => End::Cut,
            Ok(()) => return true,
            Err(end) => end,
        };
        recorder.end(end);
        ended(end);
        false
    }
}

/// Says why a trace ends.
#[cold]
#[inline(never)] // The line takes much of the stack that a call may take.
fn ended(end: End) {
    let mut line = LineBuffer::new();
    line.text(b"gosbrk: the trace ends here: ");
    let (text, errno): (&[u8], _) = match end {
        End::Full(errno) => (b"there is no space for more", errno),
        End::Refused(errno) => (b"the kernel refused to go on", errno),
        End::Closed => (b"the program closed the file", 0),
        End::Cut => (b"the file was cut short, or its disk failed", 0),
        End::Exited => return,
    };
    line.text(text);
    if errno != 0 {
        line.text(b": error ").decimal(errno.unsigned_abs() as usize);
    }
    say(line.finish());
}
