//! A program that runs for this command: signals are passed on to it, and its end is waited
//! for.

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::raw::WithRawSiginfo;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};

/// Those that are passed on.
const PASSED: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

/// Runs a program to its end. What a terminal sends (Ctrl-C) reaches the program without help.
/// What another process sends to this one is passed on, and the program decides what it means:
/// this process stays, to say what was recorded. A signal to the whole process group has
/// reached the program already and is passed on too: it looks like one to this process alone.
/// `started` gets the process number.
pub fn run(command: &mut Command, started: impl FnOnce(u32)) -> Result<ExitStatus> {
    let wanted = PASSED.into_iter().filter(|signal| !is_ignored(*signal)).chain([SIGCHLD]);
    // Before the program starts, so that no signal ends this process alone.
    let mut signals =
        SignalsInfo::<WithRawSiginfo>::new(wanted).context("cannot handle signals")?;
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot run {}", Path::new(command.get_program()).display()))?;
    started(child.id());
    for info in &mut signals {
        if info.si_signo == SIGCHLD {
            if let Some(status) = child.try_wait().context("cannot wait for the program")? {
                return Ok(status);
            }
        } else if info.si_code != libc::SI_KERNEL {
            pass(info.si_signo, &child);
        }
    }
    child.wait().context("cannot wait for the program")
}

/// Under `nohup`, for one. The program inherits that, which it would not if the signal were
/// handled here.
fn is_ignored(signal: i32) -> bool {
    // SAFETY: all zeros is a value of this type, which consists of integers and pointers.
    let mut now: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: nothing is changed, and what is written is a value of the type that is pointed to.
    let asked = unsafe { libc::sigaction(signal, std::ptr::null(), &raw mut now) };
    asked == 0 && now.sa_sigaction == libc::SIG_IGN
}

/// The go command would end by SIGTERM and leave what it runs behind. So that gets the signal
/// instead; the go command waits for it.
fn pass(signal: i32, child: &Child) {
    let Some(signal) = Signal::from_named_raw(signal) else { return };
    let of_go = if is_go(child) { children(child.id()) } else { Vec::new() };
    let all = if of_go.is_empty() { vec![child.id()] } else { of_go };
    for pid in all.into_iter().filter_map(|pid| Pid::from_raw(i32::try_from(pid).ok()?)) {
        // One that has just ended needs none.
        let _ = kill_process(pid, signal);
    }
}

fn is_go(child: &Child) -> bool {
    fs::read_link(format!("/proc/{}/exe", child.id())).is_ok_and(|file| file.ends_with("bin/go"))
}

/// The processes that a process has started. None where the kernel does not tell.
fn children(pid: u32) -> Vec<u32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    let lists =
        threads.flatten().filter_map(|one| fs::read_to_string(one.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().flat_map(str::parse).collect::<Vec<_>>())
        .collect()
}
