//! Who is compared.

mod arena;
mod buddy;
mod dlmalloc;
mod gosbrk;
#[cfg(feature = "jemalloc")]
mod jemalloc;
mod linked_list;
mod locked;
#[cfg(feature = "mimalloc")]
mod mimalloc;
mod mmap;
mod talc;

use crate::plan::Plan;
use crate::run::{self, Sample};
use crate::side::Side;
use locked::Locked;

/// What kind of side it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// This library, called in some way.
    Gosbrk,
    /// Go's own code.
    Go,
    /// Another allocator.
    Peer,
}

/// A side, as the report names it.
#[derive(Debug)]
pub struct Entry {
    /// For the command line.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// What kind it is.
    pub kind: Kind,
    /// The crate whose version the report names.
    pub krate: Option<&'static str>,
    /// Its colour in plots.
    pub colour: &'static str,
    /// Runs a plan; `None`: another program has to, which tools/bench.sh makes.
    pub run: Option<fn(&Plan, u64) -> Sample>,
}

/// Whether a side that is only there with a feature is there.
macro_rules! with_feature {
    ($feature:literal, $run:expr) => {{
        #[cfg(feature = $feature)]
        let run: Option<fn(&Plan, u64) -> Sample> = Some($run);
        #[cfg(not(feature = $feature))]
        let run = None;
        run
    }};
}

/// All sides, in the order of the tables.
pub const ALL: [Entry; 13] = [
    Entry {
        name: "rust",
        title: "gosbrk from Rust",
        kind: Kind::Gosbrk,
        krate: Some("gosbrk"),
        colour: "#0b6e4f",
        run: Some(|plan, ms| {
            let mut layer = gosbrk::Direct::new();
            if plan.threads > 1 {
                return run::threads(plan, &Locked::new(layer));
            }
            run::layer(plan, ms, &mut layer)
        }),
    },
    Entry {
        name: "rust-c",
        title: "gosbrk from Rust, C functions",
        kind: Kind::Gosbrk,
        krate: None,
        colour: "#2a9d6f",
        run: Some(|plan, ms| {
            if plan.threads > 1 {
                return run::threads(plan, &gosbrk::Functions);
            }
            run::layer(plan, ms, &mut gosbrk::Functions)
        }),
    },
    Entry {
        name: "c",
        title: "gosbrk from C",
        kind: Kind::Gosbrk,
        krate: None,
        colour: "#5cc08c",
        run: None,
    },
    Entry {
        name: "cgo",
        title: "gosbrk from Go, cgo",
        kind: Kind::Gosbrk,
        krate: None,
        colour: "#9bd8b7",
        run: None,
    },
    Entry {
        name: "direct",
        title: "gosbrk from Go, direct",
        kind: Kind::Gosbrk,
        krate: None,
        colour: "#1b8a8f",
        run: None,
    },
    Entry {
        name: "go",
        title: "Go's own mem_sbrk.go",
        kind: Kind::Go,
        krate: None,
        colour: "#c1121f",
        run: None,
    },
    Entry {
        name: "mmap",
        title: "mmap and munmap",
        kind: Kind::Peer,
        krate: None,
        colour: "#6c757d",
        run: Some(|plan, ms| shared(plan, ms, mmap::Mmap)),
    },
    Entry {
        name: "jemalloc",
        title: "jemalloc",
        kind: Kind::Peer,
        krate: Some("tikv-jemalloc-sys"),
        colour: "#e07a1f",
        run: with_feature!("jemalloc", |plan, ms| shared(plan, ms, jemalloc::Jemalloc)),
    },
    Entry {
        name: "mimalloc",
        title: "mimalloc",
        kind: Kind::Peer,
        krate: Some("libmimalloc-sys"),
        colour: "#b5838d",
        run: with_feature!("mimalloc", |plan, ms| shared(plan, ms, mimalloc::Mimalloc)),
    },
    Entry {
        name: "dlmalloc",
        title: "dlmalloc",
        kind: Kind::Peer,
        krate: Some("dlmalloc"),
        colour: "#457b9d",
        run: Some(|plan, ms| single(plan, ms, dlmalloc::Dl::new())),
    },
    Entry {
        name: "talc",
        title: "talc",
        kind: Kind::Peer,
        krate: Some("talc"),
        colour: "#7b2cbf",
        run: Some(|plan, ms| single(plan, ms, talc::Heap::new())),
    },
    Entry {
        name: "linked-list",
        title: "linked_list_allocator",
        kind: Kind::Peer,
        krate: Some("linked_list_allocator"),
        colour: "#8a6d3b",
        run: Some(|plan, ms| single(plan, ms, linked_list::List::new())),
    },
    Entry {
        name: "buddy",
        title: "buddy_system_allocator",
        kind: Kind::Peer,
        krate: Some("buddy_system_allocator"),
        colour: "#3a86ff",
        run: Some(|plan, ms| single(plan, ms, buddy::Buddy::new())),
    },
];

/// The side of this name.
pub fn find(name: &str) -> Option<&'static Entry> {
    ALL.iter().find(|side| side.name == name)
}

/// A side that any number of threads can call.
fn shared<S: Side + Clone + Send>(plan: &Plan, ms: u64, mut side: S) -> Sample {
    if plan.threads > 1 { run::threads(plan, &side) } else { run::slots(plan, ms, &mut side) }
}

/// A side that one thread at a time can call: threads share it behind a lock.
fn single<S: Side + Send>(plan: &Plan, ms: u64, mut side: S) -> Sample {
    if plan.threads > 1 {
        run::threads(plan, &Locked::new(side))
    } else {
        run::slots(plan, ms, &mut side)
    }
}
