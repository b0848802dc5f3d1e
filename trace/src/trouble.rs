//! Why a file cannot be read, and what to do about it.

use std::{error, fmt, io};

/// What sort of trouble it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The file is something else.
    NotATrace,
    /// The file has a format that this release does not know.
    Version,
    /// Its header is not as it was written.
    Damaged,
    /// The system does not give it.
    Io,
}

/// Why a file cannot be read.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// What sort of trouble it is.
    pub kind: Kind,
    /// What it is.
    pub message: String,
    /// What to do about it.
    pub hint: Option<&'static str>,
}

const RECORD: &str = "`gosbrk trace record` makes traces";

impl Trouble {
    /// A file that begins like this is no trace.
    #[must_use]
    pub fn not_a_trace(bytes: &[u8]) -> Self {
        let (message, hint) = if bytes.is_empty() {
            ("is empty", "the program may not have started yet, or was ended before its first call")
        } else if bytes.starts_with(&[0x1f, 0x8b]) {
            ("is compressed", "`gunzip` it first")
        } else if bytes.starts_with(b"init ") || bytes.starts_with(b"# ") {
            (
                "is a script in the text notation, not a trace",
                "`gosbrk trace replay FILE` replays it; `gosbrk trace record` makes traces",
            )
        } else {
            ("is not a trace", RECORD)
        };
        Self { kind: Kind::NotATrace, message: message.into(), hint: Some(hint) }
    }

    /// The header is cut off.
    #[must_use]
    pub fn short(size: usize) -> Self {
        let message = format!("is damaged: it ends in its header, after {size} bytes");
        Self { kind: Kind::Damaged, message, hint: Some(RECORD) }
    }

    /// The header does not have the hash that it should.
    #[must_use]
    pub fn header() -> Self {
        let message = "is damaged: its header is not as it was written".into();
        Self { kind: Kind::Damaged, message, hint: Some(RECORD) }
    }

    /// A format of another major version than the known one.
    #[must_use]
    pub fn version(major: u16, known: u16) -> Self {
        let message = format!("has format {major}; this gosbrk reads format {known}");
        let hint = if major > known { "use a newer gosbrk" } else { "use an older gosbrk" };
        Self { kind: Kind::Version, message, hint: Some(hint) }
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self { kind: Kind::Io, message: format!("cannot be read: {error}"), hint: None }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, to: &mut fmt::Formatter) -> fmt::Result {
        to.write_str(&self.message)
    }
}

impl error::Error for Trouble {}
