//! `/proc/PID`: what a process maps, its memory, and who may read it.

use crate::trouble::{Kind, Result, Trouble};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::PathBuf;

/// The size of the kernel's pages: 4, 16 or 64 KiB on arm64.
#[must_use]
pub fn page() -> u64 {
    // SAFETY: it reads a number that always exists.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    u64::try_from(page).unwrap_or(4096).max(1)
}

/// Most bytes of a command line that are read: a process can make its own as long as its memory.
const COMMAND: u64 = 1 << 12;

/// A process, known by its number and by when it started.
#[derive(Debug)]
pub struct Process {
    /// Its number.
    pub pid: i32,
    /// Clock ticks from boot to its start, so that a number used again is noticed.
    started: u64,
}

/// One range of the address space.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    /// The first address.
    pub start: u64,
    /// The address behind the last.
    pub end: u64,
    /// `rw-p` and so on.
    pub permissions: String,
    /// Where in the file it begins.
    pub offset: u64,
    /// The file's number, 0 without a file.
    pub inode: u64,
    /// The file, a name in brackets, or nothing.
    pub name: String,
    /// Resident bytes.
    pub rss: u64,
    /// Bytes that were moved to swap.
    pub swap: u64,
}

impl Process {
    /// The process with this number.
    ///
    /// # Errors
    /// When there is none.
    pub fn open(pid: i32) -> Result<Self> {
        let gone = || Trouble::new(Kind::Gone, format!("there is no process {pid}"));
        let started = started(pid).ok_or_else(gone)?;
        Ok(Self { pid, started })
    }

    /// Whether it still runs; a zombie does not.
    #[must_use]
    pub fn runs(&self) -> bool {
        started(self.pid) == Some(self.started)
    }

