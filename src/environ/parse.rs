//! What the variable's text asks for.

use crate::config::{Advice, Check, Config, Misuse, Profile};
use crate::line_buffer::LineBuffer;
use crate::os::linux::{exit, say};

/// Most bytes in which a setting is shown, so that the line has room for the rest.
const SHOWN: usize = 120;

/// What the variable asks for.
#[derive(Debug)]
pub struct Settings<'a> {
    /// The set-up.
    pub config: Config,
    /// The file to trace to.
    pub trace: Option<&'a [u8]>,
}

/// A setting that cannot be followed.
#[derive(Debug, PartialEq, Eq)]
pub struct BadSetting<'a> {
    /// The setting; nothing where all of them together are meant.
    pub(super) setting: &'a [u8],
    pub(super) want: &'static str,
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
        say(line.finish());
        exit(2)
    }
}

/// Settings that are fine one by one, but not together.
pub const fn contradiction() -> BadSetting<'static> {
    BadSetting { setting: b"", want: "want base on a page, and start <= initial <= limit" }
}

/// Reads the variable's value, over these defaults.
///
/// # Errors
/// The first setting that cannot be followed.
pub fn parse(defaults: Config, value: &[u8]) -> Result<Settings<'_>, BadSetting<'_>> {
    let mut config = defaults;
    let mut trace = None;
    for setting in value.split(|&byte| byte == b',').filter(|setting| !setting.is_empty()) {
        let bad = |want| BadSetting { setting, want };
        let mut halves = setting.splitn(2, |&byte| byte == b'=');
        let key = halves.next().unwrap_or_default();
        let value = halves.next().ok_or(bad("want key=value"))?;
        match key {
            b"profile" => config.profile = profile(value).ok_or(bad(WANT_PROFILE))?,
            b"advice" => config.advice = advice(value).ok_or(bad("want go or os"))?,
            b"misuse" => config.misuse = misuse(value).ok_or(bad("want abort or report"))?,
            b"check" => config.check = check(value).ok_or(bad("want fast or full"))?,
            b"base" => config.base = number(value).ok_or(bad(WANT_NUMBER))?,
            b"start" => config.start = number(value).ok_or(bad(WANT_NUMBER))?,
            b"initial" => config.initial = number(value).ok_or(bad(WANT_NUMBER))?,
            b"limit" => config.limit = number(value).ok_or(bad(WANT_NUMBER))?,
            b"trace" => trace = Some(value),
            _ => return Err(bad(WANT_KEY)),
        }
    }
    Ok(Settings { config, trace })
}

const WANT_PROFILE: &str = "want plan9, wasm or wasm_go121";
const WANT_NUMBER: &str = "want a number of bytes, such as 65536, 0x10000, 64K, 1M or 4G";
const WANT_KEY: &str = "want profile, advice, misuse, check, base, start, initial, limit or trace";

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
    let (digits, base) = match value {
        [b'0', b'x' | b'X', rest @ ..] => (rest, 16),
        _ => (value, 10),
    };
    if digits.is_empty() {
        return None;
    }
    let n = digits.iter().try_fold(0_usize, |n, &digit| {
        let digit = char::from(digit).to_digit(base)?;
        n.checked_mul(base as usize)?.checked_add(digit as usize)
    })?;
    n.checked_mul(1 << shift)
}
