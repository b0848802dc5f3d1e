//! The recorder: what a trace is made of, and its state, in memory of its own.

use super::clock::Clock;
use super::header::{self, BY_PROCESSOR, Began, COUNTERS, FORKED, PIECEWISE, Setup};
use super::output::{End, Output};
use super::path::{ASKED, Path};
use super::place;
use super::program::Program;
use super::samples::Samples;
use super::slot::{Hash, Kind, Slot};
use super::table::{Found, Table};
use super::watch::Runtime;
use super::window::Window;
use super::{Caller, Event};
use crate::addr::{align_up, pointer};
use crate::call_format::{Function, ReturnValue};
use crate::config::Advice;
use crate::os::linux::page::MOST;
use crate::os::linux::{map_anywhere, munmap, process_id, thread_id, wipe_on_fork};
use core::sync::atomic::{AtomicU32, Ordering};

/// Bytes of text in a slot.
const TEXT: usize = 16;
/// Most slots of text behind the first.
const MORE: usize = 255;

/// All zero, but for the file, is one that records nothing.
#[derive(Debug)]
pub struct Recorder {
    output: Output,
    clock: Clock,
    pub(super) runtime: Runtime,
    samples: Samples,
    /// The page that begins `MOST` bytes before this, which a child of fork finds zeroed, or 0 where the kernel does
    /// not do that: then the process that records.
    mark: usize,
    process: usize,
    asked: [u8; ASKED + 1],
    asked_size: usize,
    path: Path,
    setup: Setup,
    is_headed: bool,
    is_forked: bool,
    /// What the last break slot said.
    bloc: u64,
    bloc_max: u64,
    names: Table<256>,
    threads: Table<1024>,
    /// The caller before, and its index.
    caller: Caller,
    thread: u16,
}

/// Bytes of a recorder and its mark.
const SIZE: usize = match align_up(MOST + size_of::<Recorder>(), MOST) {
    Some(size) => size,
    None => usize::MAX,
};

