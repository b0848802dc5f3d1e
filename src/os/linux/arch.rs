//! What depends on the processor, in a file for each: nothing else in the library names
//! one. Each file has the same items.
//!
//! | item | what it is |
//! |---|---|
//! | `PAGE`, `HUGE_PAGE` | bytes of a page, and of a transparent huge page |
//! | `syscall` | the instruction that calls the kernel |
//! | `can_read_thread_pointer`, `thread_pointer` | what tells threads apart |
//! | `ticks`, `TICKS_SOURCE` | a counter that time is told by, and what the kernel calls it |
//! | `in_order` | keeps stores in their order |
//! | `fill`, `copy` | C's `memset` and `memcpy` |
//! | `wide` | clears pages with the widest stores there are |

#[cfg(target_arch = "x86_64")]
mod x86_64;
#[cfg(target_arch = "x86_64")]
pub use x86_64::*;

#[cfg(not(target_arch = "x86_64"))]
compile_error!("gosbrk runs on Linux on x86-64 only");
