//! The setting `memlimit=` of a Go program, and what another limit leaves for its heap.
#![cfg_attr(not(feature = "flat"), allow(dead_code, reason = "for the other object"))]

/// Where the memory limit of the runtime's garbage collector comes from, unless
/// `GOMEMLIMIT` is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MemoryLimit {
    /// What the layout does when nothing is asked for.
    #[default]
    Default,
    /// From `RLIMIT_AS` and `GOSBRK=limit`, where there are such limits.
    Auto,
    /// Nowhere: there is none.
    Off,
    /// From these and from the limit of the cgroup.
    Cgroup,
    /// So many bytes.
    Size(usize),
}

/// What the setting accepts.
pub const WANT: &str = "want auto, off, cgroup or a number of bytes, such as 512M";

/// The setting's value, with the number that it is, if it is one; `None`: it cannot be followed.
pub fn memory_limit(value: &[u8], number: Option<usize>) -> Option<MemoryLimit> {
    match value {
        b"auto" => Some(MemoryLimit::Auto),
        b"off" => Some(MemoryLimit::Off),
        b"cgroup" => Some(MemoryLimit::Cgroup),
        // The runtime's type for it is an int64.
        _ => number.filter(|&n| n != 0 && n <= NONE).map(MemoryLimit::Size),
    }
}

/// What the runtime takes for no limit.
pub const NONE: usize = usize::MAX >> 1;

/// What the collector may go up to where a program can have so much address space:
///
/// - Its tables and its last arena, which is hardly ever full, take part of the smallest
///   limit; where there is less than twice as much, half of what there is.
/// - The C stacks of its threads take theirs, but no more than half of the rest.
/// - The heap passes the collector's goal while it collects, and has holes: a sixteenth.
/// - C code of the program allocates too: a quarter; a program that has loaded this one as
///   a library: half.
pub const fn for_heap(available: usize, stacks: usize, others: usize, least: usize) -> usize {
    let rest = available - min(least, available / 2);
    let rest = rest - min(stacks, rest / 2);
    rest / 16 * share(others)
}

/// Sixteenths of what is there that are for the heap.
pub const fn share(others: usize) -> usize {
    match others {
        0 => 15,
        1 => 12,
        _ => 8,
    }
}

const fn min(a: usize, b: usize) -> usize {
    if a < b { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::for_heap;

    const MIB: usize = 1 << 20;

    #[test]
    fn what_is_left_for_the_heap_grows_with_the_limit() {
        for others in 0..3 {
            for stacks in [0, 8 * MIB] {
                let of = |kib: usize| for_heap(kib << 10, stacks, others, 4 * MIB);
                assert_eq!(of(0), 0);
                for kib in (0..200_000).step_by(100) {
                    assert!(of(kib) <= of(kib + 100), "{kib}");
                    assert!(of(kib) <= kib << 10);
                }
            }
        }
    }

    #[test]
    fn who_else_takes_memory_leaves_less() {
        let of = |stacks, others| for_heap(100 * MIB, stacks, others, 4 * MIB);
        assert_eq!(of(0, 0), 90 * MIB);
        assert_eq!(of(8 * MIB, 1), 66 * MIB);
        assert_eq!(of(8 * MIB, 2), 44 * MIB);
        // Stacks that could never be there all at once.
        assert_eq!(of(1 << 40, 1), 36 * MIB);
    }
}
