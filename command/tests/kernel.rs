//! The oldest kernel: the command and what it builds make no call that came after it. A
//! filter answers those as an older kernel does.

mod common;

use common::roots::gosbrk;
use common::{root, run, scratch, succeed, text};
use libc::{c_uint, sock_filter, sock_fprog};
use std::fs::{read_to_string, write};
use std::io::Error;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

/// As in the table of docs/install.md, and as `gosbrk doctor` has it.
const OLDEST: &str = "4.17";

/// The first system call on x86-64 that Linux 4.17 does not have: `io_pgetevents`, of 4.18.
/// Later ones have higher numbers.
const FIRST_UNKNOWN: c_uint = 333;

/// Has a command run as on the oldest kernel.
fn on_the_oldest(command: &mut Command) -> &mut Command {
    let step = |code: c_uint, jt, jf, k| sock_filter { code: code.try_into().unwrap(), jt, jf, k };
    let errno = c_uint::try_from(libc::ENOSYS).unwrap();
    let mut filter = [
        // The first field of seccomp_data is the number.
        step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0),
        step(libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K, 0, 1, FIRST_UNKNOWN),
        step(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ERRNO | errno),
        step(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let install = move || {
        let len = filter.len().try_into().unwrap_or_default();
        let program = sock_fprog { len, filter: filter.as_mut_ptr() };
        // SAFETY: it changes a flag of this process, which is a child.
        let flag = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
        let mode = libc::SECCOMP_MODE_FILTER;
        // SAFETY: the kernel copies the filter, which is as long as it says.
        let set = unsafe { libc::prctl(libc::PR_SET_SECCOMP, mode, &raw const program) };
        if flag == 0 && set == 0 { Ok(()) } else { Err(Error::last_os_error()) }
    };
    // SAFETY: between fork and exec the closure makes system calls only.
    unsafe { command.pre_exec(install) }
}

#[test]
fn the_filter_is_an_older_kernel() {
    // SAFETY: it has no arguments; flags of 1 << 30 are refused where there is the call.
    let call = || unsafe { libc::syscall(libc::SYS_pidfd_open, 1, 1 << 30) };
    let ends = move || {
        let known = call() == -1 && Error::last_os_error().raw_os_error() == Some(libc::EINVAL);
        // A child that is told ENOSYS does not get to its program.
        if known { Ok(()) } else { Err(Error::from_raw_os_error(libc::ENOSYS)) }
    };
    let mut here = Command::new("true");
    // SAFETY: as above.
    unsafe { here.pre_exec(ends) };
    succeed(&mut here);
    let mut older = Command::new("true");
    // SAFETY: as above.
    unsafe { on_the_oldest(&mut older).pre_exec(ends) };
    assert_eq!(older.output().unwrap_err().raw_os_error(), Some(libc::ENOSYS));
}

#[test]
fn programs_are_built_and_run_without_newer_calls() {
    let dir = scratch("kernel");
    // No cache has this source, so the compiler runs as well.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    let hello = read_to_string(root().join("testdata/go/hello/main.go")).unwrap();
    write(dir.join("hello.go"), format!("{hello}\n// {now}\n")).unwrap();
    for layout in ["compact", "plain"] {
        let program = dir.join(layout);
        let mut gosbrk = gosbrk(&dir.join("cache"), &["--layout", layout, "go", "build", "-o"]);
        gosbrk.arg(&program).arg("hello.go").current_dir(&dir);
        succeed(on_the_oldest(&mut gosbrk));
        assert_eq!(succeed(on_the_oldest(&mut Command::new(&program))), "hello, world\n");
    }
    let mut doctor = Command::new(env!("CARGO_BIN_EXE_gosbrk"));
    let said = run(on_the_oldest(doctor.args(["doctor"]).arg(dir.join("compact"))));
    assert!(said.status.success(), "{said:?}");
}

#[test]
fn the_command_says_which_kernel_it_needs() {
    let said = run(Command::new(env!("CARGO_BIN_EXE_gosbrk")).arg("--help"));
    assert!(text(&said.stdout).contains(&format!("Linux {OLDEST} or later")), "{said:?}");
    let table = read_to_string(root().join("docs/install.md")).unwrap();
    assert!(table.contains(&format!("| Linux | {OLDEST} |")), "docs/install.md");
}
