//! The columns that a trace comes in.

use gosbrk_trace::page::{Numbers, Page};

/// A trace as columns.
pub struct Table<'a>(pub &'a Page);

impl Table<'_> {
    /// A column, empty where there is none.
    pub fn words(&self, group: &str, name: &str) -> Vec<u64> {
        match self.0.column(group, name).map(|column| &column.numbers) {
            Some(Numbers::Bytes(bytes)) => bytes.iter().map(|byte| u64::from(*byte)).collect(),
            Some(Numbers::Words(words)) => words.clone(),
            None => Vec::new(),
        }
    }
}
