//! System calls by name: what programs make, and what the documentation says.

use super::{Ended, Watch, supervise};
use crate::common::root;
use libc::c_long;
use std::collections::BTreeSet;
use std::fs::read_to_string;
use std::process::Command;

/// Names of system calls.
pub type Names = BTreeSet<String>;

macro_rules! named {
    ($($name:ident $number:ident,)*) => {
        /// Names and numbers of the calls that are told of by name.
        const NAMED: &[(&str, c_long)] = &[$((stringify!($name), libc::$number),)*];
    };
}

named! {
    read SYS_read,
    write SYS_write,
    close SYS_close,
    fstat SYS_fstat,
    mmap SYS_mmap,
    mprotect SYS_mprotect,
    munmap SYS_munmap,
    brk SYS_brk,
    rt_sigaction SYS_rt_sigaction,
    rt_sigprocmask SYS_rt_sigprocmask,
    rt_sigreturn SYS_rt_sigreturn,
    ioctl SYS_ioctl,
    pread64 SYS_pread64,
    pwrite64 SYS_pwrite64,
    flock SYS_flock,
    getppid SYS_getppid,
    unlinkat SYS_unlinkat,
    fallocate SYS_fallocate,
    pwritev SYS_pwritev,
    sched_yield SYS_sched_yield,
    mremap SYS_mremap,
    msync SYS_msync,
    mincore SYS_mincore,
    madvise SYS_madvise,
    nanosleep SYS_nanosleep,
    setitimer SYS_setitimer,
    getpid SYS_getpid,
    clone SYS_clone,
    execve SYS_execve,
    exit SYS_exit,
    fcntl SYS_fcntl,
    sigaltstack SYS_sigaltstack,
    prctl SYS_prctl,
    gettid SYS_gettid,
    futex SYS_futex,
    sched_getaffinity SYS_sched_getaffinity,
    restart_syscall SYS_restart_syscall,
    timer_create SYS_timer_create,
    timer_settime SYS_timer_settime,
    timer_delete SYS_timer_delete,
    clock_gettime SYS_clock_gettime,
    exit_group SYS_exit_group,
    epoll_ctl SYS_epoll_ctl,
    tgkill SYS_tgkill,
    openat SYS_openat,
    newfstatat SYS_newfstatat,
    readlinkat SYS_readlinkat,
    set_robust_list SYS_set_robust_list,
    epoll_pwait SYS_epoll_pwait,
    eventfd2 SYS_eventfd2,
    epoll_create1 SYS_epoll_create1,
    pipe2 SYS_pipe2,
    prlimit64 SYS_prlimit64,
    getrandom SYS_getrandom,
    rseq SYS_rseq,
    clone3 SYS_clone3,
}

/// The call that only x86-64 has.
#[cfg(target_arch = "x86_64")]
const ARCH_PRCTL: Option<(&str, c_long)> = Some(("arch_prctl", libc::SYS_arch_prctl));
#[cfg(not(target_arch = "x86_64"))]
const ARCH_PRCTL: Option<(&str, c_long)> = None;

fn known() -> impl Iterator<Item = &'static (&'static str, c_long)> {
    NAMED.iter().chain(&ARCH_PRCTL)
}

/// The name of a call, or its number.
fn name(number: c_long) -> String {
    let known = known().find(|named| named.1 == number);
    known.map_or_else(|| format!("call {number}"), |named| named.0.to_owned())
}

/// The number of a call.
pub fn number(name: &str) -> c_long {
    let known = known().find(|named| named.0 == name);
    known.unwrap_or_else(|| panic!("no number is known for the system call {name}")).1
}

/// Runs a program and gives the calls that it makes once it is started.
pub fn made(command: Command) -> (Ended, Names) {
    let mut names = Names::new();
    let ended = supervise(command, &Watch::All, |call| {
        names.insert(name(call.number));
        None
    });
    (ended.unwrap(), names)
}

/// Who makes calls, by the table of docs/system-calls.md: its columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Library = 1,
    WholeProgram = 2,
}

/// The calls that the table of docs/system-calls.md has for someone.
pub fn documented(who: Who) -> Names {
    names("\n| call | library | whole program |", |cells| cells[who as usize] == "yes")
}

/// The calls that it has for a recorder, whosever.
pub fn of_recorder() -> Names {
    names("\n| recorder's call |", |_| true)
}

fn names(table: &str, is_meant: impl Fn(&[&str]) -> bool) -> Names {
    let text = read_to_string(root().join("docs/system-calls.md")).unwrap();
    let (_, table) = text.split_once(table).expect("no table");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let cells = rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>());
    let cells = cells.filter(|cells| is_meant(cells));
    // Names are between backticks: every second part.
    cells.flat_map(|cells| cells[0].split('`').skip(1).step_by(2).map(str::to_owned)).collect()
}
