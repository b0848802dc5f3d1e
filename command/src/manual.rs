//! Manual pages and shell completions, made from the command line's own definition.

use anyhow::{Context, Result};
use clap::Command;
use clap_complete::{Shell, generate};
use std::fs::{create_dir_all, write};
use std::path::Path;

/// Each shell that gets completions, with the file below `share/` where it looks for them.
const COMPLETIONS: [(Shell, &str); 3] = [
    (Shell::Bash, "bash-completion/completions/gosbrk"),
    (Shell::Fish, "fish/vendor_completions.d/gosbrk.fish"),
    (Shell::Zsh, "zsh/site-functions/_gosbrk"),
];

/// Writes all of them below a directory that programs know as `share/`. Files that are there
/// already are replaced. Every page and every file has the same bytes each time.
///
/// # Errors
/// A directory or a file cannot be written; the error names it.
pub fn install(command: &Command, share: &Path) -> Result<()> {
    let pages = share.join("man/man1");
    create_dir_all(&pages).with_context(|| format!("cannot make {}", pages.display()))?;
    clap_mangen::generate_to(command.clone(), &pages)
        .with_context(|| format!("cannot write to {}", pages.display()))?;
    for (shell, name) in COMPLETIONS {
        let path = share.join(name);
        let mut script = Vec::new();
        generate(shell, &mut command.clone(), "gosbrk", &mut script);
        path.parent()
            .map_or(Ok(()), create_dir_all)
            .and_then(|()| write(&path, script))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