    /// A file of `/proc/PID`.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{name}", self.pid))
    }

    /// The text of a file of `/proc/PID`.
    ///
    /// # Errors
    /// When it may not be read, or the process is gone.
    pub fn text(&self, name: &str) -> Result<String> {
        let bytes = fs::read(self.file(name)).map_err(|error| self.trouble(&error, name))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The command line, as it was given, but no more than `COMMAND` bytes of it; nothing where
    /// the process has none.
    #[must_use]
    pub fn arguments(&self) -> Vec<String> {
        let mut bytes = Vec::new();
        // Of one that may not be read there is nothing.
        let _ =
            File::open(self.file("cmdline")).map(|file| file.take(COMMAND).read_to_end(&mut bytes));
        let line = String::from_utf8_lossy(&bytes);
        let line = line.trim_end_matches('\0');
        if line.is_empty() { Vec::new() } else { line.split('\0').map(Into::into).collect() }
    }

    /// The command line on one line, with the program's name but not its folder. The
    /// process's name where it has none.
    #[must_use]
    pub fn command(&self) -> String {
        let mut words = self.arguments();
        let Some(program) = words.first_mut() else { return self.name() };
        *program = base(program).to_owned();
        plain(&words.join(" "))
    }

    /// The process's short name.
    #[must_use]
    pub fn name(&self) -> String {
        let name = self.text("comm").unwrap_or_default();
        plain(name.trim_end())
    }

    /// Every range of its address space.
    ///
    /// # Errors
    /// When it may not be read, or the process is gone.
    pub fn mappings(&self) -> Result<Vec<Mapping>> {
        let text = self.text("smaps")?;
        if text.is_empty() {
            return Err(if self.runs() {
                Trouble::new(Kind::NotGo, format!("process {} has no memory of its own", self.pid))
            } else {
                self.gone()
            });
        }
        Ok(parse_smaps(&text))
    }

    /// Fills `into` from the process's memory.
    ///
    /// # Errors
    /// When the range is not mapped, may not be read, or the process is gone.
    pub fn read(&self, address: u64, into: &mut [u8]) -> Result<()> {
        let what = format!("the memory at {address:#x}");
        let mut done = 0;
        while done < into.len() {
            let rest = &mut into[done..];
            let local = libc::iovec { iov_base: rest.as_mut_ptr().cast(), iov_len: rest.len() };
            let remote = libc::iovec {
                iov_base: (address + done as u64) as *mut libc::c_void,
                iov_len: rest.len(),
            };
            // SAFETY: `local` is the one range that is written, and it is `rest`, borrowed
            // mutably; `remote` is of another address space.
            let n = unsafe {
                libc::process_vm_readv(self.pid, &raw const local, 1, &raw const remote, 1, 0)
            };
            match usize::try_from(n) {
                Ok(0) => return Err(Trouble::new(Kind::Unknown, format!("{what} cannot be read"))),
                Ok(n) => done += n,
                Err(_) => {
                    let error = io::Error::last_os_error();
                    // Containers filter the system call where the file may still be read.
                    let file = File::open(self.file("mem"));
                    let read =
                        file.and_then(|file| file.read_exact_at(rest, address + done as u64));
                    return read.map_err(|_| self.trouble(&error, &what));
                }
            }
        }
        Ok(())
    }

    /// A vector of bytes from the process's memory.
    ///
    /// # Errors
    /// As for [`Self::read`].
    pub fn bytes(&self, address: u64, size: usize) -> Result<Vec<u8>> {
        let mut bytes = vec![0; size];
        self.read(address, &mut bytes)?;
        Ok(bytes)
    }

    /// Words from the process's memory.
    ///
    /// # Errors
    /// As for [`Self::read`].
    pub fn words(&self, address: u64, count: usize) -> Result<Vec<u64>> {
        let bytes = self.bytes(address, count * 8)?;
        Ok(bytes.chunks_exact(8).map(|word| word_at(word, 0)).collect())
    }

    /// A word from the process's memory.
    ///
    /// # Errors
    /// As for [`Self::read`].
    pub fn word(&self, address: u64) -> Result<u64> {
        Ok(self.words(address, 1)?[0])
    }

    /// `/proc/PID/pagemap`.
    ///
    /// # Errors
    /// When it may not be read, or the process is gone.
    pub fn pagemap(&self) -> Result<Pagemap> {
        let file = File::open(self.file("pagemap"));
        Ok(Pagemap(file.map_err(|error| self.trouble(&error, "pagemap"))?))
    }

    /// That it has ended.
    #[must_use]
    pub fn gone(&self) -> Trouble {
        Trouble::new(Kind::Gone, format!("process {} has ended", self.pid))
    }

    /// What an error of the kernel's means here, and what to do about it.
    #[must_use]
    pub fn trouble(&self, error: &io::Error, what: &str) -> Trouble {
        if !self.runs() {
            return self.gone();
        }
        let pid = self.pid;
        let denied = matches!(error.raw_os_error(), Some(libc::EPERM | libc::EACCES));
        if !denied {
            let kind =
                if error.kind() == ErrorKind::NotFound { Kind::NotGo } else { Kind::Unknown };
            return Trouble::new(kind, format!("process {pid}: {what}: {error}"));
        }
        // It can end just now.
        let Ok(owner) = fs::metadata(format!("/proc/{pid}")) else { return self.gone() };
        // SAFETY: it reads a number that always exists.
        let me = unsafe { libc::geteuid() };
        let (reason, hint) = why_denied(error, owner.uid(), me);
        let message = format!("process {pid}: {what} may not be read: {reason}");
        let trouble = Trouble::new(Kind::Denied, message).hint(hint);
        Trouble { is_other_user: is_other_user(owner.uid(), me), ..trouble }
    }
}

/// Whether a process may not be read because of its user alone.
const fn is_other_user(owner: u32, me: u32) -> bool {
    owner != me && me != 0
}

/// Why a user may not read the process of an owner, and what to do.
fn why_denied(error: &io::Error, owner: u32, me: u32) -> (String, String) {
    let give = "give it the capability CAP_SYS_PTRACE (in a container `docker run --cap-add=SYS_PTRACE`, in a pod `securityContext.capabilities.add: [SYS_PTRACE]`)";
    let capability = format!("run it as root, or {give}");
    let scope = fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope").unwrap_or_default();
    match scope.trim() {
        _ if is_other_user(owner, me) => (
            format!("it belongs to user {owner}, and this is user {me}"),
            format!("run it as that user, or {capability}"),
        ),
        "3" => (
            "kernel.yama.ptrace_scope is 3: nobody may read another process's memory".into(),
            "that lasts until the machine starts again with another value in /etc/sysctl.d".into(),
        ),
        scope @ ("1" | "2") => (
            format!("kernel.yama.ptrace_scope is {scope}"),
            format!("{capability}, or `sysctl kernel.yama.ptrace_scope=0`"),
        ),
        _ if me == 0 => (
            format!("{error}, though this is root"),
            format!(
                "where root has no CAP_SYS_PTRACE, {give}; otherwise the process is in another user namespace, or protected: look from outside of the container"
            ),
        ),
        _ => (
            format!(
                "{error}; it may have more rights than its user, or have made itself unreadable"
            ),
            capability,
        ),
    }
}

