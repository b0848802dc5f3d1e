//! `gosbrk top`: in a terminal, and where there is none.

#[path = "../common/mod.rs"]
mod common;
#[path = "../look/guest.rs"]
#[expect(dead_code, reason = "the tests of `gosbrk look` use all of it")]
mod guest;

mod live;
mod plain;
mod programs;
mod tmux;
