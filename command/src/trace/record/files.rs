//! Where processes record to, and which files came of it.

use anyhow::{Context, Result};
use gosbrk_trace::format::HEADER;
use gosbrk_trace::format::header::Header;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf, absolute};
use std::time::{SystemTime, UNIX_EPOCH};

/// Where to record to.
pub struct Target {
    /// What the program is told.
    pub path: PathBuf,
    is_folder: bool,
    /// When the program started, in nanoseconds since 1970.
    since: u64,
}

impl Target {
    /// What the user has asked for: a folder if it is one, or ends in a slash.
    pub fn given(output: &Path) -> Result<Self> {
        let asks_for_folder = output.as_os_str().as_bytes().ends_with(b"/");
        if asks_for_folder {
            fs::create_dir_all(output)
                .with_context(|| format!("cannot make the folder {}", output.display()))?;
        }
        Self::new(output, output.is_dir())
    }

    /// This file, for one process.
    pub fn file(path: &Path) -> Result<Self> {
        Self::new(path, false)
    }

    fn new(path: &Path, is_folder: bool) -> Result<Self> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let since = u64::try_from(since).unwrap_or(u64::MAX);
        Ok(Self { path: absolute(path)?, is_folder, since })
    }

    /// For people: the name of the file, where the process that records is known to be `pid`.
    pub fn shown(&self, pid: Option<u32>) -> String {
        let path = self.path.display().to_string();
        match pid {
            _ if !path.contains("%p") => path,
            Some(pid) => path.replace("%p", &pid.to_string()),
            None => format!("{path} (%p: the process number)"),
        }
    }

    /// The traces that were begun since, by name.
    pub fn written(&self) -> Vec<PathBuf> {
        let whole = self.path.file_name().map(OsStrExt::as_bytes).unwrap_or_default();
        let (folder, name) = if self.is_folder {
            (Some(self.path.as_path()), &b"%p.gosbrk"[..])
        } else {
            (self.path.parent(), whole)
        };
        let at = name.windows(2).position(|two| two == b"%p").unwrap_or(name.len());
        let begin = &name[..at];
        let Some(entries) = folder.and_then(|folder| fs::read_dir(folder).ok()) else {
            return Vec::new();
        };
        let names = entries.flatten().map(|entry| entry.path());
        let mut files: Vec<PathBuf> = names
            .filter(|path| {
                path.file_name().is_some_and(|name| name.as_bytes().starts_with(begin))
                    && self.is_new(path)
            })
            .collect();
        files.sort();
        files
    }

    fn is_new(&self, path: &Path) -> bool {
        let mut bytes = Vec::new();
        let file = File::open(path).ok().filter(|_| path.is_file());
        let read = file.and_then(|file| file.take(HEADER as u64).read_to_end(&mut bytes).ok());
        let header = read.and_then(|_| Header::decode(&bytes).ok());
        header.is_some_and(|header| header.wall_ns >= self.since)
    }
}

/// `NAME.%p.gosbrk`, where nothing was asked for.
pub fn default_target(command: &[OsString]) -> Result<Target> {
    let mut file = name(command).into_vec();
    // What the variable cannot have, or takes for something else.
    file.retain(|byte| !b",%".contains(byte));
    file.extend_from_slice(b".%p.gosbrk");
    Target::new(Path::new(&OsString::from_vec(file)), false)
}

/// The program's name: of `go run ./cmd/server`, `server`.
pub fn name(command: &[OsString]) -> OsString {
    let program = Path::new(&command[0]);
    if command[0] != "go" {
        return program.file_name().unwrap_or(program.as_os_str()).to_owned();
    }
    let package = command.iter().skip(2).find(|word| {
        let word = word.as_bytes();
        !word.starts_with(b"-") && (word.contains(&b'/') || word.contains(&b'.'))
    });
    let package = package.map_or(Path::new("."), Path::new);
    // `./...` and `.` are the folder itself; `main.go` is `main`.
    let package = if package.ends_with("...") { package.parent() } else { Some(package) };
    let named = package.and_then(Path::file_stem).map(ToOwned::to_owned);
    let here = || absolute(".").ok().and_then(|here| here.file_name().map(ToOwned::to_owned));
    named.or_else(here).unwrap_or_else(|| "go".into())
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn a_trace_is_named_after_what_runs() {
        let name = |words: &[&str]| {
            let words: Vec<_> = words.iter().map(Into::into).collect();
            name(&words).into_string().unwrap()
        };
        assert_eq!(name(&["./bin/server", "-v"]), "server");
        assert_eq!(name(&["go", "run", "-race=false", "./cmd/server"]), "server");
        assert_eq!(name(&["go", "run", "main.go", "x"]), "main");
        // The folder of this test.
        for words in [&["go", "run", "."][..], &["go", "test", "./..."], &["go", "test"]] {
            assert_eq!(name(words), "command", "{words:?}");
        }
    }
}
