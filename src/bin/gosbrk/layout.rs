//! The two layouts of the address space.

use clap::ValueEnum;

/// How the Go heap lies in the address space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Layout {
    /// Go's own constants: 48 address bits, arenas of 64 MiB
    Plain,
    /// For little address space: 36 address bits, arenas of 4 MiB, at most 60
    /// GiB of heap
    Compact,
}

impl Layout {
    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Compact => "compact",
        }
    }

    /// The least `ulimit -v` that a small program starts under.
    pub const fn least_kib(self) -> u64 {
        match self {
            Self::Plain => 1_300_000,
            Self::Compact => 10_000,
        }
    }

    /// The Go file that tells the runtime's side of the layout.
    pub fn file(self, releases: bool) -> String {
        let (base, stride, ceiling, limit) = match self {
            Self::Plain => ("0xc000000000", "1 << 40", "1 << 47", "128 TiB"),
            Self::Compact => (COMPACT_BASE, "4 << 30", "1 << 36", "60 GiB"),
        };
        format!(
            r#"package runtime

import (
	"internal/goarch"
	"internal/goos"
)

// The layout {name}, written by the command gosbrk.
const (
	// Of use in other files: 1 where their constants are to be changed.
	gosbrkCompact = {compact} * goos.IsLinux * goarch.IsAmd64

	gosbrkBase        = {base}
	gosbrkStride      = {stride}
	gosbrkCeiling     = {ceiling}
	gosbrkAdvice      = {advice}
	gosbrkCeilingText = "gosbrk: the heap is at its limit: {limit} in the layout {name}\n"
)
"#,
            name = self.name(),
            compact = u8::from(self == Self::Compact),
            advice = u8::from(releases),
        )
    }
}

/// Above what 32 bits can say, so that no number of a C library's, of the
/// program's own image or of its `brk` lies there, and 3 MiB further: what the
/// runtime needs before its first arena of 4 MiB then ends where that begins.
const COMPACT_BASE: &str = "4<<30 + 3<<20";
