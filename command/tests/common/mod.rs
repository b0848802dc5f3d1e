//! What the tests of the command share, besides what they share with the library's.
#![allow(
    dead_code,
    unused_imports,
    reason = "each test is a crate of its own and uses a part of this"
)]

pub mod cgroup;
pub mod confined;
pub mod emulated;
#[path = "../../../tests/common/mod.rs"]
mod library;
pub mod packed;
pub mod roots;
pub mod setting;
pub mod smaps;
pub mod three;
pub mod whole;

pub use library::*;
