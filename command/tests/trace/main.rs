//! `gosbrk trace` beside what programs know of their own memory.

#[path = "../common/mod.rs"]
mod common;

mod children;
mod cli;
mod cut;
mod growths;
mod kinds;
mod program;
mod signals;
mod truth;
