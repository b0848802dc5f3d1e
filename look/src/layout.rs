//! Where the runtime's fields lie, for each release: from the program's DWARF
//! where it has some, else from a table that a test makes from the DWARF of a
//! program of each release.

mod dwarf;
mod machine;
mod table;

pub use dwarf::Types;
pub use machine::Machine;
pub use table::{RELEASES, TABLE};

macro_rules! offsets {
    ($($(#[$doc:meta])* $field:ident = $kind:literal $path:literal;)*) => {
        /// Offsets, sizes and counts, each in bytes or elements.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct Offsets {
            $($(#[$doc])* pub $field: u32,)*
            /// `heapStatsDelta.inPtrScalarBits`, which Go had up to 1.24.
            pub in_ptr_scalar_bits: Option<u32>,
        }

        impl Offsets {
            /// What the program's DWARF says; nothing where a field is not there.
            #[must_use]
            pub fn of(types: &Types) -> Option<Self> {
                let offsets = Self {
                    $($field: types.find($kind, $path)?,)*
                    in_ptr_scalar_bits: types.find("heapStatsDelta", "inPtrScalarBits"),
                };
                offsets.sane().then_some(offsets)
            }

            /// The fields' names and values, for the table.
            #[must_use]
            pub fn fields(&self) -> Vec<(&'static str, u32)> {
                vec![$((stringify!($field), self.$field),)*]
            }
        }
    };
}

offsets! {
    /// How much of `gcController` is read.
    controller_size = "gcControllerState" "#size";
    /// GOGC.
    gc_percent = "gcControllerState" "gcPercent";
    /// GOMEMLIMIT.
    memory_limit = "gcControllerState" "memoryLimit";
    /// What heapLive the next collection is to end at.
    heap_goal = "gcControllerState" "gcPercentHeapGoal";
    /// Marked by the last collection, and allocated since.
    heap_live = "gcControllerState" "heapLive";
    /// Bytes of spans in use.
    heap_in_use = "gcControllerState" "heapInUse";
    /// Bytes given back to the kernel.
    heap_released = "gcControllerState" "heapReleased";
    /// Bytes in no span, and not given back.
    heap_free = "gcControllerState" "heapFree";
    /// Bytes allocated since the start.
    total_alloc = "gcControllerState" "totalAlloc";
    /// Bytes freed since the start.
    total_free = "gcControllerState" "totalFree";
    /// Bytes that the runtime has and has not given back.
    mapped_ready = "gcControllerState" "mappedReady";
    /// The parts that the heap's counters are kept in.
    deltas = "mstats" "heapStats.stats";
    /// How many they are.
    delta_count = "mstats" "heapStats.stats#count";
    /// The size of one.
    delta_size = "heapStatsDelta" "#size";
    /// Bytes of spans that are goroutine stacks.
    in_stacks = "heapStatsDelta" "inStacks";
    /// Bytes of spans that are the collector's buffers.
    in_work_bufs = "heapStatsDelta" "inWorkBufs";
    /// Stacks of threads.
    stacks_sys = "mstats" "stacks_sys";
    /// Descriptions of spans.
    mspan_sys = "mstats" "mspan_sys";
    /// Caches of processors.
    mcache_sys = "mstats" "mcache_sys";
    /// Tables of profiles.
    buckhash_sys = "mstats" "buckhash_sys";
    /// The collector's own.
    gc_misc_sys = "mstats" "gcMiscSys";
    /// Everything else.
    other_sys = "mstats" "other_sys";
    /// When the last collection ended, in ns since 1970.
    last_gc = "mstats" "last_gc_unix";
    /// How many there were.
    gc_count = "mstats" "numgc";
    /// The slices of the page allocator's summary.
    summary = "mheap" "pages.summary";
    /// How many they are.
    summary_levels = "mheap" "pages.summary#count";
    /// The first level of the pages' bitmaps.
    chunks = "mheap" "pages.chunks";
    /// How many pointers it has.
    chunks_count = "mheap" "pages.chunks#count";
    /// How many bitmaps there are in the second level.
    chunks_inner = "mheap" "pages.chunks#inner";
    /// The number of the first bitmap.
    chunks_start = "mheap" "pages.start";
    /// The size of one bitmap.
    bitmap_size = "pallocData" "#size";
    /// Which pages are in use.
    bitmap = "pallocData" "pallocBits";
    /// Which pages were given back.
    scavenged = "pallocData" "scavenged";
    /// The address ranges of the heap.
    in_use_ranges = "mheap" "pages.inUse.ranges";
    /// The index for giving memory back.
    scavenge_index = "mheap" "pages.scav.index.chunks";
    /// A pointer to the heap's lock, its first field.
    heap_lock = "mheap" "pages.mheapLock";
    /// The heap's lock.
    lock = "mheap" "lock";
    /// A pointer to `memstats.gcMiscSys`.
    pages_stat = "mheap" "pages.sysStat";
    /// All spans.
    all_spans = "mheap" "allspans";
    /// The first level of the arenas' metadata.
    arenas = "mheap" "arenas";
    /// How many pointers the first level has.
    arenas_count = "mheap" "arenas#count";
    /// How many there are in the second level.
    arenas_inner = "mheap" "arenas#inner";
    /// The numbers of the arenas.
    arena_list = "mheap" "heapArenas|allArenas";
    /// The size of the metadata of an arena.
    arena_size = "heapArena" "#size";
}

impl Offsets {
    /// The table's entry for a machine, a release such as `go1.26.8 X:none` and a layout.
    #[must_use]
    pub fn known(machine: Machine, version: &str, compact: bool) -> Option<&'static Self> {
        let minor = minor(version)?;
        let wanted = (machine, minor, compact);
        TABLE.iter().find(|(key, _)| *key == wanted).map(|(_, offsets)| offsets)
    }

    /// Whether they can be a Go runtime's at all: a file may say what it likes.
    fn sane(&self) -> bool {
        let offsets = self.fields().into_iter().filter(|(name, _)| *name != "arenas_inner");
        let counts = [
            self.delta_count,
            self.summary_levels,
            self.chunks_count,
            self.chunks_inner,
            self.arenas_inner,
        ];
        offsets.into_iter().all(|(_, value)| value < 1 << 24)
            && counts.iter().all(|count| *count > 0)
            && self.delta_count <= 16
            && self.delta_size <= 1 << 16
            && self.summary_levels <= 16
            && self.chunks_count <= 1 << 16
            && self.arenas_count <= 1 << 16
            && self.controller_size <= 1 << 16
            && (32..=4096).contains(&self.bitmap_size)
            && self.scavenged.abs_diff(self.bitmap) % 8 == 0
            && self.scavenged != self.bitmap
            && self.scavenged.max(self.bitmap) + self.bitmap_pages() / 8 <= self.bitmap_size
    }

    /// Whether they are of gosbrk's layout for little address space.
    #[must_use]
    pub fn compact(&self) -> bool {
        self.bitmaps() < 1 << 20
    }

    /// How many pages one bitmap describes: the one of pages in use ends where the one of pages
    /// given back begins, or the other way round.
    #[must_use]
    pub const fn bitmap_pages(&self) -> u32 {
        self.scavenged.abs_diff(self.bitmap) * 8
    }

    /// How many bitmaps the page allocator has room for: one for each 4 MiB of addresses, or
    /// for each MiB in compact since Go 1.26.
    #[must_use]
    pub fn bitmaps(&self) -> u64 {
        u64::from(self.chunks_count) * u64::from(self.chunks_inner)
    }
}

/// `go1.26` of `go1.26.8`, `go1.26rc1` and `go1.26.8-fork X:arenas`.
#[must_use]
pub fn minor(version: &str) -> Option<&str> {
    let rest = version.strip_prefix("go1.")?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 { None } else { Some(&version[..4 + digits]) }
}

#[cfg(test)]
mod tests;
