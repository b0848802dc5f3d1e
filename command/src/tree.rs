//! Copying a Go root, and noticing that one has changed.

use crate::source::NewFile;
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{DirBuilder, FileType, Metadata, hard_link, read_dir, read_link, remove_file};
use std::io::ErrorKind::{CrossesDevices, PermissionDenied, TooManyLinks};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, symlink};
use std::path::{Path, PathBuf};

/// What a tree holds: every entry by its path in it, in order.
pub struct Tree {
    root: PathBuf,
    entries: BTreeMap<PathBuf, Metadata>,
}

impl Tree {
    /// Looks a tree over.
    ///
    /// # Errors
    /// A directory cannot be read.
    pub fn scan(root: &Path) -> Result<Self> {
        let mut entries = BTreeMap::new();
        let mut to_read = vec![PathBuf::new()];
        while let Some(dir) = to_read.pop() {
            let full = root.join(&dir);
            let listing =
                read_dir(&full).with_context(|| format!("cannot read {}", full.display()))?;
            for entry in listing {
                let entry = entry?;
                let metadata = entry.metadata()?;
                let path = dir.join(entry.file_name());
                if metadata.is_dir() {
                    // A Go root from a repository: nothing there is built.
                    if path == Path::new(".git") {
                        continue;
                    }
                    to_read.push(path.clone());
                }
                entries.insert(path, metadata);
            }
        }
        Ok(Self { root: root.to_owned(), entries })
    }

    /// Adds to a hash what tells this tree from another, or from itself before
    /// it was changed.
    pub fn fingerprint(&self, hash: &mut Sha256) {
        for (path, metadata) in self.entries.iter().filter(|(_, metadata)| !metadata.is_dir()) {
            hash.update(path.as_os_str().as_encoded_bytes());
            let modified = (metadata.mtime(), metadata.mtime_nsec());
            hash.update(format!("\0{}\0{modified:?}\n", metadata.len()));
        }
    }

    /// Makes a tree at `to`, which is an empty directory, with the same files.
    /// Not symbolic links to them, which `go:embed` refuses: links to the same
    /// data, or copies where the system allows no links.
    ///
    /// # Errors
    /// A file cannot be made.
    pub fn link_to(&self, to: &Path) -> Result<()> {
        let mut links = true;
        for (path, metadata) in &self.entries {
            let (from, to) = (self.root.join(path), to.join(path));
            link(&from, &to, metadata.file_type(), &mut links)
                .with_context(|| format!("cannot make {} from {}", to.display(), from.display()))?;
        }
        Ok(())
    }
}

/// Makes one entry; `links` becomes false when the system allows none here.
fn link(from: &Path, to: &Path, kind: FileType, links: &mut bool) -> Result<()> {
    if kind.is_dir() {
        // The original may be read-only, as in the module cache.
        DirBuilder::new().mode(0o755).create(to)?;
    } else if kind.is_symlink() {
        symlink(read_link(from)?, to)?;
    } else if kind.is_file() {
        if *links {
            match hard_link(from, to) {
                Ok(()) => return Ok(()),
                Err(error)
                    if matches!(error.kind(), CrossesDevices | PermissionDenied | TooManyLinks) =>
                {
                    *links = false;
                }
                Err(error) => return Err(error.into()),
            }
        }
        std::fs::copy(from, to)?;
    } else {
        bail!("it is neither a file nor a directory");
    }
    Ok(())
}

/// Puts a file in the place of what is there, which may be a link to the user's
/// own: that is taken away, not written to.
///
/// # Errors
/// The file cannot be made.
pub fn put(root: &Path, file: &NewFile) -> Result<()> {
    let path = root.join(&file.path);
    if path.symlink_metadata().is_ok() {
        remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    std::fs::write(&path, &file.bytes).with_context(|| format!("cannot write {}", path.display()))
}
