//! Traces: what a program asked of the memory layer, call by call, and what that says about
//! where its memory is.
//!
//! Each module uses those above it only:
//!
//! | module | what it owns |
//! |---|---|
//! | [`trouble`] | why a file cannot be read, and what to do about it |
//! | [`hash`] | the hash of header and slots |
//! | [`format`](mod@format) | header and slots as bytes |
//! | [`mod@write`] | writes a trace |
//! | [`source`] | where the bytes come from |
//! | [`slots`] | the slots in order, as far as they are undamaged |
//! | [`clock`] | from ticks to nanoseconds |
//! | [`definitions`] | names, threads, functions |
//! | [`file`](mod@file) | a trace that was opened |
//! | [`event`] | what happened, in order |
//! | [`runs`] | ranges of addresses |
//! | [`memory`] | what every page is, from the calls alone |
//! | [`picture`] | all that is known at one moment |
//! | [`figures`] | the rows of that moment, or why they are not known |
//! | [`identity`] | the calls beside the runtime's own count |
//! | [`cursor`] | any moment of a trace |
//! | [`growth`] | who made the heap grow |
//! | [`stat`] | the summary of a trace |
//! | [`follow`] | a trace that is still being written |
//! | [`condition`] | what `--fail-if` asks |
//! | [`relative`] | what it asks of two traces |
//! | [`diff`] | two moments beside each other |
//! | [`text`] | calls in the text notation |
//! | [`replay`] | the calls made again, under other settings |
//! | [`export`] | tables and timelines for other programs |
//! | [`page`] | a trace made small enough to be drawn |

pub mod clock;
pub mod condition;
pub mod cursor;
pub mod definitions;
pub mod diff;
pub mod event;
pub mod export;
pub mod figures;
pub mod file;
pub mod follow;
pub mod format;
pub mod growth;
pub mod hash;
pub mod identity;
pub mod memory;
pub mod page;
pub mod picture;
pub mod relative;
pub mod replay;
pub mod runs;
pub mod sample;
pub mod slots;
pub mod source;
pub mod stat;
pub mod text;
pub mod trouble;
pub mod write;
