//! What the variable's text asks for.

use super::c_code::{self, CCode, WANT_ARENAS, WANT_STACK};
use super::memory_limit::{self, MemoryLimit};
use crate::config::{Advice, Check, Config, Misuse, Profile};
use crate::line_buffer::LineBuffer;
use crate::os::linux::{exit, proc, say};

/// Most bytes in which a setting is shown, so that the line has room for the rest.
const SHOWN: usize = 120;

/// Who reads the variable, and with it which settings there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// The C library, which has every field of [`Config`].
    Library,
    /// A Go program whose runtime is on the layer. Its profile and the place of
    /// its segment are fixed when it is built, and misuse is always fatal.
    #[cfg_attr(not(feature = "flat"), allow(dead_code, reason = "the other object reads as this"))]
    Program {
        /// The smallest limit that such a program can start with.
        least: usize,
    },
}

impl Reader {
    /// The settings, for the message about one that is not among them.
    pub(super) const fn keys(self) -> &'static str {
        match self {
            Self::Library => {
                "want profile=, advice=, misuse=, check=, base=, start=, initial=, limit= or trace="
            }
            Self::Program { .. } => {
                "a Go program accepts advice=, arenas=, check=, cstack=, limit=, memlimit= and trace="
            }
        }
    }

    /// The smallest limit that makes sense. 0 is the profile's own in [`Config`].
    const fn least_limit(self) -> usize {
        match self {
            Self::Library => 0,
            Self::Program { least } => least,
        }
    }
}

/// What the variable asks for.
#[derive(Debug)]
pub struct Settings<'a> {
    /// The set-up.
    pub config: Config,
    /// The file to trace to.
    pub trace: Option<&'a [u8]>,
    /// What C code in a Go program gets.
    #[cfg_attr(not(feature = "flat"), allow(dead_code, reason = "for the other object"))]
    pub c_code: CCode,
    /// Where a Go program's memory limit comes from.
    #[cfg_attr(not(feature = "flat"), allow(dead_code, reason = "for the other object"))]
    pub memory_limit: MemoryLimit,
}

/// A setting that cannot be followed.
#[derive(Debug, PartialEq, Eq)]
pub struct BadSetting<'a> {
    /// The setting; nothing where all of them together are meant.
    pub(super) setting: &'a [u8],
    pub(super) want: &'static str,
    /// A number of MiB that belongs behind that; 0: none.
    pub(super) mib: usize,
}

impl<'a> BadSetting<'a> {
    pub(super) const fn new(setting: &'a [u8], want: &'static str) -> Self {
        Self { setting, want, mib: 0 }
    }
}

impl BadSetting<'_> {
    /// Says so in one line, and ends the process with status 2.
    pub fn exit(&self) -> ! {
        let mut line = LineBuffer::new();
        line.text(b"gosbrk: GOSBRK: ");
        if !self.setting.is_empty() {
            line.quoted(self.setting, SHOWN).text(b": ");
        }
        line.text(self.want.as_bytes());
        if self.mib != 0 {
            line.decimal(self.mib).text(b"M");
        }
        say(line.finish());
        exit(2)
    }
}

/// Settings that are fine one by one, but not together.
pub const fn contradiction() -> BadSetting<'static> {
    BadSetting::new(b"", "want base on a page, and start <= initial <= limit")
}

/// Reads the variable's value, over these defaults.
///
/// # Errors
/// The first setting that cannot be followed, or that this reader does not have.
pub fn parse(
    reader: Reader,
    defaults: Config,
    value: &[u8],
) -> Result<Settings<'_>, BadSetting<'_>> {
    let library = reader == Reader::Library;
    let mut config = defaults;
    let mut trace = None;
    let mut c_code = CCode::default();
    let mut memory_limit = MemoryLimit::default();
    for setting in value.split(|&byte| byte == b',').filter(|setting| !setting.is_empty()) {
        let bad = |want| BadSetting::new(setting, want);
        let mut halves = setting.splitn(2, |&byte| byte == b'=');
        let key = halves.next().unwrap_or_default();
        let value = halves.next().ok_or(bad(reader.keys()))?;
        match key {
            b"advice" => config.advice = advice(value).ok_or(bad("want go or os"))?,
            b"check" => config.check = check(value).ok_or(bad("want fast or full"))?,
            b"limit" => {
                config.limit = number(value).ok_or(bad(WANT_NUMBER))?;
                let least = reader.least_limit();
                if config.limit < least {
                    return Err(BadSetting { mib: least >> 20, ..bad("want at least ") });
                }
            }
            b"trace" if value.is_empty() => return Err(bad("want the name of a file")),
            b"trace" => trace = Some(value),
            b"cstack" if !library => {
                c_code.stack = c_code::stack(value, number(value)).ok_or(bad(WANT_STACK))?;
            }
            b"arenas" if !library => {
                c_code.arenas = c_code::arenas(value).ok_or(bad(WANT_ARENAS))?;
            }
            b"memlimit" if !library => {
                memory_limit = memory_limit::memory_limit(value, number(value))
                    .ok_or(bad(memory_limit::WANT))?;
            }
            b"profile" if library => config.profile = profile(value).ok_or(bad(WANT_PROFILE))?,
            b"misuse" if library => {
                config.misuse = misuse(value).ok_or(bad("want abort or report"))?;
            }
            b"base" if library => config.base = number(value).ok_or(bad(WANT_NUMBER))?,
            b"start" if library => config.start = number(value).ok_or(bad(WANT_NUMBER))?,
            b"initial" if library => config.initial = number(value).ok_or(bad(WANT_NUMBER))?,
            _ => return Err(bad(reader.keys())),
        }
    }
    Ok(Settings { config, trace, c_code, memory_limit })
}

const WANT_PROFILE: &str = "want plan9, wasm or wasm_go121";
const WANT_NUMBER: &str =
    "want a number of bytes below 2^64, such as 65536, 0x10000, 64K, 1M or 4G";

fn profile(value: &[u8]) -> Option<Profile> {
    match value {
        b"plan9" => Some(Profile::Plan9),
        b"wasm" => Some(Profile::Wasm),
        b"wasm_go121" => Some(Profile::WasmGo121),
        _ => None,
    }
}

fn advice(value: &[u8]) -> Option<Advice> {
    match value {
        b"go" => Some(Advice::Go),
        b"os" => Some(Advice::Os),
        _ => None,
    }
}

fn misuse(value: &[u8]) -> Option<Misuse> {
    match value {
        b"abort" => Some(Misuse::Abort),
        b"report" => Some(Misuse::Report),
        _ => None,
    }
}

fn check(value: &[u8]) -> Option<Check> {
    match value {
        b"fast" => Some(Check::Fast),
        b"full" => Some(Check::Full),
        _ => None,
    }
}

/// A number as people write sizes: `65536`, `0x10000`, `64K`, `1G`.
pub(super) fn number(value: &[u8]) -> Option<usize> {
    let (value, shift) = match value.split_last()? {
        (b'K' | b'k', rest) => (rest, 10),
        (b'M' | b'm', rest) => (rest, 20),
        (b'G' | b'g', rest) => (rest, 30),
        _ => (value, 0),
    };
    let n = match value {
        [b'0', b'x' | b'X', digits @ ..] => proc::number::<16>(digits),
        digits => proc::number::<10>(digits),
    }?;
    n.checked_mul(1 << shift)
}
