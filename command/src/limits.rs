//! The limits of a shell, and what programs and the go command need of them.

use rustix::process::{Resource, getrlimit};

/// What a limit is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// All address space, used or not.
    AddressSpace,
    /// Writable private memory, used or not.
    Data,
}

impl Kind {
    /// The shell's command that sets it.
    pub const fn command(self) -> &'static str {
        match self {
            Self::AddressSpace => "ulimit -v",
            Self::Data => "ulimit -d",
        }
    }

    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AddressSpace => "address space",
            Self::Data => "data",
        }
    }

    /// Roughly the smallest limit in KiB that the go command starts under. Measured
    /// with Go 1.24 to 1.27 on two processors; more of them need more.
    pub const fn to_start_go(self) -> u64 {
        match self {
            Self::AddressSpace => 750_000,
            Self::Data => 75_000,
        }
    }

    /// Roughly the same for building a small program with an empty build cache.
    pub const fn to_build(self) -> u64 {
        match self {
            Self::AddressSpace => 1_600_000,
            Self::Data => 400_000,
        }
    }

    /// The same where Go's tools are on gosbrk (`gosbrk goroot --tools`).
    pub const fn to_build_with_tools(self) -> u64 {
        match self {
            Self::AddressSpace => 450_000,
            Self::Data => 400_000,
        }
    }
}

/// A limit that is set, in KiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    pub kind: Kind,
    pub kib: u64,
}

impl Limit {
    /// The limits of this process, and so of those that it starts.
    pub fn of_this_shell() -> Vec<Self> {
        [(Kind::AddressSpace, Resource::As), (Kind::Data, Resource::Data)]
            .into_iter()
            .filter_map(|(kind, resource)| {
                Some(Self { kind, kib: getrlimit(resource).current? >> 10 })
            })
            .collect()
    }
}
