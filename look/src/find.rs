//! The Go runtimes of a process.

use crate::counters::{self, Place};
use crate::elf::Image;
use crate::images::image;
use crate::layout::{Offsets, RELEASES};
use crate::process::{Mapping, Process, plain};
use crate::search::{fits, search};
use crate::trouble::{Kind, Result, Trouble};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// How the place of the runtime's fields is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// From the program's own DWARF.
    Dwarf,
    /// From the table of releases.
    Table,
    /// The variables by what they contain, their fields from the table.
    Content,
}

impl Source {
    /// Its name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dwarf => "dwarf",
            Self::Table => "table",
            Self::Content => "content",
        }
    }
}

/// A file with Go in it that a process has loaded.
#[derive(Debug)]
pub struct Module {
    /// Its name in the process.
    pub name: String,
    /// The Go release.
    pub go: Option<String>,
    /// `stock`, or the layout of a program on gosbrk, where it is known.
    pub layout: Option<&'static str>,
    /// The address ranges where it is loaded.
    pub loaded: Vec<(u64, u64)>,
    /// Where the runtime's variables are, or why that is not known.
    pub place: Result<(Place, Source)>,
    /// The file's own symbols that other parts look for, where they are in the process.
    pub symbols: BTreeMap<&'static str, u64>,
}

/// The files with Go in them that a process has loaded, the program itself first.
///
/// # Errors
/// When there is none, or the process may not be read.
pub fn modules(process: &Process, mappings: &[Mapping]) -> Result<Vec<Module>> {
    let exe = fs::read_link(process.file("exe")).map_err(|error| process.trouble(&error, "exe"))?;
    let exe = exe.to_string_lossy().into_owned();
    let mut files: BTreeMap<(bool, &str), Vec<&Mapping>> = BTreeMap::new();
    for mapping in mappings.iter().filter(|mapping| mapping.name.starts_with('/')) {
        files.entry((mapping.name != exe, &mapping.name)).or_default().push(mapping);
    }
    let mut modules = Vec::new();
    let mut unread = Vec::new();
    for ((library, name), mappings) in files {
        // A program's file can have mappings without code only.
        if library && !mappings.iter().any(|mapping| mapping.permissions.contains('x')) {
            continue;
        }
        let path = path(process, library, name, mappings[0]);
        match image(&path) {
            Ok(image) => {
                let name = plain(name);
                modules.extend(image.map(|image| module(process, &name, &image, &mappings)));
            }
            Err(error) if !library => return Err(process.trouble(&error, "exe")),
            Err(_) => unread.push(name),
        }
    }
    if modules.is_empty() {
        let name = process.name();
        if let Some(file) = unread.first().map(|file| plain(file)) {
            let message = format!(
                "process {} ({name}) is not a Go program, unless {file} is Go",
                process.pid
            );
            return Err(Trouble::new(Kind::NotGo, message)
                .hint("that file cannot be opened: root may be able to"));
        }
        return Err(Trouble::new(
            Kind::NotGo,
            format!("process {} ({name}) is not a Go program", process.pid),
        )
        .hint("`gosbrk look` lists those that are; a packed one (UPX) cannot be told"));
    }
    Ok(modules)
}

/// The file from here: the process may see another file system, and it may be deleted.
fn path(process: &Process, library: bool, name: &str, mapping: &Mapping) -> PathBuf {
    if !library {
        return process.file("exe");
    }
    if name.ends_with(" (deleted)") {
        return process.file(&format!("map_files/{:x}-{:x}", mapping.start, mapping.end));
    }
    process.file(&format!("root{name}"))
}

fn module(process: &Process, name: &str, image: &Image, mappings: &[&Mapping]) -> Module {
    let bias = image.bias(mappings);
    let place = bias.map_or_else(
        || Err(Trouble::new(Kind::Unknown, format!("{name}: where it is loaded cannot be told"))),
        |bias| place(process, image, bias),
    );
    let place =
        place.map_err(|trouble| Trouble { message: format!("{name}: {trouble}"), ..trouble });
    let compact = place.as_ref().ok().map(|(place, _)| place.offsets.compact());
    let on_gosbrk = image.symbols.contains_key("runtime.gosbrkState");
    let layout = match compact {
        Some(true) => Some("compact"),
        Some(false) if on_gosbrk => Some("plain"),
        Some(false) if !image.symbols.is_empty() => Some("stock"),
        // Stripped: plain has the same constants as stock.
        _ => None,
    };
    let symbols = image.symbols.iter().filter(|_| bias.is_some());
    Module {
        name: name.to_owned(),
        go: image.version.clone(),
        layout,
        loaded: bias.map(|bias| image.loaded(bias).collect()).unwrap_or_default(),
        place,
        symbols: symbols.map(|(name, at)| (*name, at.wrapping_add(bias.unwrap_or(0)))).collect(),
    }
}

fn place(process: &Process, image: &Image, bias: u64) -> Result<(Place, Source)> {
    let version = image.version.as_deref().unwrap_or("of an unknown release");
    let known = [false, true].map(|compact| Offsets::known(image.machine, version, compact));
    let known: Vec<&Offsets> = known.into_iter().flatten().collect();
    if image.offsets.is_none() && known.is_empty() {
        return Err(unknown(version, image));
    }
    let symbol = |name| image.symbols.get(name).map(|address: &u64| address.wrapping_add(bias));
    let (Some(controller), Some(stats), Some(heap)) =
        (symbol("runtime.gcController"), symbol("runtime.memstats"), symbol("runtime.mheap_"))
    else {
        let ranges: Vec<_> = image.variables(bias).collect();
        let place = search(process, &ranges, &known)?;
        return Ok((place, Source::Content));
    };
    let scavenge = symbol("runtime.scavenge");
    let (source, candidates) = match &image.offsets {
        Some(offsets) => (Source::Dwarf, vec![offsets]),
        None => (Source::Table, known),
    };
    for offsets in candidates {
        let place = Place { controller, stats, heap, scavenge, offsets: *offsets };
        if fits(process, &place)? {
            counters::read(process, &place)?;
            return Ok((place, source));
        }
    }
    Err(Trouble::new(
        Kind::Unknown,
        format!("{version}: the runtime's heap does not look as it does in that release"),
    )
    .hint("it may not have started yet: look again"))
}

fn unknown(version: &str, image: &Image) -> Trouble {
    let dwarf =
        if image.has_dwarf { "DWARF that does not describe the runtime" } else { "no DWARF" };
    let oldest = RELEASES.first().copied().unwrap_or_default();
    let newest = RELEASES.last().copied().unwrap_or_default();
    Trouble::new(
        Kind::Unknown,
        format!("{version}: it has {dwarf}, and where that release has its fields is known for go{oldest} to go{newest} only"),
    )
    .hint("build it without -ldflags=-w and -s: then its DWARF tells")
}
