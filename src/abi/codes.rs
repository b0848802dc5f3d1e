//! Error codes.

use core::ffi::c_int;

/// No error.
pub const GOSBRK_OK: c_int = 0;
/// Out of memory: the kernel or a limit refused. Never misuse.
pub const GOSBRK_E_NOMEM: c_int = 1;
/// Misuse: the size is 0.
pub const GOSBRK_E_ZERO: c_int = 2;
/// Misuse: the size does not fit the address space.
pub const GOSBRK_E_OVERFLOW: c_int = 3;
/// Misuse: the range is not inside memory that was handed out.
pub const GOSBRK_E_RANGE: c_int = 4;
/// Misuse: the address is not a multiple of the page size, or a size that has to be
/// is not.
pub const GOSBRK_E_UNALIGNED: c_int = 5;
/// Misuse: the alignment is not a power of two.
pub const GOSBRK_E_ALIGN: c_int = 6;
/// Misuse: the range is free already, in whole or in part.
pub const GOSBRK_E_DOUBLE_FREE: c_int = 7;
/// Misuse: the range runs over the end of its region, or its size is neither
/// whole pages nor the rest of the region.
pub const GOSBRK_E_MISMATCH: c_int = 8;
/// Misuse: the header of a free block was overwritten. Detected before the header is
/// used. From then on the library hands out no memory and takes none back, until
/// gosbrk_init.
pub const GOSBRK_E_CORRUPT: c_int = 9;
/// Misuse: free memory was written to. Detected under GOSBRK_CHECK_FULL, before it
/// is handed out.
pub const GOSBRK_E_DIRTY: c_int = 10;
/// Misuse: a signal handler interrupted a call of its own thread and made another.
pub const GOSBRK_E_REENTRANT: c_int = 11;
/// Something else is mapped where the break would grow. Never misuse.
pub const GOSBRK_E_FOREIGN_BREAK: c_int = 12;
/// The configuration is not valid. Returned by gosbrk_init only.
pub const GOSBRK_E_CONFIG: c_int = 13;
