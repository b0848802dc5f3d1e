//! The header: what stays the same in a trace.

use super::{HEADER, SLOT, VERSION};
use crate::hash;
use crate::trouble::Trouble;
use gosbrk_look::model::Kind;

/// How a file begins.
pub const MAGIC: &[u8; 8] = b"GOSBRKT\n";
/// Where the hash of the header stands.
const CHECK: usize = HEADER - 8;
/// Most bytes of a command line that are kept.
const COMMAND: usize = CHECK - 512;

/// What the segment belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// The C library.
    #[default]
    Library,
    /// A Go program, layout `plain`.
    Plain,
    /// A Go program, layout `compact`.
    Compact,
    /// None: samples of a program that was looked at.
    Samples,
    /// A Go program compiled to WebAssembly.
    WebAssembly,
    /// One that this release does not know.
    Other(u8),
}

/// Flags.
#[expect(missing_docs, reason = "docs/trace-format.md has them")]
pub mod flag {
    pub const TSC: u32 = 1;
    pub const PIECES: u32 = 2;
    pub const COUNTERS: u32 = 4;
    pub const FORKED: u32 = 8;
}

/// The header, field by field; `docs/trace-format.md` says what each means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "docs/trace-format.md has them")]
pub struct Header {
    pub minor: u16,
    pub flags: u32,
    pub layout: Layout,
    pub profile: u8,
    pub advice: u8,
    pub page: u32,
    pub pid: u64,
    pub parent: u64,
    pub wall_ns: u64,
    pub monotonic_ns: u64,
    pub ticks: u64,
    pub ticks_per_second: u64,
    pub base: u64,
    pub origin: u64,
    pub start: u64,
    pub initial: u64,
    pub limit: u64,
    pub ceiling: u64,
    pub random: u64,
    pub go: String,
    pub build_id: String,
    pub heap_page: u32,
    pub chunk: u32,
    pub bias: u64,
    /// The arguments; the last may be cut off.
    pub command: Vec<String>,
    /// Bytes that the command line had.
    pub command_size: u32,
}

impl Layout {
    const fn number(self) -> u8 {
        match self {
            Self::Library => 0,
            Self::Plain => 1,
            Self::Compact => 2,
            Self::Samples => 3,
            Self::WebAssembly => 4,
            Self::Other(number) => number,
        }
    }

    const fn of(number: u8) -> Self {
        match number {
            0 => Self::Library,
            1 => Self::Plain,
            2 => Self::Compact,
            3 => Self::Samples,
            4 => Self::WebAssembly,
            other => Self::Other(other),
        }
    }

    /// Its name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Library => "c",
            Self::Plain => "plain",
            Self::Compact => "compact",
            Self::Samples => "samples",
            Self::WebAssembly => "wasm",
            Self::Other(_) => "unknown",
        }
    }

    /// Whose memory it is.
    #[must_use]
    pub const fn kind(self) -> Kind {
        if matches!(self, Self::WebAssembly) { Kind::Module } else { Kind::Process }
    }

    /// Whether a Go runtime calls the layer.
    #[must_use]
    pub const fn is_go(self) -> bool {
        matches!(self, Self::Plain | Self::Compact | Self::WebAssembly)
    }
}

impl Header {
    /// Reads a header.
    ///
    /// # Errors
    /// The file is no trace, one of a newer format, or damaged.
    pub fn decode(bytes: &[u8]) -> Result<Self, Trouble> {
        if bytes.len() < 8 || !bytes.starts_with(MAGIC) {
            return Err(Trouble::not_a_trace(bytes));
        }
        let Some(header) = bytes.get(..HEADER) else { return Err(Trouble::short(bytes.len())) };
        let word = |at: usize| from_le(&header[at..at + 8]);
        #[expect(clippy::cast_possible_truncation, reason = "masked to what is kept")]
        let half = |at: usize| from_le(&header[at..at + 4]) as u32;
        let major = u16::from_le_bytes([header[8], header[9]]);
        if major != VERSION.0 {
            return Err(Trouble::version(major, VERSION.0));
        }
        if word(CHECK) != hash::bytes(&header[..CHECK], 0) {
            return Err(Trouble::header());
        }
        if half(12) as usize != HEADER || half(16) as usize != SLOT {
            return Err(Trouble::header());
        }
        let command_kept = (half(504) as usize).min(COMMAND);
        Ok(Self {
            minor: u16::from_le_bytes([header[10], header[11]]),
            flags: half(20),
            layout: Layout::of(header[24]),
            profile: header[25],
            advice: header[26],
            page: half(28),
            pid: word(32),
            parent: word(40),
            wall_ns: word(48),
            monotonic_ns: word(56),
            ticks: word(64),
            ticks_per_second: word(72),
            base: word(80),
            origin: word(88),
            start: word(96),
            initial: word(104),
            limit: word(112),
            ceiling: word(120),
            random: word(128),
            go: text(&header[136..168]),
            build_id: text(&header[168..264]),
            heap_page: half(264),
            chunk: half(268),
            bias: word(272),
            command: arguments(&header[512..512 + command_kept]),
            command_size: half(508),
        })
    }

    /// Its bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![0; HEADER];
        let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
        put(0, MAGIC);
        put(8, &VERSION.0.to_le_bytes());
        put(10, &self.minor.to_le_bytes());
        put(12, &4096_u32.to_le_bytes());
        put(16, &32_u32.to_le_bytes());
        put(20, &self.flags.to_le_bytes());
        put(24, &[self.layout.number(), self.profile, self.advice]);
        put(28, &self.page.to_le_bytes());
        let words = [
            self.pid,
            self.parent,
            self.wall_ns,
            self.monotonic_ns,
            self.ticks,
            self.ticks_per_second,
            self.base,
            self.origin,
            self.start,
            self.initial,
            self.limit,
            self.ceiling,
            self.random,
        ];
        for (i, word) in words.iter().enumerate() {
            put(32 + 8 * i, &word.to_le_bytes());
        }
        put(136, cut(&self.go, 32));
        put(168, cut(&self.build_id, 96));
        put(264, &self.heap_page.to_le_bytes());
        put(268, &self.chunk.to_le_bytes());
        put(272, &self.bias.to_le_bytes());
        let command: String = self.command.iter().flat_map(|word| [word.as_str(), "\0"]).collect();
        let kept = cut(&command, COMMAND);
        put(504, &u32::try_from(kept.len()).unwrap_or(0).to_le_bytes());
        let size = self.command_size.max(u32::try_from(command.len()).unwrap_or(u32::MAX));
        put(508, &size.to_le_bytes());
        put(512, kept);
        let check = hash::bytes(&bytes[..CHECK], 0);
        bytes[CHECK..].copy_from_slice(&check.to_le_bytes());
        bytes
    }

    /// Bytes of a page of the layer, never 0.
    #[must_use]
    pub fn page(&self) -> u64 {
        u64::from(self.page.max(1))
    }
}

fn from_le(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte))
}

fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

fn cut(text: &str, most: usize) -> &[u8] {
    &text.as_bytes()[..text.len().min(most)]
}

fn arguments(bytes: &[u8]) -> Vec<String> {
    if bytes.is_empty() {
        return Vec::new();
    }
    let bytes = bytes.strip_suffix(b"\0").unwrap_or(bytes);
    bytes.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}

#[cfg(test)]
mod tests;
