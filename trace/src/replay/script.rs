//! The calls of a recording that decide which addresses the layer gives, and those that say
//! how much of the heap is needed.

use super::layer::Profile;
use crate::event::Event;
use crate::file::Trace;
use crate::format::slot::kind;

/// A call that was granted. Addresses are offsets from the segment's base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Memory from anywhere.
    Alloc {
        /// Its bytes.
        size: u64,
        /// What it gave.
        at: u64,
    },
    /// Memory right at the break, where it was wanted.
    Extend {
        /// Its bytes.
        size: u64,
        /// What it gave.
        at: u64,
    },
    /// Memory at a multiple.
    Aligned {
        /// Its bytes.
        size: u64,
        /// The multiple.
        align: u64,
        /// What it gave.
        at: u64,
        /// How much.
        given: u64,
    },
    /// Memory that goes back.
    Free {
        /// Where.
        at: u64,
        /// Its bytes.
        size: u64,
    },
    /// Memory that is mapped.
    Map {
        /// Where.
        at: u64,
        /// Its bytes.
        size: u64,
    },
    /// Memory that comes into use.
    Used {
        /// Where.
        at: u64,
        /// Its bytes.
        size: u64,
    },
}

/// The calls of a recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// Whose `sbrk` it was.
    pub profile: Profile,
    /// Where the segment began.
    pub start: u64,
    /// How much memory there was at first.
    pub initial: u64,
    /// The calls.
    pub ops: Vec<Op>,
}

const LOST: &str = "calls are missing from it, so what it needs cannot be told";

impl Script {
    /// The calls of a trace.
    ///
    /// # Errors
    /// The file cannot be read, or its calls do not tell what the memory was; why, in words.
    pub fn of(trace: &Trace, mut told: impl FnMut(u64)) -> Result<Self, String> {
        let header = &trace.header;
        let profile = [Profile::Plan9, Profile::Wasm, Profile::WasmGo121]
            .get(usize::from(header.profile))
            .ok_or("it has a profile that this gosbrk does not know")?;
        let mut script = Self {
            profile: *profile,
            start: header.start,
            initial: header.initial,
            ops: Vec::new(),
        };
        let mut events = trace.events();
        while let Some(event) = events.read().map_err(|error| error.to_string())? {
            match event {
                Event::Call(call) if call.error == 0 && call.addr != 0 => {
                    let at = call.addr.wrapping_sub(header.origin);
                    script.call(call.kind, at, call.size, (call.hint != 0, call.align, call.given));
                    if call.number % (1 << 16) == 0 {
                        told(call.number);
                    }
                }
                Event::Lost(_) => return Err(LOST.into()),
                Event::Inherited { .. } => {
                    return Err("the process was forked: its recording does not say what its memory was before".into());
                }
                Event::Init(_) if !script.ops.is_empty() => {
                    return Err("the layer was set up more than once in it".into());
                }
                Event::Init(init) => {
                    (script.start, script.initial) = (init.start, init.initial);
                }
                Event::Foreign { .. } => {
                    return Err(
                        "the break went over a mapping of others, which is different in each run"
                            .into(),
                    );
                }
                Event::Sample => return Err("it has samples, and no calls".into()),
                _ => {}
            }
        }
        Ok(script)
    }

