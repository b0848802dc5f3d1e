//! System calls that fail on demand: the kernel hands those that the library
//! makes to a signal handler of the test, which makes them itself, or does not.
//!
//! A filter (seccomp) once installed stays for good, so this is for a process
//! that has nothing else to do. One thread at a time.

#[cfg_attr(target_arch = "x86_64", path = "trap/x86_64.rs")]
#[cfg_attr(target_arch = "aarch64", path = "trap/aarch64.rs")]
mod machine;

use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering::Relaxed};

// In the assembly of the machine.
unsafe extern "C" {
    fn gosbrk_test_syscall(number: libc::c_long, args: *const i64) -> i64;
    fn gosbrk_test_syscall_done();
}

/// Makes a system call.
///
/// # Safety
/// What the call asks of its caller.
unsafe fn call(number: libc::c_long, args: &[i64; 6]) -> i64 {
    // SAFETY: the caller's promise; it reads six arguments.
    unsafe { gosbrk_test_syscall(number, args.as_ptr()) }
}

/// The address that the kernel sees calls of [`call`] come from.
fn call_done() -> usize {
    (gosbrk_test_syscall_done as *const ()).addr()
}

/// What the library asks of the kernel for the segment and its records.
const WATCHED: [libc::c_long; 5] =
    [libc::SYS_mmap, libc::SYS_munmap, libc::SYS_mremap, libc::SYS_madvise, libc::SYS_mprotect];

/// What comes of the call that is to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The kernel's error number; nothing was done.
    Errno(i32),
    /// A mapping is made, but elsewhere, as kernels before 4.17 do, for which
    /// `MAP_FIXED_NOREPLACE` is a hint. Other calls fail with `ENOMEM`.
    Elsewhere,
}

static ARMED: AtomicBool = AtomicBool::new(false);
static CALLS: AtomicUsize = AtomicUsize::new(0);
/// The number of the call that fails, and how: an error number, or 0.
static FAILS: AtomicUsize = AtomicUsize::new(usize::MAX);
static HOW: AtomicI64 = AtomicI64::new(0);
/// The system calls that fail every time, a bit for each of those watched.
static REFUSED: AtomicUsize = AtomicUsize::new(0);
/// A range that the library gave back, and the kernel pretended not to take.
static KEPT: [AtomicUsize; 2] = [AtomicUsize::new(0), AtomicUsize::new(0)];

/// Installs filter and handler for this thread.
pub fn install() {
    let handler: extern "C" fn(i32, *mut libc::siginfo_t, *mut libc::c_void) = on_sigsys;
    // SAFETY: all zero is a valid action, filled in below.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handler as usize;
    action.sa_flags = libc::SA_SIGINFO;
    // SAFETY: the handler touches nothing but atomics and its context.
    assert_eq!(unsafe { libc::sigaction(libc::SIGSYS, &raw const action, null_mut()) }, 0);

    let mut filter = filter();
    let program =
        libc::sock_fprog { len: u16::try_from(filter.len()).unwrap(), filter: filter.as_mut_ptr() };
    // SAFETY: no memory is passed.
    assert_eq!(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) }, 0);
    let mode = libc::SECCOMP_MODE_FILTER;
    // SAFETY: the kernel copies the filter.
    assert_eq!(unsafe { libc::prctl(libc::PR_SET_SECCOMP, mode, &raw const program) }, 0);
}

/// Runs `body` with its call number `k`, from 0, failing. Gives what it gives and
/// how many calls it made.
pub fn with<T>(k: usize, failure: Failure, body: impl FnOnce() -> T) -> (T, usize) {
    HOW.store(if let Failure::Errno(errno) = failure { errno.into() } else { 0 }, Relaxed);
    FAILS.store(k, Relaxed);
    CALLS.store(0, Relaxed);
    ARMED.store(true, Relaxed);
    let result = body();
    ARMED.store(false, Relaxed);
    let [at, n] = [0, 1].map(|i| KEPT[i].swap(0, Relaxed));
    if n != 0 {
        // SAFETY: the library is done with it.
        unsafe { libc::munmap(std::ptr::with_exposed_provenance_mut(at), n) };
    }
    (result, CALLS.load(Relaxed))
}

/// Runs `body` with all calls of some of those watched failing, as under a filter.
pub fn without<T>(refused: &[libc::c_long], body: impl FnOnce() -> T) -> T {
    let bit = |number| 1 << WATCHED.iter().position(|watched| watched == number).unwrap();
    REFUSED.store(refused.iter().fold(0, |bits, number| bits | bit(number)), Relaxed);
    let (result, _) = with(usize::MAX, Failure::Errno(libc::EPERM), body);
    REFUSED.store(0, Relaxed);
    result
}

/// Traps the watched calls unless they come from the handler.
fn filter() -> Vec<libc::sock_filter> {
    const LOAD: u32 = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
    const EQUAL: u32 = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
    const RETURN: u32 = libc::BPF_RET | libc::BPF_K;
    // Offsets in struct seccomp_data.
    const NUMBER: u32 = 0;
    const POINTER: u32 = 8;
    let op = |code, jt, jf, k| libc::sock_filter { code: u16::try_from(code).unwrap(), jt, jf, k };
    let [low, high] = halves(call_done() as u64);
    let watched = u8::try_from(WATCHED.len()).unwrap();
    let mut filter = vec![
        op(LOAD, 0, 0, POINTER),
        op(EQUAL, 0, 3, low),
        op(LOAD, 0, 0, POINTER + 4),
        op(EQUAL, 0, 1, high),
        op(RETURN, 0, 0, libc::SECCOMP_RET_ALLOW),
        op(LOAD, 0, 0, NUMBER),
    ];
    for (i, number) in (0..).zip(WATCHED) {
        filter.push(op(EQUAL, watched - i, 0, u32::try_from(number).unwrap()));
    }
    filter.push(op(RETURN, 0, 0, libc::SECCOMP_RET_ALLOW));
    filter.push(op(RETURN, 0, 0, libc::SECCOMP_RET_TRAP));
    filter
}

#[expect(clippy::cast_possible_truncation, reason = "halves")]
fn halves(n: u64) -> [u32; 2] {
    [n as u32, (n >> 32) as u32]
}

extern "C" fn on_sigsys(_: i32, _: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: the kernel passes the context of the interrupted call.
    let context = unsafe { &mut *context.cast::<libc::ucontext_t>() };
    let (number, mut args) = machine::trapped(context);
    let watched = WATCHED.iter().position(|watched| *watched == number);
    let refused = watched.is_some_and(|i| REFUSED.load(Relaxed) >> i & 1 == 1);
    let fails =
        ARMED.load(Relaxed) && (CALLS.fetch_add(1, Relaxed) == FAILS.load(Relaxed) || refused);
    let elsewhere = HOW.load(Relaxed) == 0 && number == libc::SYS_mmap;
    let result = if fails && !elsewhere {
        if number == libc::SYS_munmap {
            for (kept, arg) in KEPT.iter().zip(args) {
                kept.store(usize::try_from(arg).unwrap_or(0), Relaxed);
            }
        }
        match HOW.load(Relaxed) {
            0 => -i64::from(libc::ENOMEM),
            errno => -errno,
        }
    } else {
        if fails {
            args[0] = 0;
            args[3] &= !i64::from(libc::MAP_FIXED_NOREPLACE);
        }
        // SAFETY: the call that was trapped, or one that maps fresh memory.
        unsafe { call(number, &args) }
    };
    machine::give(context, result);
}
