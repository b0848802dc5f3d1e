//! One moment of a process.

use crate::counters::{self, Reading};
use crate::find::{Module, modules};
use crate::model::{Known, Moment, Process as Inputs};
use crate::process::{Mapping, Process};
use crate::resident::{Ranges, located, resident};
use crate::trouble::{Kind, Result, Trouble};
use std::borrow::Cow;

/// A process that is looked at, and what stays the same in it.
#[derive(Debug)]
pub struct Target {
    /// The process.
    pub process: Process,
    /// Its name.
    pub name: String,
    /// The files with Go in them, the program first.
    pub modules: Vec<Module>,
}

/// What was read of it at one moment.
#[derive(Debug)]
pub struct Snapshot {
    /// The rows.
    pub moment: Moment,
    /// What each module's runtime counts, or why that is not known.
    pub readings: Vec<Result<Reading>>,
    /// What the row `other` is made of.
    pub others: Others,
    /// Most bytes that may be the runtime's tables, though the rows `other` and
    /// `untouched` have them: where not all tables can be found, in a stripped program.
    pub uncertain: u64,
    /// Bytes that were moved to swap.
    pub swap: u64,
}

impl Snapshot {
    /// What is resident of the runtimes' memory beyond what they count: the kernel fills
    /// huge pages up. A part of the row `other`.
    #[must_use]
    pub fn huge_pages(&self) -> u64 {
        let of = &self.others;
        let parts = of.c_heap + of.anonymous + of.files + of.shared + of.kernel;
        self.moment.other.as_ref().map_or(0, |other| other.saturating_sub(parts))
    }

    /// What the row `other` is made of, with names; empty where that row is not known.
    #[must_use]
    pub fn other_parts(&self) -> Vec<(&'static str, u64)> {
        if self.moment.other.is_err() {
            return Vec::new();
        }
        let of = &self.others;
        vec![
            ("C's heap", of.c_heap),
            ("mappings without a file", of.anonymous),
            ("libraries and files", of.files),
            ("shared", of.shared),
            ("the first stack and the kernel's", of.kernel),
            ("added to huge pages", self.huge_pages()),
        ]
    }
}

/// Resident memory that is not from a Go runtime, by what the kernel calls it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Others {
    /// `[heap]`, where C's malloc begins.
    pub c_heap: u64,
    /// Mappings without a file: C's malloc, the stacks of C's threads, what the program maps.
    pub anonymous: u64,
    /// Libraries and files that are mapped.
    pub files: u64,
    /// Memory that is shared with others, files in memory included.
    pub shared: u64,
    /// The first thread's stack, and what the kernel adds.
    pub kernel: u64,
}

impl Target {
    /// Finds the runtimes of a process.
    ///
    /// # Errors
    /// When it may not be read, is gone, or is no Go program.
    pub fn open(pid: i32) -> Result<Self> {
        let process = Process::open(pid)?;
        let name = process.name();
        let modules = modules(&process, &process.mappings()?)?;
        // A Go program whose memory may not be read: the rows have nothing to say.
        let failed = |module: &Module| module.place.as_ref().err().cloned();
        let denied = modules
            .iter()
            .filter_map(failed)
            .find(|trouble| matches!(trouble.kind, Kind::Denied | Kind::Gone));
        match denied {
            Some(trouble) => Err(trouble),
            None => Ok(Self { process, name, modules }),
        }
    }

    /// Reads it as it is now.
    ///
    /// # Errors
    /// When it is gone or may not be read any more.
    pub fn look(&self) -> Result<Snapshot> {
        let mut snapshot = self.once()?;
        // The kernel's figures and the runtime's are of two moments: once more where that shows.
        for _ in 0..3 {
            if snapshot
                .moment
                .rows()
                .into_iter()
                .all(|(row, known)| known.is_ok() || row.key == "layer")
            {
                break;
            }
            snapshot = self.once()?;
        }
        if self.process.runs() { Ok(snapshot) } else { Err(self.process.gone()) }
    }

