//! The bytes of a trace: `docs/trace-format.md`.

pub mod header;
pub mod slot;

/// The major version that this reader knows, and the minor one that is written.
pub const VERSION: (u16, u16) = (1, 0);
/// Bytes of the header.
pub const HEADER: usize = 4096;
/// Bytes of a slot.
pub const SLOT: usize = 32;
