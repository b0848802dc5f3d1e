//! Why there is no memory: one line, before the runtime's own words.
//!
//! Limits and what is in use are read from `/proc` when the kernel has refused; what
//! cannot be read is not named.

use super::request::{ALLOC, RESERVE, RESERVE_ALIGNED, Request, bytes};
use super::state::{Bounds, State};
use crate::addr::align_up;
use crate::line_buffer::LineBuffer;
use crate::os::linux::proc::{figure, lines, obstacle};
use crate::os::linux::say;

const BEGINNING: &[u8] = b"gosbrk: out of memory: ";

/// What is exhausted. Sizes are KiB.
enum Reason {
    /// The addresses that the runtime can have.
    Ceiling,
    /// `GOSBRK=limit`, with what is in use.
    OwnLimit { limit: usize, used: usize },
    /// The room between the mappings of others.
    Room,
    /// A limit of the kernel's, by its name, with what is in use.
    Limit { name: &'static [u8], limit: usize, used: usize },
    /// `vm.max_map_count`, with the number of mappings.
    Maps { most: usize, used: usize },
    /// Something that cannot be told: the kernel's error number.
    Unknown(i32),
}

/// Says why a call got nothing.
#[cold]
#[inline(never)]
pub fn report(state: &State, request: &Request, errno: i32) {
    let (reason, kib) = reason(state, request, errno);
    let place = (state.sbrk.bloc(), state.bounds.ceiling);
    let in_the_way = match reason {
        Reason::Ceiling | Reason::Room => obstacle(place.0, place.1).ok().flatten(),
        _ => None,
    };
    write(&state.bounds, &reason, kib, in_the_way);
}

/// Says why there is no segment.
#[cold]
#[inline(never)]
pub fn no_place(state: &mut State) {
    let errno = state.sbrk.os_mut().take_errno();
    if errno == libc::EEXIST || errno == 0 {
        say(b"gosbrk: no place for the heap: something is mapped wherever it could begin\n");
    } else {
        write(&state.bounds, &refused(4, errno), 4, None);
    }
}

/// The reason, and how many KiB were asked for.
fn reason(state: &State, request: &Request, errno: i32) -> (Reason, usize) {
    let (base, bloc) = (state.sbrk.base(), state.sbrk.bloc());
    let aligned = align_up(bloc, request.align.max(1)).unwrap_or(usize::MAX);
    let end = aligned.saturating_add(request.n);
    let Bounds { limit, ceiling, .. } = state.bounds;
    // The others ask for no room of the segment.
    let asks_for_room = matches!(request.function, ALLOC | RESERVE | RESERVE_ALIGNED);
    // What is skipped for an alignment is asked for too.
    let asked = if asks_for_room { end.saturating_sub(state.sbrk.mapped_end()) } else { 0 };
    let kib = asked.max(request.n) >> 10;
    let reason = if asks_for_room && end > ceiling {
        Reason::Ceiling
    } else if errno != 0 && errno != libc::EEXIST {
        refused(kib, errno)
    } else if asks_for_room && errno == 0 && limit != 0 && end - base > state.sbrk.limit() {
        // Foreign ranges that were stepped over do not count.
        let used = (bloc - base).saturating_sub(state.sbrk.limit() - limit);
        Reason::OwnLimit { limit: limit >> 10, used: used >> 10 }
    } else {
        Reason::Room
    };
    (reason, kib)
}

/// Which limit it was that the kernel refused so many KiB for.
#[inline(never)]
fn refused(kib: usize, errno: i32) -> Reason {
    let exceeded = |name, limit: Option<usize>, used: Option<usize>| {
        let (limit, used) = (limit?, used?);
        (used + kib > limit).then_some(Reason::Limit { name, limit, used })
    };
    let used = |key| figure(c"/proc/self/status", key);
    let limit = |key| figure(c"/proc/self/limits", key).map(|bytes| bytes >> 10);
    let info = |key| figure(c"/proc/meminfo", key);
    let found = match errno {
        libc::EAGAIN => {
            exceeded(b"RLIMIT_MEMLOCK (ulimit -l)", limit(b"Max locked memory"), used(b"VmLck:"))
        }
        libc::ENOMEM => {
            let space = limit(b"Max address space");
            exceeded(b"RLIMIT_AS (ulimit -v)", space, used(b"VmSize:"))
                .or_else(|| {
                    let data = limit(b"Max data size");
                    exceeded(b"RLIMIT_DATA (ulimit -d)", data, used(b"VmData:"))
                })
                .or_else(too_many_maps)
                .or_else(|| {
                    let strict = figure(c"/proc/sys/vm/overcommit_memory", b"") == Some(2);
                    let name = b"CommitLimit (vm.overcommit_memory is 2)";
                    let all = if strict { info(b"CommitLimit:") } else { None };
                    exceeded(name, all, info(b"Committed_AS:"))
                })
        }
        _ => None,
    };
    found.unwrap_or(Reason::Unknown(errno))
}

/// Whether the process has as many mappings as it may.
#[inline(never)]
fn too_many_maps() -> Option<Reason> {
    let most = figure(c"/proc/sys/vm/max_map_count", b"")?;
    let mut used = 0;
    lines(c"/proc/self/maps", |_| {
        used += 1;
        true
    })?;
    // A mapping that is split takes two more.
    (used + 2 >= most).then_some(Reason::Maps { most, used })
}

/// Writes the line. `kib` is what was asked for, `in_the_way` what is mapped above the
/// break.
#[inline(never)]
fn write(bounds: &Bounds, reason: &Reason, kib: usize, in_the_way: Option<(usize, usize)>) {
    let mut line = LineBuffer::new();
    line.text(BEGINNING);
    match *reason {
        Reason::Ceiling => {
            // SAFETY: a constant of the runtime.
            line.text(unsafe { bytes(bounds.ceiling_text, bounds.ceiling_text_size) });
        }
        Reason::Room => {
            line.text(b"other mappings leave no room for the heap");
        }
        Reason::OwnLimit { limit, used } => {
            line.text(b"GOSBRK=limit");
            of(&mut line, limit, used, kib);
        }
        Reason::Limit { name, limit, used } => {
            line.text(name);
            of(&mut line, limit, used, kib);
        }
        Reason::Maps { most, used } => {
            line.text(b"vm.max_map_count is ").decimal(most).text(b"; the process has ");
            line.decimal(used).text(b" mappings");
        }
        Reason::Unknown(errno) => {
            line.text(b"the kernel refused ").decimal(kib).text(b" KiB: error ");
            line.decimal(errno.unsigned_abs() as usize).text(match errno {
                libc::ENOMEM => b" (ENOMEM)",
                libc::EAGAIN => b" (EAGAIN)",
                libc::EPERM => b" (EPERM: a seccomp filter?)",
                libc::EACCES => b" (EACCES: a seccomp filter?)",
                libc::ENOSYS => b" (ENOSYS: a seccomp filter?)",
                _ => b"",
            });
        }
    }
    if let Some((from, to)) = in_the_way {
        line.text(b"; in the way, mapped by others: ").hex(from).text(b" to ").hex(to);
    }
    say(line.finish());
}

/// ` is 64 KiB; 60 KiB are in use and 8 KiB more were asked for`
fn of(line: &mut LineBuffer, limit: usize, used: usize, kib: usize) {
    line.text(b" is ").decimal(limit).text(b" KiB; ").decimal(used);
    line.text(b" KiB are in use and ").decimal(kib).text(b" KiB more were asked for");
}
