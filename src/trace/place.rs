//! Which file a process records to.
//!
//! FILE is for the first process that comes; one that finds a recorder at work there
//! takes FILE.PID. Where the path has `%p`, or is a directory, each process has a file of
//! its own from the start. No file is ever cut short, because somebody may have it
//! mapped: an old trace loses its name, and a new file gets it.
//!
//! A recorder holds the lock (`flock`) of its file. Whoever replaces a file holds the
//! file's lock meanwhile, and looks again whether the name still means that file. So of
//! two processes that come at once neither can take the other's file away.

use super::path::{ASKED, Path};
use crate::os::linux::disk::{Kind, look, unlink};
use crate::os::linux::proc::number;
use crate::os::linux::{File, clock, process_id};

/// The first bytes of a trace.
pub const MAGIC: &[u8; 8] = b"GOSBRKT\n";
/// Where the header has the process, and the time at which it was made.
pub const PROCESS: usize = 32;
pub const WALL: usize = 48;

/// Most files of one name and process.
const MOST: usize = 1000;

/// Why there is no file.
pub const TOO_LONG: &str = "trace: a file name has at most 255 bytes";
pub const NOT_A_FILE: &str = "trace: neither a regular file nor a directory";
pub const NOT_A_TRACE: &str = "trace: the file is there and is not a trace; it was left as it is";
pub const NOT_MADE: &str = "trace: the file cannot be created";

/// Makes the file that was asked for, or one beside it. `path` gets its name; `scratch` is
/// room for what is read meanwhile.
///
/// # Errors
/// Why there is none, in words.
pub fn take(
    asked: &[u8],
    path: &mut Path,
    is_child: bool,
    scratch: &mut [u8],
) -> Result<File, &'static str> {
    if asked.len() > ASKED {
        return Err(TOO_LONG);
    }
    let process = process_id();
    path.clear();
    let mut own = path.expanded(asked, process);
    // Most often nothing is there, and nobody needs to look.
    if own || !is_child {
        if let Some(file) = File::make(path.as_c()).ok().and_then(locked) {
            return Ok(file);
        }
    }
    match look(path.as_c(), true) {
        Ok((Kind::Directory, _)) => {
            path.text(b"/");
            path.number(process);
            path.text(b".gosbrk");
            own = true;
        }
        Ok((Kind::Other, _)) => return Err(NOT_A_FILE),
        _ => {}
    }
    if !own {
        if let Some(file) = if is_child { None } else { first(path, process, scratch)? } {
            return Ok(file);
        }
        path.text(b".");
        path.number(process);
    }
    numbered(path)
}

/// FILE itself; `None`: somebody records to it.
#[inline(never)] // What it needs of the stack is free again when the call goes on.
fn first(path: &Path, process: usize, scratch: &mut [u8]) -> Result<Option<File>, &'static str> {
    match File::make(path.as_c()) {
        Ok(file) => return Ok(locked(file)),
        Err(libc::EEXIST) => {}
        Err(_) => return Err(NOT_MADE),
    }
    match look(path.as_c(), false) {
        Ok((Kind::Regular, _)) => {}
        Ok(_) => return Err(NOT_A_FILE),
        // It is left alone where that cannot be told.
        Err(_) => return Ok(None),
    }
    let old = File::reopen(path.as_c()).map_err(|_| NOT_MADE)?;
    if old.lock() != Ok(true) {
        return Ok(None);
    }
    if is_of_this_process(&old, process, scratch)? {
        return Ok(None);
    }
    let there = look(path.as_c(), false).map(|(_, identity)| identity);
    if there.is_err() || there != old.identity().map(|(identity, _)| identity) {
        return Ok(None);
    }
    unlink(path.as_c()).map_err(|_| NOT_MADE)?;
    match File::make(path.as_c()) {
        Ok(file) => Ok(locked(file)),
        Err(libc::EEXIST) => Ok(None),
        Err(_) => Err(NOT_MADE),
    }
}

/// A file that is not there yet: this path, or with a number behind it.
fn numbered(path: &mut Path) -> Result<File, &'static str> {
    let used = path.len();
    for n in 1..MOST {
        if n > 1 {
            path.cut(used);
            path.text(b".");
            path.number(n);
        }
        match File::make(path.as_c()) {
            Ok(file) => {
                if let Some(file) = locked(file) {
                    return Ok(file);
                }
            }
            Err(libc::EEXIST) => {}
            Err(_) => break,
        }
    }
    Err(NOT_MADE)
}

/// The new file, with its lock where files have one; `None`: another process found it
/// before it was locked, and is about to replace it.
fn locked(file: File) -> Option<File> {
    (file.lock() != Ok(false)).then_some(file)
}

/// Whether a trace was made by what this process was before it became this program.
///
/// # Errors
/// It is no trace.
#[inline(never)] // The buffer is gone when the call goes on.
fn is_of_this_process(
    old: &File,
    process: usize,
    scratch: &mut [u8],
) -> Result<bool, &'static str> {
    let mut head = [0; WALL + 8];
    let n = old.read(&mut head).map_err(|_| NOT_MADE)?;
    let (magic, rest) = head.split_at(MAGIC.len());
    // Zeros are a trace whose writer did not get as far as its header.
    let is_trace = magic.iter().eq(MAGIC) || (magic.iter().all(|&byte| byte == 0));
    if n != 0 && !(is_trace && n >= MAGIC.len()) {
        return Err(NOT_A_TRACE);
    }
    let field = |at: usize| super::slot::word(rest.get(at - MAGIC.len()..).unwrap_or_default());
    if field(PROCESS) != process as u64 {
        return Ok(false);
    }
    // The number may have been another process's. If it cannot be told, the file is kept.
    Ok(started(scratch).is_none_or(|started| field(WALL) >= started))
}

/// When this process started, by the wall clock, in nanoseconds, a second early.
fn started(line: &mut [u8]) -> Option<u64> {
    const TICK: u64 = 10_000_000;
    let n = File::open(c"/proc/self/stat").ok()?.read(line).ok()?;
    let line = line.get(..n)?;
    // Behind the name, which is in brackets and may have anything in it.
    let behind = line.iter().rposition(|&byte| byte == b')')?;
    let mut words = line.get(behind + 2..)?.split(|&byte| byte == b' ');
    let ticks = number::<10>(words.nth(19)?)? as u64;
    // It is whole if something follows.
    words.next()?;
    let age = clock::since_boot().checked_sub(ticks * TICK)?;
    clock::wall().checked_sub(age)?.checked_sub(1_000_000_000)
}
