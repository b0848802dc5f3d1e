//! Clocks: the kernel's, and the counter of the processor that the kernel trusts.

use super::arch;
use super::file::File;
use super::syscall::syscall;

/// Nanoseconds since 1970; 0 where that cannot be told.
#[must_use]
pub fn wall() -> u64 {
    clock(libc::CLOCK_REALTIME)
}

/// Nanoseconds of the clock that never goes back; 0 where that cannot be told. A system
/// call: the object has no way to the kernel's page that would spare it.
#[must_use]
pub fn monotonic() -> u64 {
    clock(libc::CLOCK_MONOTONIC)
}

/// Nanoseconds since the machine was started, those in which it slept included; 0 where
/// that cannot be told.
#[must_use]
pub fn since_boot() -> u64 {
    clock(libc::CLOCK_BOOTTIME)
}

/// Nanoseconds of processor time that the process has used; 0 where that cannot be told.
#[must_use]
pub fn processor_time() -> u64 {
    clock(libc::CLOCK_PROCESS_CPUTIME_ID)
}

/// The same of the calling thread.
#[must_use]
pub fn thread_time() -> u64 {
    clock(libc::CLOCK_THREAD_CPUTIME_ID)
}

fn clock(which: libc::clockid_t) -> u64 {
    let mut time = [0_u64; 2];
    let args = [which as usize, time.as_mut_ptr() as usize, 0, 0, 0, 0];
    // SAFETY: the kernel writes seconds and nanoseconds.
    match unsafe { syscall(libc::SYS_clock_gettime, args) } {
        Ok(_) => time[0] * 1_000_000_000 + time[1],
        Err(_) => 0,
    }
}

/// Whether the kernel tells the time by the processor's counter, so that it runs evenly
/// and is the same on every processor, and this process may read it.
#[inline(never)] // The buffer is gone when the call goes on.
#[must_use]
pub fn has_ticks() -> bool {
    const SOURCE: &core::ffi::CStr =
        c"/sys/devices/system/clocksource/clocksource0/current_clocksource";
    let mut name = [0; 32];
    let read = File::open(SOURCE).and_then(|file| file.read(&mut name));
    let name = name.get(..read.unwrap_or(0)).unwrap_or_default();
    name.iter().eq(arch::TICKS_SOURCE) && may_read_ticks()
}

/// Whether reading the counter is not made a fault (`PR_SET_TSC`).
fn may_read_ticks() -> bool {
    let mut state = 0_i32;
    let args = [libc::PR_GET_TSC as usize, &raw mut state as usize, 0, 0, 0, 0];
    // SAFETY: the kernel writes one int.
    match unsafe { syscall(libc::SYS_prctl, args) } {
        Ok(_) => state == libc::PR_TSC_ENABLE,
        Err(errno) => errno == libc::EINVAL && arch::TICKS_ARE_FREE_BY_DEFAULT,
    }
}

/// The processor's counter.
#[must_use]
pub fn ticks() -> u64 {
    arch::ticks()
}
