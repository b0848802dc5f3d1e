//! The Go roots in the user's cache: made once, found again, cleared away.
//!
//! A root's name says all that it was made from: when anything of that has changed, the
//! name is another one. What was seen of both stands beside it (`seen.rs`), so a start
//! finds a root by a look at the directories.

use crate::cache;
use crate::layout::Build;
use crate::origin;
use crate::progress::Progress;
use crate::seen::Seen;
use crate::source::{NewFile, hex, new_files};
use crate::spare::present;
use crate::toolchain::Toolchain;
use crate::tree::{Tree, put};
use anyhow::{Context, Result};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use sha2::{Digest, Sha256};
use std::fs::{File, FileTimes, read_dir, remove_dir_all, remove_file, rename};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How long a root that is out of date is kept for whoever still uses it.
const GRACE: Duration = Duration::from_secs(24 * 60 * 60);

/// A Go root with gosbrk in it, from the cache, or made now.
///
/// # Errors
/// This Go is not known, or the root cannot be made.
pub fn get(toolchain: &Toolchain, build: Build) -> Result<PathBuf> {
    let from = toolchain.root();
    let files = new_files(from, toolchain.version(), build)?;
    let cache = cache::dir()?;
    let kind = kind(toolchain, build);
    let start = format!("{kind}-{}-", ours(from, &files));
    let root = match find(&cache, &start, from, &files) {
        Some(root) => root,
        None => make_again(&Wanted { cache, kind, start, from, files })?,
    };
    let now = FileTimes::new().set_modified(SystemTime::now());
    // Only clearing away looks at it.
    let _ =
        File::options().append(true).open(root.join(origin::FILE)).and_then(|f| f.set_times(now));
    Ok(root)
}

/// The same root if it is there.
pub fn existing(toolchain: &Toolchain, build: Build) -> Option<PathBuf> {
    let from = toolchain.root();
    let files = new_files(from, toolchain.version(), build).ok()?;
    let start = format!("{}-{}-", kind(toolchain, build), ours(from, &files));
    find(&cache::dir().ok()?, &start, from, &files)
}

/// Takes what is in a root now for right. The cache is locked.
///
/// # Errors
/// That cannot be written down.
pub fn changed_on_purpose(root: &Path) -> Result<()> {
    let file = seen_of(root);
    let mut seen = Seen::read(&file).with_context(|| format!("{} is damaged", file.display()))?;
    seen.look_at_root(root);
    seen.write(&file)
}

/// What a root's name begins with: the release and how programs are built.
fn kind(toolchain: &Toolchain, build: Build) -> String {
    format!("{}-{}", toolchain.version().replace(' ', "_"), build.name())
}

/// A root to be made.
struct Wanted<'a> {
    cache: PathBuf,
    /// What its name begins with: the release and how programs are built.
    kind: String,
    /// The same, and what of gosbrk is in it.
    start: String,
    from: &'a Path,
    files: Vec<NewFile>,
}

/// What gosbrk puts into which root, in a hash for its name.
fn ours(from: &Path, files: &[NewFile]) -> String {
    let mut hash = Sha256::new();
    hash.update(from.as_os_str().as_encoded_bytes());
    for NewFile { path, bytes } in files {
        hash.update(path.as_os_str().as_encoded_bytes());
        hash.update(Sha256::digest(bytes));
    }
    hex(&hash.finalize()[..8])
}

/// The root whose name begins so, if it and the Go root are as they were seen.
fn find(cache: &Path, start: &str, from: &Path, files: &[NewFile]) -> Option<PathBuf> {
    let names = read_dir(cache).ok()?.flatten().map(|entry| entry.file_name());
    let roots = names.filter_map(|name| {
        let name = name.to_str()?.strip_suffix(SEEN)?;
        name.starts_with(start).then(|| cache.join(name))
    });
    roots.into_iter().find(|root| {
        Seen::read(&seen_of(root))
            .is_some_and(|seen| seen.origin_is_same(from) && is_whole(root, &seen, files))
    })
}

/// Whether nobody has changed a root since it was made.
fn is_whole(root: &Path, seen: &Seen, files: &[NewFile]) -> bool {
    seen.root_is_same(root)
        && files.iter().all(|NewFile { path, bytes }| {
            std::fs::read(root.join(path)).is_ok_and(|there| there == *bytes)
        })
}

