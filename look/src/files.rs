//! The files that a process has open or mapped.

use crate::process::Process;
use crate::trouble::Result;
use std::fs;
use std::path::PathBuf;

/// A file of a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Its name in the process.
    pub name: String,
    /// What opens it from here, though the process may see another file system and the file
    /// may have lost its name.
    pub path: PathBuf,
}

/// The regular files that it has open.
///
/// # Errors
/// When its descriptors may not be seen, or it is gone.
pub fn opened(process: &Process) -> Result<Vec<Opened>> {
    let folder = process.file("fd");
    let entries = fs::read_dir(&folder).map_err(|error| process.trouble(&error, "fd"))?;
    let mut files = Vec::new();
    for entry in entries.flatten() {
        // It may be closed by now.
        let Ok(name) = fs::read_link(entry.path()) else { continue };
        let name = name.to_string_lossy().into_owned();
        // Without opening it: a device may do something then.
        if fs::metadata(entry.path()).is_ok_and(|file| file.is_file()) {
            files.push(Opened { name, path: entry.path() });
        }
    }
    Ok(files)
}

/// The files that it has mapped, each once. One that has lost its name is left out where
/// only root may open it.
///
/// # Errors
/// When its mappings may not be read, or it is gone.
pub fn mapped(process: &Process) -> Result<Vec<Opened>> {
    let mut files: Vec<Opened> = Vec::new();
    for line in process.text("maps")?.lines() {
        // The range, four fields, and the name with its spaces.
        let mut fields = line.splitn(6, ' ');
        let range = fields.next().unwrap_or_default();
        let name = fields.nth(4).unwrap_or_default().trim_start();
        if !name.starts_with('/') || files.iter().any(|file| file.name == name) {
            continue;
        }
        let direct = process.file(&format!("map_files/{range}"));
        let path =
            if direct.metadata().is_ok() { direct } else { process.file(&format!("root{name}")) };
        files.push(Opened { name: name.to_owned(), path });
    }
    Ok(files)
}

/// The numbers by which a process is known in the namespaces that it is in, this one first.
#[must_use]
pub fn numbers(process: &Process) -> Vec<u64> {
    let status = process.text("status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("NSpid:")).unwrap_or_default();
    let mut numbers: Vec<u64> = u64::try_from(process.pid).into_iter().collect();
    numbers.extend(line.split_ascii_whitespace().filter_map(|number| number.parse::<u64>().ok()));
    numbers
}

#[cfg(test)]
mod tests;
