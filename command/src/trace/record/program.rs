//! What is known of a program before it runs.

use gosbrk_look::program::Program;
use std::env::{split_paths, var_os};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Whether a program can be recorded.
#[derive(Debug, PartialEq, Eq)]
pub enum Known {
    /// It is a Go program on gosbrk.
    Records,
    /// It is a Go program with nothing of gosbrk in it.
    Stock,
    /// A script, a C program, which may have the C library in it, or what is not found.
    Nothing,
}

/// Reads the file that a command names, or the one that PATH has.
pub fn look_at(command: &OsStr) -> Known {
    let bytes = file(command).and_then(|file| fs::read(file).ok());
    bytes.map_or(Known::Nothing, |bytes| known(&bytes))
}

fn known(bytes: &[u8]) -> Known {
    match Program::of(bytes) {
        Program::OnGosbrk { .. } => Known::Records,
        // The Go module and the C library have their name in the functions' names.
        Program::Stock(_) if !bytes.windows(6).any(|word| word == b"gosbrk") => Known::Stock,
        _ => Known::Nothing,
    }
}

fn file(command: &OsStr) -> Option<PathBuf> {
    if command.as_bytes().contains(&b'/') {
        return Some(Path::new(command).into());
    }
    split_paths(&var_os("PATH")?).map(|folder| folder.join(command)).find(|file| file.is_file())
}
