//! The page: one HTML file that shows where the memory of a Go program went. It needs no
//! network, no library and no other file.
//!
//! A page is filled in from a recorded trace or from a look at a running program
//! ([`data::Page`]), and [`html::html`] writes it. What runs in the browser is in
//! `page/src/script`, a file for each job; [`parts`] puts them together.
//!
//! | module | what it owns |
//! |---|---|
//! | [`data`] | what a page shows |
//! | [`segments`] | which addresses the map shows |
//! | [`free`] | the layer's free list over time |
//! | [`base64`], [`columns`] | numbers as text in the file |
//! | [`facts`] | the rest of the data, as JSON |
//! | [`parts`] | script and style |
//! | [`html`] | the file as a whole |
//! | [`look`] | the page of a program that is looked at |
//! | [`trace`] | the page of a recorded trace |
//! | [`axes`] | scales of a drawing, and round numbers along them |
//! | [`chart`] | memory over time, as a drawing |
//! | [`png`] | pixels as a file |
//! | [`drawing`] | a recorded trace as a drawing for reports |
//! | [`diff`] | the page of two recorded traces beside each other |

pub mod axes;
pub mod base64;
pub mod chart;
pub mod columns;
pub mod data;
pub mod diff;
pub mod drawing;
pub mod facts;
pub mod free;
pub mod html;
pub mod look;
pub mod parts;
pub mod png;
pub mod segments;
pub mod trace;