    /// The calls in the text notation, which scripts and `gosbrk trace print` have.
    ///
    /// # Errors
    /// A line is none of the notation; which one.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut script = Self::default();
        let mut is_set_up = false;
        for (number, line) in text.lines().enumerate() {
            // An error stands behind a #, which a name may have in it too.
            let name = line.rfind('"').unwrap_or(0);
            let end = line[name..].find(" # ").map_or(line.len(), |at| name + at);
            let line = line[..end].trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let parsed = if line.starts_with("init ") && !is_set_up {
                is_set_up = true;
                script.init(line)
            } else if is_set_up {
                script.line(line)
            } else {
                None
            };
            parsed.ok_or_else(|| format!("line {} cannot be replayed: {line}", number + 1))?;
        }
        if is_set_up { Ok(script) } else { Err("has no line that begins with init".into()) }
    }

    fn init(&mut self, line: &str) -> Option<()> {
        for part in line.split_whitespace().skip(1) {
            match part.split_once('=')? {
                ("profile", "plan9") => self.profile = Profile::Plan9,
                ("profile", "wasm") => self.profile = Profile::Wasm,
                ("profile", "wasm_go121") => self.profile = Profile::WasmGo121,
                ("start", value) => self.start = hex(value)?,
                ("initial", value) => self.initial = hex(value)?,
                ("limit", _) => {}
                _ => return None,
            }
        }
        Some(())
    }

    fn line(&mut self, line: &str) -> Option<()> {
        let (asked, answer) = line.rsplit_once(" -> ").unwrap_or((line, ""));
        // A name stands last, and may have anything in it.
        let asked = asked.split('"').next()?;
        let mut words = asked.split_whitespace();
        let verb = words.next()?;
        let kind = crate::text::WORDS.iter().position(|word| *word == verb)?;
        let kind = u8::try_from(kind).ok()?;
        let mut answers = answer.split_whitespace();
        let given = |word: Option<&str>| word.and_then(address);
        match kind {
            kind::ALLOC => {
                let size = words.next()?.parse().ok()?;
                let Some(at) = given(answers.next()) else { return Some(()) };
                self.call(kind, at, size, (false, 0, 0));
            }
            kind::RESERVE => {
                let hint = words.next()?;
                let size = words.next()?.parse().ok()?;
                let Some(at) = given(answers.next()) else { return Some(()) };
                self.call(kind, at, size, (hint != "nil", 0, 0));
            }
            kind::RESERVE_ALIGNED => {
                let (size, align) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
                let Some(at) = given(answers.next()) else { return Some(()) };
                let given = answers.next()?.parse().ok()?;
                self.call(kind, at, size, (false, align, given));
            }
            _ => {
                let at = words.next()?;
                let size = words.next()?.parse().ok()?;
                if let Some(at) = address(at) {
                    self.call(kind, at, size, (false, 0, 0));
                }
            }
        }
        Some(())
    }

    fn call(&mut self, kind: u8, at: u64, size: u64, more: (bool, u64, u64)) {
        let (has_hint, align, given) = more;
        self.ops.push(match kind {
            kind::RESERVE if has_hint => Op::Extend { size, at },
            kind::ALLOC | kind::RESERVE => Op::Alloc { size, at },
            kind::RESERVE_ALIGNED => Op::Aligned { size, align, at, given },
            kind::FREE => Op::Free { at, size },
            kind::MAP => Op::Map { at, size },
            kind::USED => Op::Used { at, size },
            _ => return,
        });
    }

    /// Bytes of an arena: what the first aligned reservation is aligned to.
    #[must_use]
    pub fn arena(&self) -> Option<u64> {
        self.with_aligned().into_iter().find_map(|op| match op {
            Op::Aligned { align, .. } => Some(align),
            _ => None,
        })
    }

    /// The calls with aligned reservations where the runtime of Go 1.21 to 1.23 makes them by
    /// itself: a reservation of size and alignment together, which it trims.
    #[must_use]
    pub fn with_aligned(&self) -> Vec<Op> {
        let mut ops = Vec::with_capacity(self.ops.len());
        let mut left = self.ops.as_slice();
        while let Some((op, rest)) = left.split_first() {
            left = rest;
            let is_trimmed = self.profile == Profile::WasmGo121;
            if let Some((aligned, used)) = is_trimmed.then(|| trimmed(*op, rest)).flatten() {
                ops.push(aligned);
                left = &rest[used..];
                continue;
            }
            ops.push(*op);
        }
        ops
    }
}

/// The aligned reservation that these calls make, and how many behind the first are of it.
fn trimmed(op: Op, rest: &[Op]) -> Option<(Op, usize)> {
    let Op::Alloc { size: sum, at: from } = op else { return None };
    let head = match rest.first()? {
        Op::Free { at, size } if *at == from => Some(*size),
        _ => None,
    };
    let head_calls = usize::from(head.is_some());
    let Op::Free { at: end, size: tail } = *rest.get(head_calls)? else { return None };
    let at = from + head.unwrap_or(0);
    let size = end.checked_sub(at)?;
    let align = sum.checked_sub(size)?;
    let is_one = end + tail == from + sum && align.is_power_of_two() && at % align == 0;
    // Without a head it was aligned by chance, and then nothing is trimmed.
    (is_one && head.is_some())
        .then_some((Op::Aligned { size, align, at, given: size }, head_calls + 1))
}

fn hex(text: &str) -> Option<u64> {
    u64::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}

/// `+0x10000`; `None`: nil.
fn address(text: &str) -> Option<u64> {
    hex(text.strip_prefix('+')?)
}