    fn once(&self) -> Result<Snapshot> {
        let mappings = self.process.mappings()?;
        let readings: Vec<_> = self.modules.iter().map(|module| self.reading(module)).collect();
        if let Some(trouble) = readings
            .iter()
            .filter_map(|one| one.as_ref().err())
            .find(|one| one.kind != Kind::Unknown)
        {
            return Err(trouble.clone());
        }
        let ranges = self.ranges();
        let within = |ranges: &Ranges| resident(&self.process, &mappings, ranges);
        let inside = ranges.and_then(|ranges| within(&ranges));
        let loaded =
            Ranges::new(self.modules.iter().flat_map(|module| module.loaded.iter().copied()));
        let loaded = within(&loaded);
        let mut others = Others::default();
        let (mut rss, mut file, mut swap) = (0, 0, 0);
        for (i, mapping) in mappings.iter().enumerate() {
            rss += mapping.rss;
            swap += mapping.swap;
            // The kernel joins variables that are zero at first with what lies behind them.
            let rest = mapping.rss - inside.as_ref().map_or(0, |inside| inside[i]);
            let loaded = loaded.as_ref().map_or(0, |loaded| loaded[i]);
            file += rest.min(loaded);
            *others.place(mapping) += rest.saturating_sub(loaded);
        }
        let because = |trouble: Trouble| Cow::Owned(trouble.message);
        let file = loaded.map(|_| file).map_err(because);
        let inside: Known = inside.map(|inside| inside.iter().sum()).map_err(because);
        let counted: Vec<_> = readings
            .iter()
            .map(|reading| {
                reading
                    .as_ref()
                    .map(|one| one.counters)
                    .map_err(|trouble| Cow::Owned(trouble.message.clone()))
            })
            .collect();
        let inputs = Inputs { rss: Ok(rss), file, resident: inside };
        let moment = Moment::of(&counted, &inputs, Err(Cow::Borrowed(self.layer())));
        let stripped = self
            .modules
            .iter()
            .any(|module| !module.symbols.contains_key("runtime.persistentChunks"));
        let missing = moment
            .tables
            .as_ref()
            .map_or(0, |tables| *tables)
            .min(*moment.untouched.as_ref().unwrap_or(&0));
        let uncertain = if stripped { others.anonymous.min(missing) } else { 0 };
        Ok(Snapshot { moment, readings, others, uncertain, swap })
    }

    fn reading(&self, module: &Module) -> Result<Reading> {
        let (place, _) = module.place.as_ref().map_err(Clone::clone)?;
        counters::read(&self.process, place)
    }

    /// Where the runtimes keep their memory.
    fn ranges(&self) -> Result<Ranges> {
        let mut all = Vec::new();
        for module in &self.modules {
            let (place, _) = module.place.as_ref().map_err(Clone::clone)?;
            all.extend(located(&self.process, place, &module.symbols)?);
        }
        Ok(Ranges::new(all))
    }

    fn layer(&self) -> &'static str {
        if self.on_gosbrk() {
            "the layer's own lists are not read: what is resident of them is in the row `not from the runtime`"
        } else {
            "only programs on gosbrk have that layer"
        }
    }

    /// Whether a runtime here is known to be on gosbrk.
    #[must_use]
    pub fn on_gosbrk(&self) -> bool {
        self.modules.iter().any(|module| matches!(module.layout, Some("plain" | "compact")))
    }
}

impl Others {
    fn place(&mut self, mapping: &Mapping) -> &mut u64 {
        match mapping.name.as_str() {
            "[heap]" => &mut self.c_heap,
            "[stack]" | "[vdso]" | "[vvar]" | "[vvar_vclock]" | "[vsyscall]" => &mut self.kernel,
            _ if mapping.permissions.ends_with('s') => &mut self.shared,
            name if name.starts_with('/') => &mut self.files,
            _ => &mut self.anonymous,
        }
    }
}
