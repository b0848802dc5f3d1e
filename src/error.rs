//! The faults a call can have, their codes in C, and one text for each.

use core::ffi::CStr;

/// Why a call gave nothing or did nothing. Nothing has changed when one is
/// returned: not a byte of the segment, not a field of the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Error {
    /// Out of memory: a limit, or the kernel, refused.
    NoMem = 1,
    /// A size of 0 bytes.
    Zero = 2,
    /// The size, or the address it leads to, does not fit the address space.
    Overflow = 3,
    /// The range is not inside memory that the layer has handed out.
    Range = 4,
    /// An address or a size that must be a multiple of the page is not.
    Unaligned = 5,
    /// An alignment that is not a power of two.
    Align = 6,
    /// The range, or a part of it, is free already.
    DoubleFree = 7,
    /// The range runs over the end of its region, or is a part of it that is not whole pages.
    Mismatch = 8,
    /// The header of a free block was overwritten.
    Corrupt = 9,
    /// Free memory was written to.
    Dirty = 10,
    /// The layer was called again by the thread that is inside it.
    Reentrant = 11,
    /// Something else is mapped where the break would grow.
    ForeignBreak = 12,
    /// A configuration that makes no sense, or cannot be had.
    Config = 13,
}

impl Error {
    /// Every error, in the order of its code.
    pub const ALL: [Self; 13] = [
        Self::NoMem,
        Self::Zero,
        Self::Overflow,
        Self::Range,
        Self::Unaligned,
        Self::Align,
        Self::DoubleFree,
        Self::Mismatch,
        Self::Corrupt,
        Self::Dirty,
        Self::Reentrant,
        Self::ForeignBreak,
        Self::Config,
    ];

    /// The number C sees, `GOSBRK_E_…`.
    #[must_use]
    pub const fn code(self) -> i32 {
        self as i32
    }

    /// The error with this code, if there is one.
    #[must_use]
    pub fn from_code(code: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|e| e.code() == code)
    }

    /// Whether the caller broke a rule. The others are the machine's answer to
    /// a proper question: the call gives nil, as Go's does, and nobody aborts.
    #[must_use]
    pub const fn is_misuse(self) -> bool {
        !matches!(self, Self::NoMem | Self::ForeignBreak | Self::Config)
    }

    /// The name of the code in the header.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoMem => "GOSBRK_E_NOMEM",
            Self::Zero => "GOSBRK_E_ZERO",
            Self::Overflow => "GOSBRK_E_OVERFLOW",
            Self::Range => "GOSBRK_E_RANGE",
            Self::Unaligned => "GOSBRK_E_UNALIGNED",
            Self::Align => "GOSBRK_E_ALIGN",
            Self::DoubleFree => "GOSBRK_E_DOUBLE_FREE",
            Self::Mismatch => "GOSBRK_E_MISMATCH",
            Self::Corrupt => "GOSBRK_E_CORRUPT",
            Self::Dirty => "GOSBRK_E_DIRTY",
            Self::Reentrant => "GOSBRK_E_REENTRANT",
            Self::ForeignBreak => "GOSBRK_E_FOREIGN_BREAK",
            Self::Config => "GOSBRK_E_CONFIG",
        }
    }

    /// What went wrong, in words, for `gosbrk_error_text`.
    #[must_use]
    pub const fn text(self) -> &'static CStr {
        match self {
            Self::NoMem => c"out of memory: the kernel or a limit refused",
            Self::Zero => c"the size is 0",
            Self::Overflow => c"the size does not fit the address space",
            Self::Range => c"the range is not inside memory that was handed out",
            Self::Unaligned => c"the address or size is not a multiple of the page size",
            Self::Align => c"the alignment is not a power of two",
            Self::DoubleFree => c"the range is free already, in whole or in part",
            Self::Mismatch => c"the range runs over the end of its region, or is a part of it that is not whole pages",
            Self::Corrupt => c"the header of a free block was overwritten (write after free)",
            Self::Dirty => c"free memory was written to (write after free)",
            Self::Reentrant => c"the layer was called by a thread that is already inside it",
            Self::ForeignBreak => c"something else is mapped where the break would grow",
            Self::Config => c"the configuration is not valid",
        }
    }
}

impl core::fmt::Display for Error {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.text().to_str().unwrap_or_default())
    }
}

impl core::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::Error;

    #[test]
    fn codes_are_numbered_from_one_without_a_gap() {
        for (i, e) in Error::ALL.into_iter().enumerate() {
            assert_eq!(usize::try_from(e.code()), Ok(i + 1));
            assert_eq!(Error::from_code(e.code()), Some(e));
        }
        assert_eq!(Error::from_code(0), None);
    }

    #[test]
    fn every_text_and_name_is_its_own() {
        for (i, a) in Error::ALL.iter().enumerate() {
            for b in &Error::ALL[..i] {
                assert_ne!(a.text(), b.text());
                assert_ne!(a.name(), b.name());
            }
        }
    }
}
