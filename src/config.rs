//! How an instance is set up.

/// Whose `sbrk` the layer mirrors, and with it the page size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u32)]
pub enum Profile {
    /// `mem_plan9.go`: pages of 4096 bytes, the break moves with `brk_`.
    #[default]
    Plan9 = 0,
    /// `mem_wasm.go` of Go 1.24 and later: pages of 64 KiB, the memory grows
    /// with `growMemory`, up to 4 GiB.
    Wasm = 1,
    /// `mem_wasm.go` of Go 1.21 to 1.23: every `sbrk` grows the memory at its
    /// end; `bloc` and `blocMax` never move.
    WasmGo121 = 2,
}

impl Profile {
    /// The profile with this number, if there is one.
    #[must_use]
    pub const fn from_number(n: u32) -> Option<Self> {
        match n {
            0 => Some(Self::Plan9),
            1 => Some(Self::Wasm),
            2 => Some(Self::WasmGo121),
            _ => None,
        }
    }

    /// Go's `physPageSize` there: bytes in a page, a power of two.
    #[must_use]
    pub const fn page_size(self) -> usize {
        match self {
            Self::Plan9 => 4096,
            Self::Wasm | Self::WasmGo121 => 65536,
        }
    }

    /// The same on a system whose pages are `1 << os_page_shift` bytes, 4096 to 65536: that
    /// of the profile, or the system's where that is larger, since nothing smaller can be
    /// mapped.
    #[must_use]
    pub const fn page_size_on(self, os_page_shift: u32) -> usize {
        let (page, least) = (self.page_size(), 1 << os_page_shift);
        if page < least { least } else { page }
    }

    /// Most bytes the break may be from the base when the configuration names
    /// no limit: all of the address space, or what a 32-bit memory can hold.
    #[must_use]
    pub const fn default_limit(self) -> usize {
        match self {
            Self::Plan9 => usize::MAX,
            Self::Wasm | Self::WasmGo121 => 1 << 32,
        }
    }
}

/// Whether `sysUnusedOS` and its kin reach the kernel. Addresses are the same
/// either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u32)]
pub enum Advice {
    /// They do nothing, as in Go's `mem_sbrk.go`.
    #[default]
    Go = 0,
    /// They release, advise and protect pages, as in Go's `mem_linux.go`.
    Os = 1,
}

/// When memory can be accessed. Addresses are the same either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// From the moment it is handed out, reserved memory too, as on Go's sbrk
    /// systems; free memory carries Go's headers.
    #[default]
    Always,
    /// Only what `sysAllocOS` gave and `sysMapOS` mapped, as in Go's `mem_linux.go`.
    /// Reserved and free memory is inaccessible, so it counts for no limit but that of
    /// the address space, and free blocks have no headers.
    WhenMapped,
}

/// What a call that breaks a rule does. It is refused either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u32)]
pub enum Misuse {
    /// One line on standard error, then `SIGABRT`, as Go's `throw`.
    #[default]
    Abort = 0,
    /// The call gives nil or does nothing, and `gosbrk_last_error` says why.
    Report = 1,
}

/// How often the layer looks itself over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u32)]
pub enum Check {
    /// Arguments, and each header before it is written over.
    #[default]
    Fast = 0,
    /// Also that memory is zero when it is handed out, which finds a write after
    /// free to the body of a block.
    Full = 1,
}

/// The set-up of one instance. The default is Go's layer on Plan 9 in an empty
/// segment at an address of the library's choosing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Whose `sbrk`.
    pub profile: Profile,
    /// Whether hints reach the kernel.
    pub advice: Advice,
    /// What misuse does (honoured by the process-wide instance).
    pub misuse: Misuse,
    /// How much is checked.
    pub check: Check,
    /// When memory can be accessed.
    pub access: Access,
    /// Address of the segment, a multiple of the page; 0: chosen by the library.
    pub base: usize,
    /// First `bloc`, in bytes from the base, rounded up to a page. Go: the end
    /// of the program's data. The bytes below it belong to the caller.
    pub start: usize,
    /// First `blocMax`, likewise; 0: the same as `bloc`. Go on wasm: the
    /// memory's size when the program starts. Under [`Profile::WasmGo121`] it is
    /// that size too, and `blocMax` stays at `bloc`, as it did there.
    pub initial: usize,
    /// Most bytes the break may reach from the base, foreign ranges that were stepped
    /// over not counted; 0: the profile's.
    pub limit: usize,
    /// Address that the break may not pass; 0: none.
    pub ceiling: usize,
}
