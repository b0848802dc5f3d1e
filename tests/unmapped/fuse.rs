//! A file system of this process: one folder with files in memory, through `/dev/fuse`. It has
//! the kernel keep nothing of a file (`FOPEN_DIRECT_IO`), so a file cannot be mapped shared.
//! The numbers are those of the kernel's `fuse.h`, protocol 7.31.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

const LOOKUP: u32 = 1;
const FORGET: u32 = 2;
const GETATTR: u32 = 3;
const SETATTR: u32 = 4;
const UNLINK: u32 = 10;
const OPEN: u32 = 14;
const READ: u32 = 15;
const WRITE: u32 = 16;
const RELEASE: u32 = 18;
const FLUSH: u32 = 25;
const INIT: u32 = 26;
const CREATE: u32 = 35;
const INTERRUPT: u32 = 36;
const BATCH_FORGET: u32 = 42;
const FALLOCATE: u32 = 43;

/// The folder's number.
const ROOT: u64 = 1;
/// Most bytes that come with one request.
const MOST: usize = 128 << 10;
const HEADER: usize = 40;
const DIRECT_IO: u32 = 1;

/// Mounts it on a folder, for the calling thread and what it starts, which get a mount
/// namespace of their own. It is served by a thread, until nobody has the namespace any more.
///
/// # Errors
/// The kernel has no FUSE, or this process may not mount.
pub fn mount(folder: &Path, allocates: bool) -> io::Result<()> {
    let device = File::options().read(true).write(true).open("/dev/fuse")?;
    // SAFETY: it changes which mounts this thread sees, and no memory.
    checked(unsafe { libc::unshare(libc::CLONE_NEWNS) })?;
    let text = |text: &[u8]| CString::new(text).unwrap();
    let (root, none, kind) = (text(b"/"), text(b"none"), text(b"fuse.gosbrk"));
    let options = format!("fd={},rootmode=40000,user_id=0,group_id=0", device.as_raw_fd());
    let (options, folder) = (text(options.as_bytes()), text(folder.as_os_str().as_bytes()));
    let private = libc::MS_REC | libc::MS_PRIVATE;
    // SAFETY: texts that end in NUL, and nothing else.
    checked(unsafe {
        libc::mount(none.as_ptr(), root.as_ptr(), std::ptr::null(), private, std::ptr::null())
    })?;
    let flags = libc::MS_NOSUID | libc::MS_NODEV;
    // SAFETY: as above.
    checked(unsafe {
        libc::mount(kind.as_ptr(), folder.as_ptr(), kind.as_ptr(), flags, options.as_ptr().cast())
    })?;
    std::thread::spawn(move || Served { device, allocates, files: BTreeMap::new() }.serve());
    Ok(())
}

