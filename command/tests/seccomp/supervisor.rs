//! The parent's side: starts the program and answers each reported call.

use super::filter::{self, Watch};
use libc::{c_int, c_long, seccomp_notif, seccomp_notif_resp};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Resource, Rlimit, pidfd_open, setrlimit};
use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

/// A program that takes longer hangs. This is no measurement: the guests take less than a
/// second.
const GUARD: Duration = Duration::from_secs(120);

/// A system call that a program wants to make.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    pub number: c_long,
    pub args: [u64; 6],
}

/// How a program ended.
#[derive(Debug)]
pub struct Ended {
    /// `None`: it hung and was killed.
    pub status: Option<ExitStatus>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    pub fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }
}

/// Runs a program and asks `answer` about each watched call. `None` lets the call go on,
/// an error number refuses it.
///
/// # Errors
/// The program cannot be started under a filter.
pub fn supervise(
    mut command: Command,
    watch: &Watch,
    answer: impl FnMut(&Call) -> Option<c_int>,
) -> io::Result<Ended> {
    // Files, because nobody would read from a pipe in time.
    let [stdout, stderr] = [tempfile::tempfile()?, tempfile::tempfile()?];
    let (ours, theirs) = UnixStream::pair()?;
    let mut program = filter::program(watch);
    command.stdout(stdout.try_clone()?).stderr(stderr.try_clone()?);
    let start = move || {
        let none = Rlimit { current: Some(0), maximum: Some(0) };
        setrlimit(Resource::Core, none)?;
        filter::hand_over(&mut program, &theirs)
    };
    // SAFETY: it makes system calls, and allocates nothing.
    unsafe { command.pre_exec(start) };
    let mut child = command.spawn()?;
    let served = filter::receive(&ours).and_then(|listener| serve(&listener, &child, answer));
    if !matches!(served, Ok(true)) {
        child.kill()?;
    }
    let status = child.wait()?;
    let status = served?.then_some(status);
    Ok(Ended { status, stdout: whole(stdout)?, stderr: whole(stderr)? })
}

fn whole(mut file: File) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(crate::common::text(&bytes))
}

/// Answers until the program has ended. False: it hangs.
fn serve(
    listener: &OwnedFd,
    child: &Child,
    mut answer: impl FnMut(&Call) -> Option<c_int>,
) -> io::Result<bool> {
    let process = pidfd_open(Pid::from_child(child), PidfdFlags::empty())?;
    // Both sides run on one processor, which makes a round trip cheaper (Linux 6.6).
    let one_processor: libc::c_ulong = 1;
    // SAFETY: the operation takes a number.
    unsafe {
        libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SET_FLAGS, one_processor)
    };
    let end = Instant::now() + GUARD;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let timeout = Timespec::try_from(left).unwrap();
        let mut fds = [PollFd::new(listener, PollFlags::IN), PollFd::new(&process, PollFlags::IN)];
        match poll(&mut fds, Some(&timeout)) {
            Ok(0) => return Ok(false),
            Err(rustix::io::Errno::INTR) => continue,
            result => result?,
        };
        let [called, ended] = fds.map(|fd| fd.revents().contains(PollFlags::IN));
        if called {
            serve_one(listener, &mut answer)?;
        } else if ended {
            return Ok(true);
        }
    }
}

/// Answers one call. Its thread can vanish before or after that, when another thread ends
/// the process.
fn serve_one(
    listener: &OwnedFd,
    answer: &mut impl FnMut(&Call) -> Option<c_int>,
) -> io::Result<()> {
    let vanished = |result: io::Result<()>| match result {
        Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(true),
        other => other.map(|()| false),
    };
    // SAFETY: it is made of numbers, and the kernel wants it zeroed.
    let mut notice: seccomp_notif = unsafe { std::mem::zeroed() };
    // SAFETY: the operation takes such a notice.
    let received = unsafe { filter::ioctl(listener, libc::SECCOMP_IOCTL_NOTIF_RECV, &mut notice) };
    if vanished(received)? {
        return Ok(());
    }
    let call = Call { number: notice.data.nr.into(), args: notice.data.args };
    let mut reply = seccomp_notif_resp { id: notice.id, val: 0, error: 0, flags: 0 };
    match answer(&call) {
        Some(errno) => reply.error = -errno,
        None => reply.flags = libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE.try_into().unwrap(),
    }
    // SAFETY: the operation takes such a reply.
    let sent = unsafe { filter::ioctl(listener, libc::SECCOMP_IOCTL_NOTIF_SEND, &mut reply) };
    vanished(sent).map(|_| ())
}
