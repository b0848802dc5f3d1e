//! A moment again and again, written to a trace, until the process ends or a signal asks
//! for the end.

use super::tell;
use gosbrk_look::heap::{self, Map, State};
use gosbrk_look::process::page;
use gosbrk_look::snapshot::{Snapshot, Target};
use gosbrk_look::trouble::Kind;
use gosbrk_trace::format::header::{Header, Layout, MAGIC};
use gosbrk_trace::format::slot::{Slot, kind};
use gosbrk_trace::write::Writer;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Pages of the heap in one bitmap of a trace, and their bytes.
const PAGES: usize = 512;
const CHUNK: usize = PAGES * 8192;

/// Looks at a process every `interval` and writes what it sees.
pub fn record(pid: i32, file: &Path, interval: Duration) -> u8 {
    let target = match Target::open(pid) {
        Ok(target) => target,
        Err(trouble) => return tell(&trouble),
    };
    match run(target, file, interval) {
        Ok(status) => status,
        Err(error) => {
            eprintln!("gosbrk: {}: {error}", file.display());
            2
        }
    }
}

fn run(mut target: Target, file: &Path, interval: Duration) -> io::Result<u8> {
    let start = Instant::now();
    let to = Writer::new(BufWriter::new(create(file)?), &header(&target))?;
    let mut samples = Samples { to, start, chunks: BTreeMap::new(), count: 0, map_due: start };
    let pid = target.process.pid;
    let stop = stop()?;
    eprintln!(
        "gosbrk: recording process {pid} to {} every {} ms, until process {pid} ends or Ctrl-C",
        file.display(),
        interval.as_millis()
    );
    let mut next = start;
    let (status, ended) = loop {
        let snapshot = match target.look() {
            Ok(snapshot) => snapshot,
            // Just before it is gone, a process has no memory, as nothing of Go's.
            Err(trouble) if matches!(trouble.kind, Kind::Gone | Kind::NotGo) => {
                break (0, true);
            }
            Err(trouble) => break (tell(&trouble), false),
        };
        if snapshot.readings.iter().any(Result::is_err) {
            target = Target::open(pid).unwrap_or(target);
        }
        samples.write(&target, &snapshot)?;
        next = (next + interval).max(Instant::now());
        if stop.recv_timeout(next - Instant::now()).is_ok() {
            break (0, false);
        }
    };
    // Otherwise the trace is open: the process goes on.
    if ended {
        samples.slot(Slot { kind: kind::LAST, ..Slot::default() })?;
    }
    samples.to.flush()?;
    eprintln!(
        "gosbrk: recorded {}; next: gosbrk trace view {}",
        if samples.count == 1 { "1 sample".into() } else { format!("{} samples", samples.count) },
        file.display()
    );
    Ok(status)
}

/// Tells when a signal asks for the end of the recording.
fn stop() -> io::Result<Receiver<i32>> {
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    let (tell, stop) = channel();
    thread::Builder::new().spawn(move || {
        for signal in &mut signals {
            // Nobody listens when the recording is over.
            let _ = tell.send(signal);
        }
    })?;
    Ok(stop)
}

/// A new file; an old trace loses its name, because somebody may be reading it.
fn create(file: &Path) -> io::Result<File> {
    let mut first = Vec::new();
    if let Ok(old) = File::open(file) {
        old.take(MAGIC.len() as u64).read_to_end(&mut first)?;
        if first != MAGIC && !first.is_empty() {
            return Err(io::Error::other("the file is there and is not a trace"));
        }
        fs::remove_file(file)?;
    }
    File::create_new(file)
}

fn header(target: &Target) -> Header {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let wall_ns = u64::try_from(since.as_nanos()).unwrap_or(0);
    let pid = u64::try_from(target.process.pid).unwrap_or(0);
    let go = target.modules[0].go.clone().unwrap_or_default();
    Header {
        layout: Layout::Samples,
        page: u32::try_from(page()).unwrap_or(4096),
        pid,
        wall_ns,
        ticks_per_second: 1_000_000_000,
        random: wall_ns ^ pid << 48,
        go: go.split(' ').next().unwrap_or_default().to_owned(),
        heap_page: 8192,
        chunk: 4 << 20,
        command: target.process.arguments(),
        ..Header::default()
    }
}

struct Samples {
    to: Writer<BufWriter<File>>,
    start: Instant,
    /// The bitmaps that were written last, by address.
    chunks: BTreeMap<u64, [u64; 8]>,
    count: u64,
    /// When the page map may be read again: it can be large.
    map_due: Instant,
}

impl Samples {
    fn slot(&mut self, slot: Slot) -> io::Result<()> {
        let time = u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(0);
        self.to.slot(&Slot { time, ..slot })
    }

    fn write(&mut self, target: &Target, snapshot: &Snapshot) -> io::Result<()> {
        self.slot(Slot { kind: kind::SAMPLE, ..Slot::default() })?;
        self.count += 1;
        for (code, (_, known)) in (0..).zip(snapshot.moment.rows()) {
            let (a, b) = known.as_ref().map_or((0, 0), |size| (*size, 1));
            self.slot(Slot { kind: kind::ROW, code, a, b, ..Slot::default() })?;
        }
        if let Ok(reading) = &snapshot.readings[0] {
            let (a, b) = (u64::from(reading.goals.collections), reading.goals.heap_goal);
            self.slot(Slot { kind: kind::CYCLES, a, b, ..Slot::default() })?;
        }
        let before = Instant::now();
        let place = target.modules[0].place.as_ref().ok().filter(|_| before >= self.map_due);
        let map = place.and_then(|(place, _)| heap::map(&target.process, place).ok());
        if let Some(map) = map {
            self.map(&map)?;
            // At most a tenth of the time.
            self.map_due = Instant::now() + 9 * before.elapsed();
        }
        self.to.flush()
    }

    /// Writes the parts of the page map that have changed.
    fn map(&mut self, map: &Map) -> io::Result<()> {
        for (start, pages) in &map.ranges {
            for (addr, chunk) in (*start..).step_by(CHUNK).zip(pages.chunks(PAGES)) {
                let mut bits = [0_u64; 8];
                for (page, state) in chunk.iter().enumerate() {
                    bits[page / 64] |= u64::from(*state == State::Used) << (page % 64);
                }
                if self.chunks.insert(addr, bits) == Some(bits) {
                    continue;
                }
                let used = bits.iter().map(|word| u64::from(word.count_ones())).sum();
                self.slot(Slot {
                    kind: kind::CHUNK,
                    code: 4,
                    a: addr,
                    b: used,
                    ..Slot::default()
                })?;
                for (code, pair) in (0..).zip(bits.chunks(2)) {
                    let (a, b) = (pair[0], pair[1]);
                    self.slot(Slot { kind: kind::BITS, code, a, b, ..Slot::default() })?;
                }
            }
        }
        Ok(())
    }
}
