//! The trace that `GOSBRK=trace=FILE` asks for: a line a call, in the order in
//! which `memlock` let them in.

use crate::call_format::{Call, ReturnValue};
use crate::config::{Config, Profile};
use crate::error::Error;
use crate::line_buffer::LineBuffer;
use crate::os::linux::{File, say};

/// A trace being written.
#[derive(Debug)]
pub struct Trace(File);

impl Trace {
    /// A trace into a file that was just opened.
    pub const fn new(file: File) -> Self {
        Self(file)
    }

    /// The set-up of the segment that the following calls are on. False: the
    /// trace could not be written and has ended; standard error says so.
    #[must_use]
    pub fn init(&self, config: &Config) -> bool {
        let mut line = LineBuffer::new();
        line.text(b"init profile=").text(match config.profile {
            Profile::Plan9 => b"plan9",
            Profile::Wasm => b"wasm",
            Profile::WasmGo121 => b"wasm_go121",
        });
        line.text(b" start=").hex(config.start).text(b" initial=").hex(config.initial);
        line.text(b" limit=").hex(config.limit);
        self.write(&mut line)
    }

    /// A call and what it gave. False: as for [`Trace::init`].
    #[must_use]
    pub fn call(&self, call: &Call<'_>, outcome: Result<ReturnValue, Error>, base: usize) -> bool {
        let mut line = LineBuffer::new();
        call.format_trace(outcome, base, &mut line);
        self.write(&mut line)
    }

    fn write(&self, line: &mut LineBuffer) -> bool {
        let Err(errno) = self.0.write(line.finish()) else { return true };
        // In the room of the line that is lost: a second one would take more of the
        // caller's stack than a call may.
        *line = LineBuffer::new();
        line.text(b"gosbrk: the trace ends here: write failed with error ");
        line.decimal(errno.unsigned_abs() as usize);
        say(line.finish());
        false
    }
}
