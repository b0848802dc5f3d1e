//! What the tests of the command share with those of the library.

#[path = "../../../tests/common/mod.rs"]
mod library;

pub use library::*;
