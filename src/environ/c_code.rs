//! The settings for C code in a Go program: `cstack=` and `arenas=`.

use crate::os::linux::proc;

/// What C code gets. The layer only reads this; the C part of Go's `runtime/cgo`
/// follows it (`go/runtime/cgo`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CCode {
    /// Bytes of the C stack of each thread that Go starts.
    pub stack: Asked,
    /// The most arenas of glibc's malloc.
    pub arenas: Asked,
}

/// What a setting asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Asked {
    /// It is not there: the layout's default.
    #[default]
    Nothing,
    /// The system's own default.
    System,
    /// This number, which is neither 0 nor the largest.
    Number(usize),
}

impl Asked {
    /// The number that is asked for, or this default; 0: the system's own.
    #[cfg_attr(not(feature = "flat"), allow(dead_code, reason = "the other object sets no stack"))]
    pub const fn or(self, default: usize) -> usize {
        match self {
            Self::Nothing => default,
            Self::System => 0,
            Self::Number(n) => n,
        }
    }

    /// The number that the runtime knows it by.
    #[cfg_attr(not(feature = "flat"), allow(dead_code, reason = "the other object sets no stack"))]
    pub const fn code(self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::System => usize::MAX,
            Self::Number(n) => n,
        }
    }
}

/// With less Go's own code does not run on a C stack; the C code has the same bounds.
const LEAST_STACK: usize = 64 << 10;
const MOST_STACK: usize = 1 << 30;

/// More than any machine has processors.
const MOST_ARENAS: usize = 65535;

pub(super) const WANT_STACK: &str =
    "want default or a number of bytes from 64K to 1G, such as 65536, 256K or 8M";
pub(super) const WANT_ARENAS: &str = "want default or a number from 1 to 65535";

/// The value of `cstack=`, and the size that it is.
pub(super) fn stack(value: &[u8], size: Option<usize>) -> Option<Asked> {
    if is_default(value) {
        return Some(Asked::System);
    }
    size.filter(|n| (LEAST_STACK..=MOST_STACK).contains(n)).map(Asked::Number)
}

/// The value of `arenas=`.
pub(super) fn arenas(value: &[u8]) -> Option<Asked> {
    if is_default(value) {
        return Some(Asked::System);
    }
    proc::number::<10>(value).filter(|n| (1..=MOST_ARENAS).contains(n)).map(Asked::Number)
}

const fn is_default(value: &[u8]) -> bool {
    matches!(value, b"default")
}
