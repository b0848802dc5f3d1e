//! Calls in the text notation, the one of scripts and recorded traces, which lockstep
//! replays.

use crate::event::{Call, Event};
use crate::file::Trace;
use crate::format::slot::kind;
use std::io::{self, Write};

/// The functions' words, from 1.
pub const WORDS: [&str; 12] = [
    "",
    "alloc",
    "free",
    "reserve",
    "reserve-aligned",
    "map",
    "unused",
    "used",
    "hugepage",
    "nohugepage",
    "collapse",
    "fault",
];

/// The errors' names in `gosbrk.h`, from 1.
pub const ERRORS: [&str; 14] = [
    "",
    "GOSBRK_E_NOMEM",
    "GOSBRK_E_ZERO",
    "GOSBRK_E_OVERFLOW",
    "GOSBRK_E_RANGE",
    "GOSBRK_E_UNALIGNED",
    "GOSBRK_E_ALIGN",
    "GOSBRK_E_DOUBLE_FREE",
    "GOSBRK_E_MISMATCH",
    "GOSBRK_E_CORRUPT",
    "GOSBRK_E_DIRTY",
    "GOSBRK_E_REENTRANT",
    "GOSBRK_E_FOREIGN_BREAK",
    "GOSBRK_E_CONFIG",
];

const PROFILES: [&str; 3] = ["plan9", "wasm", "wasm_go121"];

/// Bytes of a name that are shown, and of it in quotes at most.
const NAME: usize = 39;
const QUOTED: usize = 4 * (NAME + 1) + 2;

/// Writes a whole trace. `told` hears how many calls were written, now and then.
///
/// # Errors
/// The file cannot be read, or nobody takes what is written.
pub fn print(trace: &Trace, to: &mut dyn Write, mut told: impl FnMut(u64)) -> io::Result<()> {
    let header = &trace.header;
    first(to, header.profile, header.start, header.initial, header.limit)?;
    let mut events = trace.events();
    let mut memory = crate::memory::Memory::new(header);
    let mut bloc = memory.segment().1;
    let mut origin = header.origin;
    while let Some(event) = events.read()? {
        match event {
            Event::Call(call) => {
                line(trace, &call, origin, to)?;
                bloc = call.brk.map_or(bloc, |(bloc, _)| bloc);
                if call.number % (1 << 16) == 0 {
                    told(call.number);
                }
            }
            Event::Foreign { addr, size } => {
                let end = addr.saturating_add(size);
                let taken = end.saturating_sub(bloc);
                let at = address(bloc, origin);
                writeln!(to, "reserve {at} {taken} \"foreign mapping\" -> {at}")?;
                if addr > bloc {
                    writeln!(to, "free {at} {}", addr - bloc)?;
                }
                bloc = end;
            }
            Event::Init(init) => {
                memory.set_up(&init);
                (bloc, origin) = (memory.segment().1, init.base);
                first(to, init.profile, init.start, init.initial, init.limit)?;
            }
            Event::Inherited { bloc: top, size } => {
                let at = address(top.saturating_sub(size), origin);
                writeln!(to, "reserve {at} {size} \"inherited\" -> {at}")?;
                bloc = top;
            }
            Event::Break(to, _) => bloc = to,
            Event::Lost(calls) => writeln!(to, "# {calls} calls are missing here")?,
            _ => {}
        }
    }
    Ok(())
}

fn first(to: &mut dyn Write, profile: u8, start: u64, initial: u64, limit: u64) -> io::Result<()> {
    let profile = PROFILES.get(usize::from(profile)).unwrap_or(&PROFILES[0]);
    writeln!(to, "init profile={profile} start={start:#x} initial={initial:#x} limit={limit:#x}")
}

/// Writes a call, its addresses from `origin` on.
///
/// # Errors
/// Those of `to`.
pub fn line(trace: &Trace, call: &Call, origin: u64, to: &mut dyn Write) -> io::Result<()> {
    write!(to, "{}", WORDS.get(usize::from(call.kind)).unwrap_or(&""))?;
    match call.kind {
        kind::ALLOC | kind::RESERVE_ALIGNED => {}
        kind::RESERVE => write!(to, " {}", address(call.hint, origin))?,
        _ => write!(to, " {}", address(call.addr, origin))?,
    }
    write!(to, " {}", call.size)?;
    if call.kind == kind::RESERVE_ALIGNED {
        write!(to, " {}", call.align)?;
    }
    let name = trace.definitions.name(call.name);
    if !name.is_empty() {
        to.write_all(b" ")?;
        to.write_all(&quoted(&name[..name.len().min(NAME)]))?;
    }
    match (call.kind, call.error) {
        (kind::ALLOC | kind::RESERVE, 0) => write!(to, " -> {}", address(call.addr, origin))?,
        (kind::ALLOC | kind::RESERVE, _) => write!(to, " -> nil")?,
        (kind::RESERVE_ALIGNED, 0) => {
            write!(to, " -> {} {}", address(call.addr, origin), call.given)?;
        }
        (kind::RESERVE_ALIGNED, _) => write!(to, " -> nil 0")?,
        _ => {}
    }
    match ERRORS.get(usize::from(call.error)) {
        Some(&"") => {}
        Some(name) => write!(to, " # {name}")?,
        None => write!(to, " # error {}", call.error)?,
    }
    writeln!(to)
}

fn address(at: u64, origin: u64) -> String {
    if at == 0 { "nil".into() } else { format!("+{:#x}", at.wrapping_sub(origin)) }
}

/// Text in quotes, so that any byte is shown on one line; of a long one the beginning.
fn quoted(text: &[u8]) -> Vec<u8> {
    let mut out = vec![b'"'];
    let mut left_out = false;
    for byte in text {
        left_out = out.len() + 5 > QUOTED;
        if left_out {
            break;
        }
        match byte {
            b'"' | b'\\' => out.extend([b'\\', *byte]),
            b' '..=b'~' => out.push(*byte),
            _ => out.extend(format!("\\x{byte:02x}").bytes()),
        }
    }
    out.push(b'"');
    if left_out {
        out.extend(b"...");
    }
    out
}

#[cfg(test)]
mod tests;
