//! The filter, and the child's side: it installs the filter and sends the listener, the
//! file descriptor that reports calls, to its parent.

use libc::{c_long, c_uint, sock_filter};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, IntoRawFd, OwnedFd};
use std::os::unix::net::UnixStream;

/// The system calls that are reported to the supervisor.
#[derive(Debug)]
pub enum Watch {
    /// Calls with these numbers.
    Only(Vec<c_long>),
    /// All but those that the child makes before anybody listens.
    All,
}

/// The calls that the child makes between installing the filter and the program's start.
const BEFORE: [c_long; 2] = [libc::SYS_sendmsg, libc::SYS_execve];

/// The filter as a BPF program.
pub fn program(watch: &Watch) -> Vec<sock_filter> {
    let step = |code: c_uint, jf, k| sock_filter { code: code.try_into().unwrap(), jt: 0, jf, k };
    let give = |verdict| step(libc::BPF_RET | libc::BPF_K, 0, verdict);
    let (numbers, verdict, otherwise) = match watch {
        Watch::Only(calls) => (&calls[..], libc::SECCOMP_RET_USER_NOTIF, libc::SECCOMP_RET_ALLOW),
        Watch::All => (&BEFORE[..], libc::SECCOMP_RET_ALLOW, libc::SECCOMP_RET_USER_NOTIF),
    };
    // The first field of seccomp_data is the number.
    let load = step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0);
    let equal = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
    let mut filter = vec![load];
    for &number in numbers {
        filter.extend([step(equal, 1, number.try_into().unwrap()), give(verdict)]);
    }
    filter.push(give(otherwise));
    filter
}

/// Installs the filter in this process and sends the listener through the socket. It runs
/// between fork and exec, so it makes system calls only.
pub fn hand_over(filter: &mut [sock_filter], to: &UnixStream) -> io::Result<()> {
    // Required of users other than root.
    // SAFETY: it changes a flag of this process.
    let done = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    if done != 0 {
        return Err(io::Error::last_os_error());
    }
    // With this flag (Linux 5.19), a signal does not interrupt a reported call. Such a call
    // would be restarted and counted twice.
    let once = libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
    let listener = install(filter, once).or_else(|_| install(filter, 0))?;
    let fds = [listener.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    control.push(SendAncillaryMessage::ScmRights(&fds));
    let sent = sendmsg(to, &[IoSlice::new(b"!")], &mut control, SendFlags::empty());
    // exec closes it. Closing it here would be a call that nobody answers.
    let _ = listener.into_raw_fd();
    sent?;
    Ok(())
}

fn install(filter: &mut [sock_filter], flags: libc::c_ulong) -> io::Result<OwnedFd> {
    let length = filter.len().try_into().map_err(|_| io::ErrorKind::InvalidInput)?;
    let program = libc::sock_fprog { len: length, filter: filter.as_mut_ptr() };
    let flags = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER | flags;
    let mode = libc::SECCOMP_SET_MODE_FILTER;
    // SAFETY: the kernel copies the filter, which is as long as it says.
    let fd = unsafe { libc::syscall(libc::SYS_seccomp, mode, flags, &raw const program) };
    match fd.try_into() {
        // SAFETY: the kernel has opened it just now.
        Ok(fd) if fd >= 0 => Ok(unsafe { OwnedFd::from_raw_fd(fd) }),
        _ => Err(io::Error::last_os_error()),
    }
}

/// The other end of [`hand_over`].
pub fn receive(from: &UnixStream) -> io::Result<OwnedFd> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    recvmsg(from, &mut [IoSliceMut::new(&mut byte)], &mut control, RecvFlags::CMSG_CLOEXEC)?;
    let fds = control.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(fds) => Some(fds),
        _ => None,
    });
    fds.flatten().next().ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

/// An operation on the listener, repeated when a signal interrupts it.
///
/// # Safety
/// The operation takes such an argument.
pub unsafe fn ioctl<T>(fd: &OwnedFd, operation: libc::Ioctl, argument: &mut T) -> io::Result<()> {
    loop {
        // SAFETY: the caller's promise.
        if unsafe { libc::ioctl(fd.as_raw_fd(), operation, &raw mut *argument) } >= 0 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}
