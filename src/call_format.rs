//! Formats a call: for the line that reports misuse, and for a trace.

use crate::error::Error;
use crate::line_buffer::LineBuffer;
use crate::names::{NAME_SIZE, kept};
use crate::runtime::Reserved;

/// What was called, with what.
pub struct Call<'a> {
    /// The function's name in C.
    pub function: &'static str,
    /// Its word in the notation of traces.
    pub word: &'static str,
    /// The address, where it takes one; 0 is nil.
    pub v: Option<usize>,
    /// The size.
    pub n: usize,
    /// The alignment, where it takes one.
    pub align: Option<usize>,
    /// The purpose, or nothing.
    pub name: &'a [u8],
}

impl Call<'_> {
    /// `gosbrk: sysFreeOS(0x4000000001, 4096): … (GOSBRK_E_UNALIGNED)`
    pub fn format_misuse(&self, error: Error, line: &mut LineBuffer) {
        line.text(b"gosbrk: ").text(self.function.as_bytes()).text(b"(");
        if let Some(v) = self.v {
            line.hex(v).text(b", ");
        }
        line.decimal(self.n);
        if let Some(align) = self.align {
            line.text(b", ").decimal(align);
        }
        line.text(b"): ").text(error.text().to_bytes());
        line.text(b" (").text(error.name().as_bytes()).text(b")");
    }

    /// `alloc 65536 "heap" -> +0x0`: addresses as offsets from the base.
    pub fn format_trace(
        &self,
        outcome: Result<ReturnValue, Error>,
        base: usize,
        line: &mut LineBuffer,
    ) {
        line.text(self.word.as_bytes());
        if let Some(v) = self.v {
            line.text(b" ");
            address(v, base, line);
        }
        line.text(b" ").decimal(self.n);
        if let Some(align) = self.align {
            line.text(b" ").decimal(align);
        }
        if !self.name.is_empty() {
            // Cut as in the statistics: what the call gave has to fit the line.
            line.text(b" ").quoted(kept(self.name), 4 * NAME_SIZE + 2);
        }
        match outcome {
            Ok(ReturnValue::Nothing) => {}
            Ok(ReturnValue::Address(p)) => address(p, base, line.text(b" -> ")),
            Ok(ReturnValue::Range(r)) => {
                address(r.addr, base, line.text(b" -> "));
                line.text(b" ").decimal(r.size);
            }
            Err(error) => {
                if self.align.is_some() {
                    line.text(b" -> nil 0");
                } else if self.gives_memory() {
                    line.text(b" -> nil");
                }
                line.text(b" # ").text(error.name().as_bytes());
            }
        }
    }

    fn gives_memory(&self) -> bool {
        matches!(self.word, "alloc" | "reserve")
    }
}

fn address(at: usize, base: usize, line: &mut LineBuffer) {
    if at == 0 {
        line.text(b"nil");
    } else {
        line.text(b"+").hex(at.wrapping_sub(base));
    }
}

/// What a call gave, as a trace shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReturnValue {
    /// It gives nothing.
    Nothing,
    /// An address; 0 is nil.
    Address(usize),
    /// A range.
    Range(Reserved),
}

impl From<()> for ReturnValue {
    fn from((): ()) -> Self {
        Self::Nothing
    }
}

impl From<usize> for ReturnValue {
    fn from(p: usize) -> Self {
        Self::Address(p)
    }
}

impl From<Reserved> for ReturnValue {
    fn from(r: Reserved) -> Self {
        Self::Range(r)
    }
}

#[cfg(test)]
mod tests {
    use super::{Call, ReturnValue};
    use crate::line_buffer::LineBuffer;

    #[test]
    fn a_long_name_leaves_room_for_what_the_call_gave() {
        let name = [0xff; 100];
        let (function, word) = ("sysReserveOS", "reserve");
        let call = Call { function, word, v: Some(1), n: usize::MAX, align: None, name: &name };
        let mut line = LineBuffer::new();
        call.format_trace(Ok(ReturnValue::Address(usize::MAX)), 0, &mut line);
        let line = core::str::from_utf8(line.finish()).unwrap();
        assert_eq!(line.matches("\\xff").count(), 39, "{line}");
        assert!(line.ends_with("\" -> +0xffffffffffffffff\n"), "{line}");
    }
}