/// The name of a program without its folder. A title that a process gave itself, such as
/// `server: worker of /srv`, stays whole.
fn base(program: &str) -> &str {
    let folder = program.find('/').filter(|slash| !program[..*slash].contains(' '));
    let name = folder.and_then(|_| program.rsplit('/').next());
    name.filter(|name| !name.is_empty()).unwrap_or(program)
}

/// Text of a process for people: what a terminal would take for an order becomes a question mark.
#[must_use]
pub fn plain(text: &str) -> String {
    text.replace(char::is_control, "?")
}

/// Which pages are in memory.
#[derive(Debug)]
pub struct Pagemap(File);

impl Pagemap {
    /// How many of the pages from `start` to `end` are in memory.
    ///
    /// # Errors
    /// As the kernel says.
    pub fn count(&self, start: u64, end: u64) -> io::Result<u64> {
        let mut bytes = vec![0; 1 << 16];
        let (mut page, last) = (start / page(), end.div_ceil(page()));
        let mut count = 0;
        while page < last {
            let some = (last - page).min(1 << 13);
            let bytes = &mut bytes[..usize::try_from(some * 8).unwrap_or(0)];
            self.0.read_exact_at(bytes, page * 8)?;
            count += bytes.chunks_exact(8).filter(|word| word[7] >> 7 == 1).count() as u64;
            page += some;
        }
        Ok(count)
    }
}

/// The processes that can be seen from here.
#[must_use]
pub fn all() -> Vec<i32> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let names = entries.flatten().map(|entry| entry.file_name());
    names.filter_map(|name| name.to_str()?.parse().ok()).collect()
}

/// Whether a process has memory: threads of the kernel have none, and anybody may know that.
#[must_use]
pub fn has_memory(pid: i32) -> bool {
    let pages = fs::read_to_string(format!("/proc/{pid}/statm")).unwrap_or_default();
    pages.split(' ').next().is_some_and(|pages| pages != "0" && !pages.is_empty())
}

/// The little-endian word at an offset; 0 behind the end.
#[must_use]
pub fn word_at(bytes: &[u8], offset: usize) -> u64 {
    let word = bytes.get(offset..offset.saturating_add(8)).and_then(|word| word.try_into().ok());
    u64::from_le_bytes(word.unwrap_or_default())
}

/// A word as a number that may be below zero.
#[must_use]
pub const fn signed(word: u64) -> i64 {
    i64::from_ne_bytes(word.to_ne_bytes())
}

/// The lower half of a word.
#[must_use]
pub const fn low(word: u64) -> u32 {
    let [a, b, c, d, ..] = word.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

/// The lower half of a word as a number that may be below zero.
#[must_use]
pub const fn signed_low(word: u64) -> i32 {
    i32::from_le_bytes(low(word).to_le_bytes())
}

/// Field 22 of `stat`; nothing for a process that is gone or a zombie.
fn started(pid: i32) -> Option<u64> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    // The name may have spaces and brackets in it, so from its end on.
    let end = stat.iter().rposition(|&byte| byte == b')')?;
    let rest = String::from_utf8_lossy(&stat[end + 1..]).into_owned();
    let mut fields = rest.split_ascii_whitespace();
    let state = fields.next()?;
    if matches!(state, "Z" | "X" | "x") { None } else { fields.nth(18)?.parse().ok() }
}

fn parse_smaps(text: &str) -> Vec<Mapping> {
    let mut mappings: Vec<Mapping> = Vec::new();
    for line in text.lines() {
        let (key, value) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let kib = || value.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) * 1024;
        match (key, mappings.last_mut()) {
            ("Rss:", Some(last)) => last.rss = kib(),
            ("Swap:", Some(last)) => last.swap = kib(),
            _ if !key.ends_with(':') => mappings.extend(parse_mapping(line)),
            _ => {}
        }
    }
    mappings
}

fn parse_mapping(line: &str) -> Option<Mapping> {
    let mut rest = line;
    let mut field = || {
        let (field, tail) = rest.split_once(' ').unwrap_or((rest, ""));
        rest = tail.trim_start();
        field
    };
    let (start, end) = field().split_once('-')?;
    let permissions = field().to_owned();
    let offset = field();
    let _device = field();
    let inode = field().parse().ok()?;
    Some(Mapping {
        start: u64::from_str_radix(start, 16).ok()?,
        end: u64::from_str_radix(end, 16).ok()?,
        permissions,
        offset: u64::from_str_radix(offset, 16).ok()?,
        inode,
        name: rest.to_owned(),
        ..Mapping::default()
    })
}

#[cfg(test)]
mod tests;
