//! Where the memory of a running Go program went, read from outside without
//! stopping or changing it.
//!
//! Each module uses those above it only:
//!
//! | module | what it owns |
//! |---|---|
//! | [`trouble`] | why something cannot be told, and what to do about it |
//! | [`model`] | the rows, which add up to the resident memory; knows no source |
//! | [`change`] | what has changed between two moments |
//! | [`outlook`] | whether memory will come back, from the runtime's own goals |
//! | [`process`] | `/proc/PID`: what a process maps, its memory, who may read it |
//! | [`files`] | the files that a process has open or mapped |
//! | [`cgroup`] | the limit that a container puts on it |
//! | [`space`] | its address space, and the limit on that |
//! | [`elf`] | a program file: symbols, Go release, where it is loaded |
//! | [`images`] | the program files that were read already |
//! | [`program`] | a program file on its own: whether gosbrk is in it |
//! | [`layout`] | where the runtime's fields lie, for each release |
//! | [`counters`] | the runtime's counters, read until they hold still |
//! | [`heap`] | the state of each heap page, from the runtime's own bitmaps |
//! | [`search`] | the runtime's structures by what they contain, without symbols |
//! | [`find`] | the Go runtimes of a process |
//! | [`resident`] | how much of the runtime's memory is resident |
//! | [`snapshot`] | one moment of a process |
//! | [`programs`] | the Go programs that run, read again and again |

pub mod cgroup;
pub mod change;
pub mod counters;
pub mod elf;
pub mod files;
pub mod find;
pub mod heap;
pub mod images;
pub mod layout;
pub mod model;
pub mod outlook;
pub mod process;
pub mod program;
pub mod programs;
pub mod resident;
pub mod search;
pub mod snapshot;
pub mod space;
pub mod trouble;
