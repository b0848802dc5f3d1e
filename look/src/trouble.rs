//! Why something cannot be told, and what to do about it.

use std::fmt;

/// What kind of trouble it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// This user may not read the process.
    Denied,
    /// There is no such process, or it has ended.
    Gone,
    /// The process has no Go runtime in it.
    NotGo,
    /// It is a Go program, but where its runtime's fields are is not known.
    Unknown,
}

/// A failure with what the user can do about it.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// What kind it is.
    pub kind: Kind,
    /// One sentence.
    pub message: String,
    /// What to do, where something can be done.
    pub hint: Option<String>,
    /// Whether it is for the reason alone that the process belongs to another user.
    pub is_other_user: bool,
}

impl Trouble {
    /// A failure of this kind.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None, is_other_user: false }
    }

    /// The same with advice.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Trouble {}

/// The answer, or why there is none.
pub type Result<T> = std::result::Result<T, Trouble>;
