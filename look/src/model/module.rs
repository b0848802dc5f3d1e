//! The rows of a WebAssembly module, and the sentence: its memory is what the host has set
//! aside for it, touched or not, and never gets smaller.

use super::{Moment, ROWS, Row, megabytes, row};

/// The moment of a module in a few sentences.
pub fn sentence(moment: &Moment, who: &str) -> String {
    let Ok(size) = moment.rss else {
        return format!("{who}: how much memory the module has is not known.");
    };
    let has = format!("{who} has {} of memory, which will not shrink", megabytes(size));
    let Ok(held) = moment.held else {
        return format!("{has}; how much of it the program holds is not known.");
    };
    let holds = format!("{has}, and holds {} of it.", megabytes(held));
    match moment.largest() {
        Some((row, _)) if row.key == "held" => format!("{holds} No other part is as large."),
        Some((row, size)) => {
            format!("{holds} The largest part, {}, is {}.", megabytes(size), row.phrase)
        }
        None => holds,
    }
}

/// The rows in order, with the keys of [`ROWS`]: the same where the runtime says them.
pub const MODULE_ROWS: [Row; 10] = [
    Row {
        action: "A heap profile shows who allocated them: runtime/pprof works in a module.",
        ..ROWS[0]
    },
    ROWS[1],
    Row {
        action: "The module stays this large: a lower GOGC, or GOMEMLIMIT, keeps the peak down.",
        ..ROWS[2]
    },
    ROWS[3],
    ROWS[4],
    row(
        "layer",
        "the memory layer's free list and tail",
        "free in the runtime's memory layer",
        "not in MemStats",
        "Memory that the runtime has returned or skipped to align, and memory that it never asked for.",
        "Newer Go releases leave less here: docs/webassembly.md compares them.",
    ),
    row(
        "other",
        "taken by the runtime and not in use",
        "taken by the runtime and not in use",
        "HeapReleased, and what is only reserved",
        "Addresses of the heap that are reserved, or free and counted as given back. They stay in the module.",
        "The heap grows into them before the module does.",
    ),
    row(
        "file",
        "the module's data",
        "the module's data",
        "not in MemStats",
        "Variables and constants of the program, below the first address that the layer hands out.",
        "It is there from the start: fewer packages and embedded files.",
    ),
    row(
        "untouched",
        "what was never touched",
        "never touched",
        "counted in the rows above",
        "Memory in the rows above that was never written.",
        "",
    ),
    row(
        "rss",
        "the module's memory",
        "in the module",
        "not in MemStats",
        "What the host has set aside for the module. It never gets smaller.",
        "",
    ),
];
