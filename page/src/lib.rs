//! The page: one HTML file that shows where the memory of a Go program went.

pub mod data;
