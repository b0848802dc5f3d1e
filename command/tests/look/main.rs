//! `gosbrk look` beside what programs know of their own memory.

#[path = "../common/mod.rs"]
mod common;

mod beside;
mod cli;
mod guest;
mod kinds;
mod refusals;
mod releases;
mod rows;
