//! The Go runtime's sbrk memory layer (`runtime/mem_sbrk.go`, what Go uses on
//! Plan 9 and WebAssembly): same function names, same addresses, same bytes.
//!
//! Every part of Go's file stands here under its own name in `snake_case`, and
//! is exported to C under the name verbatim (`sysAllocOS`) by [`abi`]. What Go
//! does not have is called `gosbrk_…` in C.
//!
//! Data flows one way; each module uses only what stands below it:
//!
//! | module | what it owns |
//! |---|---|
//! | [`abi`] | the C functions: check the pointers, call, map the result |
//! | `flat` | the same for a Go runtime: [`Sbrk`] in one of its variables |
//! | `c_stack` | for the same: that the C stack of a thread is full |
//! | [`process`] | the one instance behind the C names: [`memlock`], first use, policies |
//! | `environ` | the settings in the variable `GOSBRK` |
//! | `trace` | the recorder: the file that `GOSBRK=trace=FILE` asks for |
//! | `call_format` | a call, and what misuse says of it |
//! | `thread_errors` | the last error of each thread |
//! | [`runtime`] | [`Sbrk`]: the `sys…OS` functions, argument checks, statistics |
//! | [`names`] | what was asked for under which name |
//! | [`brk`] | `bloc`, `blocMax`, `memRound`, `initBloc`, `sbrk` |
//! | [`freelist`] | `memFreelist`, `memAllocNoGrow`, `memFree`, `memCheck`; where blocks are |
//! | [`pagemap`] | what every page is, out of band, and where free runs are |
//! | `journal` | what is being done, for a child of fork that finds it half-done |
//! | [`memhdr`] | `memHdr`, `memHdrPtr`: the header of a free block |
//! | [`memlock`] | the lock, which outlives fork and tells a handler from another thread |
//! | `object` | what compilers call by name, in the stand-alone object |
//! | [`os`] | what is asked of a kernel: [`os::linux`], with the processor in its `arch` |
//! | [`addr`] | pointer arithmetic |
//! | `line_buffer` | a line of text, built without allocation |
//! | [`config`] | how an instance is set up |
//! | [`error`] | the faults a call can have |
//!
//! The crate is `no_std`, allocates nothing from anyone, uses no thread-local
//! storage and calls no function of libc, so that one object links into C, Go,
//! a static binary, or a program without a C library.
//!
//! ```
//! use gosbrk::{Sbrk, Config, os::linux::Linux};
//!
//! let mut layer = Sbrk::new(Linux);
//! // SAFETY: nobody else uses the segment of this layer.
//! unsafe {
//!     layer.init(&Config::default()).unwrap();
//!     let page = layer.sys_alloc_os(4096, b"example").unwrap();
//!     assert_eq!(page, layer.base());
//!     layer.sys_free_os(page, 4096).unwrap();
//!     assert_eq!(layer.bloc(), layer.base());
//!     layer.drop_segment();
//! }
//! ```
#![cfg_attr(not(test), no_std)]

#[cfg(not(target_os = "linux"))]
compile_error!("gosbrk runs on Linux only");
#[cfg(all(feature = "object", not(panic = "abort")))]
compile_error!("the stand-alone object must be built with panic = \"abort\": use `make lib`");

pub mod abi;
pub mod addr;
pub mod brk;
#[cfg(any(feature = "flat", test))]
pub mod c_stack;
mod call_format;
pub mod config;
mod environ;
pub mod error;
#[cfg(feature = "flat")]
pub mod flat;
pub mod freelist;
mod journal;
mod line_buffer;
pub mod memhdr;
pub mod memlock;
pub mod names;
#[cfg(feature = "object")]
mod object;
pub mod os;
pub mod pagemap;
pub mod process;
#[cfg(test)]
mod random;
pub mod runtime;
mod thread_errors;
mod trace;

pub use config::{Advice, Check, Config, Misuse, Profile};
pub use error::Error;
pub use runtime::{Sbrk, Stats};

/// The release of this library, the same as `GOSBRK_VERSION` in the header.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
