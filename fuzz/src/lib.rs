//! Makes the calls that an input spells, in the library and in a model of it, and
//! compares all there is to compare after every one.
//!
//! | module | what it owns |
//! |---|---|
//! | [`input`] | bytes into calls, with operands of all 64 bits |
//! | [`model`] | what each call has to do, from the state of every page |
//! | [`arena`] | the system under the library: one range of memory, refusals on demand |
//! | [`memory`] | what stands in that memory, and who may touch it |
//! | [`session`] | one input: call, compare, report |
//! | [`trace`] | one input, read as a trace |
//!
//! The fuzzer (`tools/fuzz.sh`) and the tests (`cargo test -p gosbrk-fuzz`) run [`session::run`]
//! and [`trace::run`].

pub mod arena;
pub mod input;
pub mod memory;
pub mod model;
pub mod session;
pub mod trace;