/// What the name of the file has behind the root's, which says what was seen of it.
const SEEN: &str = ".seen";

/// The file that says what was seen of a root.
fn seen_of(root: &Path) -> PathBuf {
    let mut file = root.as_os_str().to_owned();
    file.push(SEEN);
    file.into()
}

/// Looks at all of the Go root. Gives the root that was made from it in this state if
/// it is whole, and makes one if not.
fn make_again(wanted: &Wanted) -> Result<PathBuf> {
    let scanned = SystemTime::now();
    let mut progress = Progress::new(format!(
        "making a Go root with gosbrk from {}, which is needed once",
        wanted.from.display()
    ));
    let tree = Tree::scan(wanted.from, &mut progress)?;
    let mut hash = Sha256::new();
    tree.fingerprint(&mut hash);
    let name = format!("{}{}", wanted.start, hex(&hash.finalize()[..8]));
    let root = wanted.cache.join(&name);
    let lock = cache::lock(&wanted.cache)?;
    let before = Seen::read(&seen_of(&root)).filter(|seen| is_whole(&root, seen, &wanted.files));
    let linked = match before {
        Some(seen) => seen.is_linked(),
        None => make(wanted, &root, &tree, progress)?,
    };
    Seen::new(&tree, &root, linked, scanned).write(&seen_of(&root))?;
    clear_away(wanted, &name);
    drop(lock);
    Ok(root)
}

/// Makes a root beside its place and moves it there when it is whole. It says whether
/// it is of links alone.
fn make(wanted: &Wanted, root: &Path, tree: &Tree, mut progress: Progress) -> Result<bool> {
    let making = tempfile::Builder::new().prefix(MAKING).tempdir_in(&wanted.cache)?;
    let linked = tree.link_to(making.path(), &mut progress)?;
    for file in &wanted.files {
        put(making.path(), file)?;
    }
    std::fs::write(making.path().join(origin::FILE), format!("{}\n", wanted.from.display()))?;
    let cannot = || format!("cannot make {}", root.display());
    if root.exists() {
        drop(progress);
        eprintln!("gosbrk: {} was changed or damaged; making it again", root.display());
        if present(root) {
            eprintln!("hint: run `gosbrk goroot --tools` again for the tools that were in it");
        }
        exchange(making.path(), root).with_context(cannot)?;
    } else {
        rename(making.path(), root).with_context(cannot)?;
        // It is not there any more, so there is nothing to clear away.
        let _ = making.keep();
    }
    Ok(linked)
}

/// Puts two directories in each other's place: in one step where the file system can,
/// because somebody may be at work in one.
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    match renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE) {
        Err(Errno::INVAL | Errno::NOSYS) => {
            let aside = one.with_extension("aside");
            rename(other, &aside)?;
            rename(one, other)?;
            rename(aside, one)
        }
        done => Ok(done?),
    }
}

/// What is there while a root is made.
const MAKING: &str = "making-";

/// Removes roots that nobody will ask for again: made from this Go root in
/// another state, or from one that is gone; and what a `gosbrk` that was stopped
/// left half made. The cache is locked. What cannot be removed stays.
fn clear_away(wanted: &Wanted, newest: &str) {
    for entry in read_dir(&wanted.cache).into_iter().flatten().flatten() {
        let (name, path) = (entry.file_name(), entry.path());
        let Some(name) = name.to_str() else { continue };
        let outdated = origin::of(&path).is_some_and(|origin| {
            let other_state = origin == wanted.from && name.starts_with(&wanted.kind);
            !origin.exists() || other_state && name != newest
        });
        let used = path.join(origin::FILE).metadata().and_then(|metadata| metadata.modified());
        let idle = used.is_ok_and(|used| used.elapsed().is_ok_and(|time| time > GRACE));
        if outdated && idle || name.starts_with(MAKING) {
            let _ = remove_file(seen_of(&path));
            let _ = if path.is_dir() { remove_dir_all(path) } else { remove_file(path) };
        } else if name.strip_suffix(SEEN).is_some_and(|root| !wanted.cache.join(root).exists()) {
            let _ = remove_file(path);
        }
    }
}
