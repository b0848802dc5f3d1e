//! The machines whose programs are read. Go's fields lie elsewhere on each, because what stands
//! between two that processors share is as long as a line of the processor's cache.

use object::elf;

/// A processor, as Go names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    /// x86-64.
    Amd64,
    /// `AArch64`.
    Arm64,
}

impl Machine {
    /// The one that an ELF file names; nothing for any other.
    #[must_use]
    pub const fn of(e_machine: elf::Machine) -> Option<Self> {
        match e_machine {
            elf::EM_X86_64 => Some(Self::Amd64),
            elf::EM_AARCH64 => Some(Self::Arm64),
            _ => None,
        }
    }

    /// Its name in `GOARCH`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }
}
