//! What depends on the processor, in a file for each: nothing else in the library names
//! one. Each file has the same items.
//!
//! | item | what it is |
//! |---|---|
//! | `PAGE_SHIFT` | the kernel's page as a power of two; `None`: that differs from kernel to kernel |
//! | `HUGE_PAGE` | bytes of a transparent huge page, or a part of one: what is asked for at least |
//! | `syscall` | the instruction that calls the kernel |
//! | `can_read_thread_pointer`, `thread_pointer` | what tells threads apart |
//! | `ticks`, `TICKS_SOURCE` | a counter that time is told by, and what the kernel calls it |
//! | `TICKS_ARE_FREE_BY_DEFAULT` | whether old kernels have no means to forbid it |
//! | `store_barrier` | keeps stores in their order |
//! | `fill`, `copy` | C's `memset` and `memcpy` |
//! | `wide` | clears pages with the widest stores there are |
//! | `ADDRESS_END` | where the addresses of a program end, at most |

/// Bytes of the smallest page that a kernel has, on any processor. A range of so many bytes
/// at the beginning of a page stands for all of the page in every call to the kernel, which
/// rounds sizes up.
pub const LEAST_PAGE: usize = 4096;

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(target_arch = "aarch64")]
pub use aarch64::*;
#[cfg(target_arch = "x86_64")]
mod x86_64;
#[cfg(target_arch = "x86_64")]
pub use x86_64::*;

#[cfg(not(any(target_arch = "aarch64", target_arch = "x86_64")))]
compile_error!("gosbrk runs on Linux on x86-64 and arm64 only");