impl Recorder {
    /// Makes the file that was asked for, and what records to it.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub fn make(asked: &[u8]) -> Result<*mut Self, &'static str> {
        let at = map_anywhere(SIZE, libc::PROT_READ | libc::PROT_WRITE)
            .map_err(|_| "trace: there is no memory for the recorder")?;
        let recorder = pointer::<Self>(at + MOST);
        // SAFETY: mapped just now, aligned, and zeroed, which the other fields may be.
        #[expect(clippy::multiple_unsafe_ops_per_block, reason = "fields of one struct")]
        unsafe {
            Output::begin(&raw mut (*recorder).output);
            (&raw mut (*recorder).setup).write(Setup::NONE);
        }
        // SAFETY: as above, and all fields are what they may be.
        let this = unsafe { &mut *recorder };
        // SAFETY: the page before it is for that alone.
        this.mark = if unsafe { wipe_on_fork(at) } { at } else { 0 };
        for (to, from) in this.asked.iter_mut().zip(asked) {
            *to = *from;
        }
        this.asked_size = asked.len();
        match this.open() {
            Ok(()) => Ok(recorder),
            Err(why) => {
                // SAFETY: nobody else has seen it.
                let _ = unsafe { munmap(at, SIZE) };
                Err(why)
            }
        }
    }

    fn open(&mut self) -> Result<(), &'static str> {
        let asked = self.asked.get(..self.asked_size).ok_or(place::TOO_LONG)?;
        let scratch = self.samples.scratch();
        let file = place::take(asked, &mut self.path, self.is_forked, scratch)?;
        self.process = process_id();
        self.marked();
        self.output.keep(file.raised());
        Ok(())
    }

    fn marked(&self) {
        if self.mark != 0 {
            self.mark_word().store(1, Ordering::Relaxed);
        }
    }

    fn mark_word(&self) -> &AtomicU32 {
        // SAFETY: the page of the mark is mapped as long as the recorder.
        unsafe { AtomicU32::from_ptr(pointer(self.mark)) }
    }

    /// Whether this process is a child of the one that records: the file is the parent's.
    pub fn is_child(&self) -> bool {
        if self.mark == 0 {
            process_id() != self.process
        } else {
            self.mark_word().load(Ordering::Relaxed) == 0
        }
    }

    /// Takes a file of the child's own, in a child of fork.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub fn fork(&mut self) -> Result<(), &'static str> {
        self.output.close();
        (self.is_headed, self.is_forked) = (false, true);
        self.open()
    }

    /// Takes a set-up, which [`Recorder::begin`] writes.
    pub fn set(&mut self, setup: &Setup, runtime: Option<&Runtime>) {
        self.setup = *setup;
        if let Some(runtime) = runtime {
            self.runtime = *runtime;
        }
    }

    /// Writes the set-up: the header, or, when the layer is set up again, two slots.
    pub fn begin(&mut self) -> Result<(), End> {
        (self.bloc, self.bloc_max) = (0, 0);
        if self.is_headed {
            let time = self.time()?;
            let Setup { config, base, start, .. } = &self.setup;
            let code = config.profile as u8 + if config.advice == Advice::Os { 16 } else { 0 };
            let init = Slot::new(Kind::Init, *start as u64, config.initial as u64);
            self.output.put(&Slot { code, ..init }, time)?;
            let segment = Slot::new(Kind::Segment, *base as u64, config.limit as u64);
            self.output.put(&segment, time)?;
            return self.output.flush();
        }
        if self.is_forked {
            // What is new is all zero, and not in memory yet.
            self.names.clear();
            self.threads.clear();
            self.samples.clear();
            (self.caller, self.thread) = (Caller::default(), 0);
        }
        let pair = self.clock.start();
        let mut began = Began {
            wall: crate::os::linux::clock::wall(),
            nanoseconds: pair.nanoseconds,
            ticks: pair.ticks,
            seed: 0,
        };
        let mut seed = Hash::new(began.wall);
        for word in [pair.ticks, pair.nanoseconds, self.process as u64, self.setup.base as u64] {
            seed.add(word);
        }
        began.seed = seed.0;
        self.output.start(began.seed)?;
        let mut flags = if self.clock.is_by_processor() { BY_PROCESSOR } else { 0 };
        flags |= if self.output.is_piecewise() { PIECEWISE } else { 0 };
        flags |= if self.runtime.is_there() { COUNTERS } else { 0 };
        flags |= if self.is_forked { FORKED } else { 0 };
        let Self { output, setup, runtime, samples, .. } = self;
        let scratch = samples.scratch();
        let program = Program::this(runtime.arguments, scratch).unwrap_or_default();
        // SAFETY: 4096 bytes of zeros, of a page or a field with that alignment.
        unsafe { header::write(output.header(), setup, runtime, program, &began, flags, scratch) };
        output.headed()?;
        samples.start(setup.page_shift, program);
        self.is_headed = true;
        self.time().map(|_| ())
    }

    /// The time, after a clock slot where one is due.
    fn time(&mut self) -> Result<u64, End> {
        let time = self.clock.now();
        let Some(pair) = self.clock.due(time) else { return Ok(time) };
        let clock = Slot::new(Kind::Clock, pair.ticks, pair.nanoseconds);
        self.output.put(&clock, pair.ticks)?;
        Ok(pair.ticks)
    }

    /// Writes a call with what belongs to it; gives whether [`Recorder::look`] is to come.
    #[inline(never)] // What it needs of the stack is free again then.
    pub fn call(&mut self, event: &Event<'_>) -> Result<bool, End> {
        let time = self.time()?;
        let thread = self.thread(&event.caller, time)?;
        let call = event.call;
        let name = if call.name.is_empty() { 0 } else { self.name(call.name, time)? };
        let (v, align) = (call.v.unwrap_or(0) as u64, call.align.unwrap_or(0) as u64);
        let (a, b) = match event.outcome {
            Ok(ReturnValue::Address(p)) => (p as u64, call.n as u64),
            Ok(ReturnValue::Range(range)) => (range.addr as u64, range.size as u64),
            Err(_) if call.function.gives_memory() => (0, call.n as u64),
            Ok(ReturnValue::Nothing) | Err(_) => (v, call.n as u64),
        };
        if call.function.gives_memory() && v | align != 0 {
            self.output.put(&Slot::new(Kind::Argument, v, align), time)?;
        }
        if !event.stack.is_empty() {
            self.stack(event.stack, time)?;
        }
        if self.runtime.is_there() {
            self.samples.counters(&self.runtime, &self.clock, time, &mut self.output)?;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 13")]
        let code = event.outcome.err().map_or(0, |error| error.code() as u8);
        let kind = call.function as u8;
        self.output.put(&Slot { kind, code, thread, name, a, b: call.n as u64 }, time)?;
        if b != call.n as u64 {
            self.output.put(&Slot::new(Kind::Answer, 0, b), time)?;
        }
        self.moved(event.bloc as u64, event.bloc_max as u64, time)?;
        let released = match call.function {
            Function::Free | Function::Unused | Function::Fault => call.n,
            _ => 0,
        };
        self.output.flush()?;
        Ok(self.samples.are_due(released, time))
    }

    /// Looks at what is due beside the calls. The segment is mapped up to `mapped_end`.
    #[cold]
    #[inline(never)]
    pub fn look(&mut self, mapped_end: usize) -> Result<(), End> {
        let time = self.clock.now();
        let segment = (self.setup.base, mapped_end);
        let Self { samples, runtime, clock, output, .. } = self;
        samples.look(segment, runtime, clock, time, output)?;
        self.output.flush()
    }

    /// Writes how everything is when the process ends. The segment is mapped up to
    /// `mapped_end`.
    #[cold]
    pub fn finish(&mut self, mapped_end: usize) -> Result<(), End> {
        let time = self.clock.now();
        let segment = (self.setup.base, mapped_end);
        let Self { samples, runtime, clock, output, .. } = self;
        samples.finish(segment, runtime, clock, time, output)?;
        let pair = self.clock.tell();
        self.output.put(&Slot::new(Kind::Clock, pair.ticks, pair.nanoseconds), pair.ticks)?;
        self.output.flush()?;
        Err(End::Exited)
    }

    /// Writes what a step over a mapping of others is.
    pub fn foreign(&mut self, foreign: usize, to: usize) -> Result<(), End> {
        let time = self.time()?;
        let n = (to - foreign) as u64;
        self.output.put(&Slot::new(Kind::Foreign, foreign as u64, n), time)?;
        self.moved(to as u64, to as u64, time)?;
        self.output.flush()
    }

    /// Writes what a child of fork has: all below `bloc`, but the blocks.
    pub fn inherit(
        &mut self,
        bloc: usize,
        bloc_max: usize,
        blocks: impl Iterator<Item = (usize, usize)>,
    ) -> Result<(), End> {
        let time = self.time()?;
        let start = self.setup.origin + self.setup.start;
        let n = bloc.saturating_sub(start) as u64;
        self.output.put(&Slot::new(Kind::Inherited, bloc as u64, n), time)?;
        for (at, n) in blocks {
            let kind = Function::Free as u8;
            let free = Slot { kind, a: at as u64, b: n as u64, ..Slot::default() };
            self.output.put(&free, time)?;
        }
        self.moved(bloc as u64, bloc_max as u64, time)?;
        self.output.flush()
    }

    /// Writes what a program counter stands for.
    pub fn function(
        &mut self,
        pc: usize,
        line: usize,
        name: &[u8],
        file: &[u8],
    ) -> Result<(), End> {
        let time = self.time()?;
        let name = name.get(..TEXT * MORE - 1).unwrap_or(name);
        let most = (TEXT * MORE).saturating_sub(name.len() + 1);
        let file = file.get(..most).unwrap_or(file);
        let all = name.len() + 1 + file.len();
        let code = count(all.div_ceil(TEXT));
        let first = Slot::new(Kind::Function, pc as u64, line as u64);
        self.output.put(&Slot { code, ..first }, time)?;
        let mut bytes = name.iter().chain(&[0]).chain(file);
        for _ in 0..code {
            let mut text = [0; TEXT];
            for (to, from) in text.iter_mut().zip(bytes.by_ref().take(TEXT)) {
                *to = *from;
            }
            self.output.put(&Slot::text(Kind::Text, &text), time)?;
        }
        self.output.flush()
    }

    /// Whether the file lost the page that something was stored into.
    pub fn is_cut(&self) -> bool {
        self.output.is_cut()
    }

    /// See [`Output::window`].
    pub const fn window(&self) -> *const Window {
        self.output.window()
    }

    /// Ends the trace for this reason.
    pub fn end(&mut self, end: End) {
        let time = self.clock.now();
        self.output.end(end, time);
    }

    /// The index of the calling thread, and of the goroutine that it runs.
    fn thread(&mut self, caller: &Caller, time: u64) -> Result<u16, End> {
        if *caller == self.caller && self.thread != 0 {
            return Ok(self.thread);
        }
        let key = caller.key.rotate_left(40) ^ caller.goroutine | 1 << 63;
        let found = self.threads.find(key);
        let (Found::Known(index) | Found::New(index)) = found;
        (self.caller, self.thread) = (*caller, index);
        if matches!(found, Found::New(_)) {
            let number = if caller.number == 0 { thread_id() } else { caller.number };
            let slot = Slot::new(Kind::Thread, u64::from(number), caller.goroutine);
            self.output.put(&Slot { thread: index, ..slot }, time)?;
        }
        Ok(index)
    }

    /// The index of a name.
    fn name(&mut self, name: &[u8], time: u64) -> Result<u16, End> {
        let name = name.get(..TEXT * (MORE + 1)).unwrap_or(name);
        let found = self.names.find(Hash::of(name.len() as u64, name) | 1);
        match found {
            Found::Known(index) => Ok(index),
            Found::New(index) => self.define(index, name, time).map(|()| index),
        }
    }

    #[cold]
    fn define(&mut self, index: u16, name: &[u8], time: u64) -> Result<(), End> {
        let (first, rest) = name.split_at_checked(TEXT).unwrap_or((name, b""));
        #[expect(clippy::cast_possible_truncation, reason = "4096 at most")]
        let size = name.len() as u16;
        let slot = Slot { thread: size, name: index, ..Slot::text(Kind::Name, first) };
        self.output.put(&Slot { code: count(rest.len().div_ceil(TEXT)), ..slot }, time)?;
        for text in rest.chunks(TEXT) {
            self.output.put(&Slot::text(Kind::Text, text), time)?;
        }
        Ok(())
    }

    #[cold]
    fn stack(&mut self, stack: &[usize], time: u64) -> Result<(), End> {
        let pairs = stack.chunks(2).take(MORE + 1);
        let mut left = pairs.len();
        for pair in pairs {
            left -= 1;
            let [a, b] = [0, 1].map(|i| pair.get(i).map_or(0, |&pc| pc as u64));
            self.output.put(&Slot { code: count(left), ..Slot::new(Kind::Stack, a, b) }, time)?;
        }
        Ok(())
    }

    /// Writes where the break is, if it is not where it was.
    fn moved(&mut self, bloc: u64, bloc_max: u64, time: u64) -> Result<(), End> {
        if (bloc, bloc_max) == (self.bloc, self.bloc_max) {
            return Ok(());
        }
        (self.bloc, self.bloc_max) = (bloc, bloc_max);
        self.output.put(&Slot::new(Kind::Break, bloc, bloc_max), time)
    }
}

/// How many slots follow.
fn count(n: usize) -> u8 {
    u8::try_from(n).unwrap_or(u8::MAX)
}
