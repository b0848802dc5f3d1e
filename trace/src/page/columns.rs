//! Columns of numbers.

use serde_json::{Value, json};

/// The numbers of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// Bytes.
    Bytes(Vec<u8>),
    /// Words; addresses and sizes are below 2^53 in any real program, so that JavaScript
    /// has them exactly.
    Words(Vec<u64>),
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its group.
    pub group: &'static str,
    /// Its name there.
    pub name: String,
    /// Its numbers.
    pub numbers: Numbers,
}

impl Numbers {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Words(words) => words.len(),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number at an index.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<u64> {
        match self {
            Self::Bytes(bytes) => bytes.get(at).map(|byte| u64::from(*byte)),
            Self::Words(words) => words.get(at).copied(),
        }
    }

    pub(super) fn json(&self) -> Value {
        match self {
            Self::Bytes(bytes) => json!(bytes),
            Self::Words(words) => json!(words),
        }
    }
}

impl Column {
    pub(super) fn bytes(group: &'static str, name: &str, bytes: Vec<u8>) -> Self {
        Self { group, name: name.into(), numbers: Numbers::Bytes(bytes) }
    }

    pub(super) fn words(group: &'static str, name: &str, words: Vec<u64>) -> Self {
        Self { group, name: name.into(), numbers: Numbers::Words(words) }
    }

    /// `group.name`.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}.{}", self.group, self.name)
    }
}
