//! Runs a command, with a log.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

/// This program. Tests may build it anew meanwhile, to the same path.
fn this() -> Option<&'static Path> {
    static THIS: LazyLock<Option<PathBuf>> = LazyLock::new(|| std::env::current_exe().ok());
    THIS.as_deref()
}

/// A command from words with blanks between them. `xtask` is this program itself.
pub fn words(line: &str) -> Command {
    let mut words = line.split_whitespace();
    let program = words.next().unwrap_or_default();
    let mut command = match (program, this()) {
        ("xtask", Some(this)) => Command::new(this),
        _ => Command::new(program),
    };
    command.args(words);
    command
}

/// Runs it, and has all that it prints in `log`, which is made anew. Gives whether it
/// succeeded; a command that cannot be started did not, and the log says why.
///
/// # Errors
/// The log cannot be written.
pub fn logged(command: &mut Command, log: &Path) -> io::Result<bool> {
    append(command, File::create(log)?)
}

/// The same, after what is in the log.
///
/// # Errors
/// The log cannot be written.
pub fn append(command: &mut Command, mut log: File) -> io::Result<bool> {
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log.try_clone()?);
    match command.status() {
        Ok(status) => Ok(status.success()),
        Err(error) => {
            io::Write::write_fmt(&mut log, format_args!("{command:?}: {error}\n"))?;
            Ok(false)
        }
    }
}

/// What a command prints, without blanks at the ends.
///
/// # Errors
/// It cannot be started, or it fails: then the error is what it said.
pub fn said(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    Err(format!("{command:?}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr)))
}

/// Whether there is such a program.
pub fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}
