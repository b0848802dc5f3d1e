//! The mappings of a process, by `/proc/PID/smaps`.
#![allow(dead_code, reason = "each test is a crate of its own and uses a part of this")]

/// One of them, in KiB.
#[derive(Default)]
pub struct Mapping {
    pub size: u64,
    /// Pages of its own, not a file's, in memory or swapped out.
    pub own: u64,
    flags: Vec<String>,
}

impl Mapping {
    /// Whether it has one of the flags of `VmFlags` in proc(5).
    pub fn has(&self, flags: &[&str]) -> bool {
        self.flags.iter().any(|flag| flags.contains(&flag.as_str()))
    }
}

/// Reads what the file says.
pub fn parse(smaps: &str) -> Vec<Mapping> {
    let mut mappings = Vec::new();
    let mut mapping = Mapping::default();
    for line in smaps.lines() {
        let Some((name, rest)) = line.split_once(':') else { continue };
        let kib = || rest.trim().trim_end_matches(" kB").parse::<u64>().unwrap();
        match name {
            "Size" => mapping.size = kib(),
            "Anonymous" | "Swap" => mapping.own += kib(),
            // It is the last line of each.
            "VmFlags" => {
                mapping.flags = rest.split_whitespace().map(str::to_owned).collect();
                mappings.push(std::mem::take(&mut mapping));
            }
            _ => {}
        }
    }
    mappings
}
