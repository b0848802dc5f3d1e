//! Copying a Go root, and noticing that one has changed.

use crate::progress::Progress;
use crate::source::NewFile;
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, FileType, Metadata, hard_link, read_dir, read_link, remove_file};
use std::io::ErrorKind::{CrossesDevices, PermissionDenied, TooManyLinks};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, symlink};
use std::path::{Path, PathBuf};

/// What a tree holds: every entry by its path in it, in order. The root itself is the
/// empty path.
pub struct Tree {
    root: PathBuf,
    entries: BTreeMap<PathBuf, Metadata>,
}

impl Tree {
    /// Looks a tree over. A directory's metadata is from before it was read, so that
    /// what changes meanwhile makes a difference later.
    ///
    /// # Errors
    /// A directory cannot be read.
    pub fn scan(root: &Path, progress: &mut Progress) -> Result<Self> {
        let cannot = |path: &Path| format!("cannot read {}", path.display());
        let real = root.canonicalize().with_context(|| cannot(root))?;
        let top = fs::metadata(root).with_context(|| cannot(root))?;
        let mut entries = BTreeMap::from([(PathBuf::new(), top)]);
        let mut to_read = vec![PathBuf::new()];
        while let Some(dir) = to_read.pop() {
            progress.at(0, 1);
            let full = root.join(&dir);
            for entry in read_dir(&full).with_context(|| cannot(&full))? {
                let entry = entry?;
                let mut metadata = entry.metadata()?;
                if metadata.is_symlink() {
                    metadata = followed(&entry.path(), &real).unwrap_or(metadata);
                }
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

    /// Every entry in order: its path in the tree, and what it was when it was looked at.
    pub fn entries(&self) -> impl Iterator<Item = (&Path, &Metadata)> {
        self.entries.iter().map(|(path, metadata)| (path.as_path(), metadata))
    }

    /// Adds to a hash what tells this tree from another, or from itself before
    /// it was changed.
    pub fn fingerprint(&self, hash: &mut Sha256) {
        for (path, metadata) in &self.entries {
            hash.update(path.as_os_str().as_encoded_bytes());
            if metadata.is_dir() {
                hash.update("\0\n");
                continue;
            }
            let modified = (metadata.mtime(), metadata.mtime_nsec());
            hash.update(format!("\0{}\0{}\0{modified:?}\n", metadata.ino(), metadata.len()));
        }
    }

    /// Makes a tree at `to`, which is an empty directory, with the same files.
    /// Not symbolic links to them, which `go:embed` refuses: links to the same
    /// data, or copies where the system allows no links. It says whether all are links.
    ///
    /// # Errors
    /// A file cannot be made.
    pub fn link_to(&self, to: &Path, progress: &mut Progress) -> Result<bool> {
        let mut links = true;
        let made = self.entries.iter().filter(|(path, _)| !path.as_os_str().is_empty());
        for (i, (path, metadata)) in made.enumerate() {
            progress.at(i, self.entries.len());
            let (from, to) = (self.root.join(path), to.join(path));
            link(&from, &to, metadata.file_type(), &mut links)
                .with_context(|| format!("cannot make {} from {}", to.display(), from.display()))?;
        }
        Ok(links)
    }
}

/// What a symbolic link out of the tree leads to: some distributions keep parts of a Go
/// root elsewhere. Nothing for a link within it, or to nowhere, which is kept as it is.
fn followed(link: &Path, root: &Path) -> Option<Metadata> {
    let target = link.canonicalize().ok()?;
    if target.starts_with(root) { None } else { fs::metadata(target).ok() }
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
            match link_file(from, to) {
                Ok(()) => return Ok(()),
                Err(error)
                    if matches!(error.kind(), CrossesDevices | PermissionDenied | TooManyLinks) =>
                {
                    *links = false;
                }
                Err(error) => return Err(error.into()),
            }
        }
        fs::copy(from, to)?;
    } else {
        bail!("it is neither a file nor a directory");
    }
    Ok(())
}

/// A link to the file, also where the path is a symbolic link to it.
fn link_file(from: &Path, to: &Path) -> std::io::Result<()> {
    if from.is_symlink() { hard_link(from.canonicalize()?, to) } else { hard_link(from, to) }
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
    fs::write(&path, &file.bytes).with_context(|| format!("cannot write {}", path.display()))
}
