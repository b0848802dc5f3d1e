//! A call, and the line that reports misuse.

use crate::error::Error;
use crate::line_buffer::LineBuffer;
use crate::runtime::Reserved;

/// A function of the layer, by its number in a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Function {
    Alloc = 1,
    Free = 2,
    Reserve = 3,
    ReserveAligned = 4,
    Map = 5,
    Unused = 6,
    Used = 7,
    HugePage = 8,
    NoHugePage = 9,
    Collapse = 10,
    Fault = 11,
}

impl Function {
    /// Its name in C.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Alloc => "sysAllocOS",
            Self::Free => "sysFreeOS",
            Self::Reserve => "sysReserveOS",
            Self::ReserveAligned => "sysReserveAlignedSbrk",
            Self::Map => "sysMapOS",
            Self::Unused => "sysUnusedOS",
            Self::Used => "sysUsedOS",
            Self::HugePage => "sysHugePageOS",
            Self::NoHugePage => "sysNoHugePageOS",
            Self::Collapse => "sysHugePageCollapseOS",
            Self::Fault => "sysFaultOS",
        }
    }

    /// Whether it gives an address.
    pub const fn gives_memory(self) -> bool {
        matches!(self, Self::Alloc | Self::Reserve | Self::ReserveAligned)
    }
}

/// What was called, with what.
#[derive(Debug)]
pub struct Call<'a> {
    /// The function.
    pub function: Function,
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
        line.text(b"gosbrk: ").text(self.function.name().as_bytes()).text(b"(");
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
}

/// What a call gave.
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
