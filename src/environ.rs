//! The variable `GOSBRK`, which sets up a program that calls no `gosbrk_init`.
//!
//! It is read from `/proc/self/environ`, the environment that the process was
//! started with: the library has no libc to ask. Where there is no `/proc` it is
//! not seen. A process that runs with more rights than its user (`AT_SECURE`)
//! ignores it.

use crate::config::{Advice, Check, Config, Misuse, Profile};
use crate::line::Line;
use crate::os::linux::{File, auxv, exit, say};
use core::ffi::CStr;

/// Most bytes of the variable's value, the closing NUL included.
pub const VALUE_SIZE: usize = 1024;

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
    const fn keys(self) -> &'static str {
        match self {
            Self::Library => {
                "want profile=, advice=, misuse=, check=, base=, start=, initial=, limit= or trace="
            }
            Self::Program { .. } => "a Go program accepts advice=, check=, limit= and trace=",
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
}

/// A setting that cannot be followed.
#[derive(Debug, PartialEq, Eq)]
pub struct Bad<'a> {
    /// The setting; nothing where all of them together are meant.
    setting: &'a [u8],
    want: &'static str,
    /// A number of MiB that belongs behind that; 0: none.
    mib: usize,
}

impl<'a> Bad<'a> {
    const fn new(setting: &'a [u8], want: &'static str) -> Self {
        Self { setting, want, mib: 0 }
    }
}

impl Bad<'_> {
    /// Says so in one line, and ends the process with status 2.
    pub fn exit(&self) -> ! {
        let mut line = Line::new();
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
pub const fn contradiction() -> Bad<'static> {
    Bad::new(b"", "want base on a page, and start <= initial <= limit")
}

/// Reads the settings; the defaults where there are none. `value` is room for
/// the variable's text.
///
/// # Errors
/// The first setting that cannot be followed.
pub fn settings(value: &mut [u8; VALUE_SIZE]) -> Result<Settings<'_>, Bad<'_>> {
    let n = if is_secure() { 0 } else { find(b"GOSBRK=", value) };
    if n >= VALUE_SIZE {
        return Err(Bad::new(b"", "want at most 1023 bytes"));
    }
    parse(Reader::Library, Config::default(), value.get(..n).unwrap_or_default())
}

/// Opens the trace that was asked for.
///
/// # Errors
/// The setting, when the file cannot be made.
// In a frame of its own, which is gone when the call goes on: together with the
// others the buffers here would pass what a call may take of its caller's stack.
#[inline(never)]
pub fn open_trace(path: &[u8]) -> Result<File, Bad<'_>> {
    let bad = Bad::new(path, "trace: the file cannot be created");
    let mut name = [0; 256];
    if path.len() >= name.len() {
        return Err(Bad { want: "trace: a file name has at most 255 bytes", ..bad });
    }
    for (to, from) in name.iter_mut().zip(path) {
        *to = *from;
    }
    let Ok(name) = CStr::from_bytes_until_nul(&name) else { return Err(bad) };
    File::open(name, true).map_err(|_| bad)
}

/// Reads the variable's value, over these defaults.
///
/// # Errors
/// The first setting that cannot be followed, or that this reader does not have.
pub fn parse(reader: Reader, defaults: Config, value: &[u8]) -> Result<Settings<'_>, Bad<'_>> {
    let library = reader == Reader::Library;
    let mut config = defaults;
    let mut trace = None;
    for setting in value.split(|&byte| byte == b',').filter(|setting| !setting.is_empty()) {
        let bad = |want| Bad::new(setting, want);
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
                    return Err(Bad { mib: least >> 20, ..bad("want at least ") });
                }
            }
            b"trace" if value.is_empty() => return Err(bad("want the name of a file")),
            b"trace" => trace = Some(value),
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
    Ok(Settings { config, trace })
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
fn number(value: &[u8]) -> Option<usize> {
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

/// Copies the value of the variable that begins with `name=` and gives its
/// length, which is cut at the length of `value`.
#[inline(never)] // As open_trace.
fn find(name: &[u8], value: &mut [u8]) -> usize {
    let Ok(file) = File::open(c"/proc/self/environ", false) else { return 0 };
    let mut chunk = [0; 256];
    // How much of `name` the present variable has matched so far; None: it is
    // another one.
    let mut matched = Some(0);
    let mut copied = 0;
    while let Ok(n @ 1..) = file.read(&mut chunk) {
        for &byte in chunk.iter().take(n) {
            match matched {
                Some(all) if all == name.len() => {
                    if byte == 0 {
                        return copied;
                    }
                    let Some(to) = value.get_mut(copied) else { return copied };
                    *to = byte;
                    copied += 1;
                }
                _ if byte == 0 => matched = Some(0),
                Some(some) if name.get(some) == Some(&byte) => matched = Some(some + 1),
                _ => matched = None,
            }
        }
    }
    copied
}

/// Whether the process has more rights than who started it, or that cannot be
/// told.
fn is_secure() -> bool {
    const AT_SECURE: u64 = 23;
    auxv(AT_SECURE) != Some(0)
}

#[cfg(test)]
mod tests;
