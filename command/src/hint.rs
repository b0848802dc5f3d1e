//! Errors that come with advice.

use crate::start::Failure;
use std::fmt;

/// What went wrong, and what the user can do about it.
#[derive(Debug)]
pub struct Hinted {
    what: String,
    hint: String,
}

impl Hinted {
    pub fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: hint.into() }
    }
}

impl fmt::Display for Hinted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Hinted {}

/// The advice that comes with an error, if any.
pub fn of(error: &anyhow::Error) -> Option<&str> {
    let of_go = error.downcast_ref::<Failure>().map(|failure| &*failure.hint);
    of_go.or_else(|| error.downcast_ref::<Hinted>().map(|hinted| &*hinted.hint))
}