fn checked(result: libc::c_int) -> io::Result<()> {
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

struct Served {
    device: File,
    /// Whether `fallocate` gives files their place.
    allocates: bool,
    /// By their numbers: names, and what is in them.
    files: BTreeMap<u64, (Vec<u8>, Vec<u8>)>,
}

impl Served {
    fn serve(mut self) {
        let mut buffer = vec![0; MOST + 4096];
        // It ends with an error when the file system is unmounted.
        while let Ok(n) = self.device.read(&mut buffer) {
            let request = buffer[..n].to_vec();
            let (operation, unique) = (word(&request, 4), long(&request, 8));
            if [FORGET, BATCH_FORGET, INTERRUPT].contains(&operation) {
                continue;
            }
            let answer = self.answer(operation, long(&request, 16), &request[HEADER..]);
            let (error, body) = answer.map_or_else(|errno| (-errno, Vec::new()), |body| (0, body));
            let size = u32::try_from(16 + body.len()).unwrap();
            let head = [&size.to_le_bytes()[..], &error.to_le_bytes(), &unique.to_le_bytes()];
            let _ = self.device.write(&[head.concat(), body].concat());
        }
    }

    fn answer(&mut self, operation: u32, node: u64, body: &[u8]) -> Result<Vec<u8>, i32> {
        match operation {
            INIT => {
                let mut answer = vec![0; 64];
                put(&mut answer, 0, &[7, 31, 1 << 16, 0]);
                put(&mut answer, 20, &[u32::try_from(MOST).unwrap(), 1]);
                Ok(answer)
            }
            LOOKUP => self.entry(self.find(body)?),
            CREATE => {
                let name = body[16..].split(|&byte| byte == 0).next().unwrap().to_vec();
                let new = self.files.keys().last().map_or(ROOT, |last| *last) + 1;
                self.files.insert(new, (name, Vec::new()));
                Ok([self.entry(new)?, opened()].concat())
            }
            UNLINK => {
                let file = self.find(body)?;
                // Whoever has it open keeps it.
                self.files.get_mut(&file).unwrap().0.clear();
                Ok(Vec::new())
            }
            OPEN => Ok(opened()),
            GETATTR => self.attributes(node),
            SETATTR => {
                // Bit 3: a size.
                if word(body, 0) & 8 != 0 {
                    self.file(node)?.resize(usize::try_from(long(body, 16)).unwrap(), 0);
                }
                self.attributes(node)
            }
            READ => {
                let (from, n) = (long(body, 8), word(body, 16));
                let file = self.file(node)?;
                let from = file.len().min(usize::try_from(from).unwrap());
                Ok(file[from..file.len().min(from + n as usize)].to_vec())
            }
            WRITE => {
                let (at, n) = (usize::try_from(long(body, 8)).unwrap(), word(body, 16) as usize);
                let file = self.file(node)?;
                file.resize(file.len().max(at + n), 0);
                file[at..at + n].copy_from_slice(&body[40..40 + n]);
                let mut answer = vec![0; 8];
                put(&mut answer, 0, &[u32::try_from(n).unwrap()]);
                Ok(answer)
            }
            FALLOCATE if self.allocates => {
                let end = usize::try_from(long(body, 8) + long(body, 16)).unwrap();
                let file = self.file(node)?;
                file.resize(file.len().max(end), 0);
                Ok(Vec::new())
            }
            FLUSH | RELEASE => Ok(Vec::new()),
            _ => Err(libc::ENOSYS),
        }
    }

    fn find(&self, name: &[u8]) -> Result<u64, i32> {
        let name = name.split(|&byte| byte == 0).next().unwrap();
        let found = self.files.iter().find(|(_, file)| file.0 == name);
        found.map(|(number, _)| *number).ok_or(libc::ENOENT)
    }

    fn file(&mut self, node: u64) -> Result<&mut Vec<u8>, i32> {
        self.files.get_mut(&node).map(|file| &mut file.1).ok_or(libc::ESTALE)
    }

    fn entry(&self, node: u64) -> Result<Vec<u8>, i32> {
        Ok([&node.to_le_bytes()[..], &[0; 32], &self.attributes(node)?[16..]].concat())
    }

    /// Good for no time, and then the attributes.
    fn attributes(&self, node: u64) -> Result<Vec<u8>, i32> {
        let (size, mode) = match self.files.get(&node) {
            _ if node == ROOT => (0, libc::S_IFDIR | 0o755),
            Some(file) => (file.1.len() as u64, libc::S_IFREG | 0o644),
            None => return Err(libc::ESTALE),
        };
        let mut answer = vec![0; 104];
        for (at, number) in [(16, node), (24, size), (32, size.div_ceil(512))] {
            answer[at..at + 8].copy_from_slice(&number.to_le_bytes());
        }
        put(&mut answer, 76, &[mode, 1]);
        put(&mut answer, 96, &[4096]);
        Ok(answer)
    }
}

fn opened() -> Vec<u8> {
    let mut answer = vec![0; 16];
    put(&mut answer, 8, &[DIRECT_IO]);
    answer
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

fn long(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}

fn put(bytes: &mut [u8], at: usize, words: &[u32]) {
    for (to, word) in bytes[at..].chunks_mut(4).zip(words) {
        to.copy_from_slice(&word.to_le_bytes());
    }
}
