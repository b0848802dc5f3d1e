//! The program files that were read already: many processes run the same one, and nearly all
//! have the same libraries.

use crate::elf::Image;
use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// What makes a file another one. Programs cannot set the last time, which any change moves.
type Key = (u64, u64, u64, i64, i64);

/// Most files that are remembered; one that runs all day sees many.
const MOST: usize = 4096;

/// What a file is; nothing: none with Go in it.
type Known = Option<Arc<Image>>;

static KNOWN: LazyLock<Mutex<HashMap<Key, Known>>> = LazyLock::new(Mutex::default);

/// Reads a file, unless it was read already and is still the same; nothing where it is no
/// ELF file of linux/amd64 or linux/arm64 with Go in it.
///
/// # Errors
/// When the file cannot be opened.
pub fn image(path: &Path) -> io::Result<Known> {
    // Another file may be there by now, in a container even a link to one of this machine's:
    // opening a device or a pipe can do something, so it is looked at without that first.
    let place = File::options().read(true).custom_flags(libc::O_PATH).open(path)?;
    if !place.metadata()?.is_file() {
        return Ok(None);
    }
    let file = File::open(format!("/proc/self/fd/{}", place.as_raw_fd()))?;
    let metadata = file.metadata()?;
    let key = key(&metadata);
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(image) = known().get(&key) {
        return Ok(image.clone());
    }
    let image = Image::of(file).map(Arc::new);
    let mut known = known();
    if known.len() >= MOST {
        known.clear();
    }
    known.insert(key, image.clone());
    Ok(image)
}

fn key(file: &Metadata) -> Key {
    (file.dev(), file.ino(), file.size(), file.ctime(), file.ctime_nsec())
}

#[cfg(test)]
mod tests {
    use super::image;
    use std::fs;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::OpenOptionsExt;
    use std::path::Path;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    #[test]
    fn what_is_no_go_program_is_none() {
        for path in ["/bin/sh", "/proc/self/status", "/dev/zero"] {
            assert!(image(Path::new(path)).unwrap().is_none(), "{path}");
        }
        assert!(image(Path::new("/nowhere")).is_err());
    }

    #[test]
    fn a_pipe_is_not_even_opened() {
        let path = std::env::temp_dir().join(format!("gosbrk-pipe-{}", std::process::id()));
        let name = std::ffi::CString::new(path.as_os_str().as_bytes()).unwrap();
        // SAFETY: the name ends in a NUL.
        assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
        let waits = AtomicBool::new(true);
        std::thread::scope(|threads| {
            // It waits until somebody opens the other end.
            threads.spawn(|| {
                drop(fs::OpenOptions::new().write(true).open(&path).unwrap());
                waits.store(false, Ordering::SeqCst);
            });
            std::thread::sleep(Duration::from_millis(50));
            assert!(image(&path).unwrap().is_none());
            std::thread::sleep(Duration::from_millis(50));
            let waited = waits.load(Ordering::SeqCst);
            // Lets the other thread go on, whenever it gets there.
            let mut other = fs::OpenOptions::new();
            other.read(true).custom_flags(libc::O_NONBLOCK);
            while waits.load(Ordering::SeqCst) {
                drop(other.open(&path).unwrap());
                std::thread::sleep(Duration::from_millis(1));
            }
            assert!(waited, "it was opened");
        });
        fs::remove_file(&path).unwrap();
    }

    #[test]
    fn a_file_that_is_another_one_is_read_anew() {
        let path = std::env::temp_dir().join(format!("gosbrk-image-{}", std::process::id()));
        fs::write(&path, "no program").unwrap();
        assert!(image(&path).unwrap().is_none());
        let Some(go) = go_program() else { return };
        let first = image(&go).unwrap().expect("Go is in it");
        assert!(Arc::ptr_eq(&first, &image(&go).unwrap().unwrap()), "read once");
        fs::copy(&go, &path).unwrap();
        let copy = image(&path).unwrap().expect("it is another one now");
        assert!(!Arc::ptr_eq(&first, &copy));
        fs::remove_file(&path).unwrap();
        assert!(image(&path).is_err());
    }

    /// The go command itself, where there is one.
    fn go_program() -> Option<std::path::PathBuf> {
        let output = std::process::Command::new("go").args(["env", "GOROOT"]).output().ok()?;
        let root = String::from_utf8(output.stdout).ok()?;
        Some(Path::new(root.trim()).join("bin/go")).filter(|go| go.is_file())
    }
}
