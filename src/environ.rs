//! The variable `GOSBRK`, which sets up a program that calls no `gosbrk_init`.
//!
//! It is read from `/proc/self/environ`, the environment that the process was
//! started with: the library has no libc to ask. Where there is no `/proc` it is
//! not seen. A process that runs with more rights than its user (`AT_SECURE`)
//! ignores it.

mod c_code;
pub mod memory_limit;
mod parse;
#[cfg(test)]
mod tests;

use crate::config::Config;
use crate::os::linux::{File, auxv};
use crate::trace::Trace;
pub use parse::{BadSetting, Reader, Settings, contradiction, parse};

/// Most bytes of the variable's value, the closing NUL included.
pub const VALUE_SIZE: usize = 1024;

/// Reads the settings; the defaults where there are none. `value` is room for
/// the variable's text.
///
/// # Errors
/// The first setting that cannot be followed.
pub fn settings(value: &mut [u8; VALUE_SIZE]) -> Result<Settings<'_>, BadSetting<'_>> {
    let n = if is_secure() { 0 } else { find(b"GOSBRK=", value) };
    if n >= VALUE_SIZE {
        return Err(BadSetting::new(b"", "want at most 1023 bytes"));
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
pub fn open_trace(path: &[u8]) -> Result<Trace, BadSetting<'_>> {
    Trace::open(path).map_err(|why| BadSetting::new(path, why))
}

/// Copies the value of the variable that begins with `name=` and gives its
/// length, which is cut at the length of `value`.
#[inline(never)] // As open_trace.
fn find(name: &[u8], value: &mut [u8]) -> usize {
    let Ok(file) = File::open(c"/proc/self/environ") else { return 0 };
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
