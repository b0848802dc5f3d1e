//! Where and with what the figures were made.

use std::fs;
use std::process::Command;

/// The lines of the report that say so.
pub fn lines(versions: &[String]) -> Vec<String> {
    let cpu = field("/proc/cpuinfo", "model name");
    let cpus = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = field("/proc/meminfo", "MemTotal");
    let kib = memory.split(' ').next().and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(0.0);
    let memory = kib / f64::from(1 << 20);
    let kernel = read("/proc/sys/kernel/osrelease");
    let huge = read("/sys/kernel/mm/transparent_hugepage/enabled");
    let huge = huge.split(['[', ']']).nth(1).unwrap_or("unknown").to_owned();
    let mut lines = vec![
        format!("Date: {}", said("date", &["-u", "+%Y-%m-%d"])),
        format!(
            "Machine: {cpu}, {cpus} CPUs, {memory:.1} GiB of memory; Linux {kernel}, transparent huge pages: {huge}"
        ),
        format!("Compilers: {}; {}", said("rustc", &["--version"]), said("cc", &["--version"])),
        format!("Library: gosbrk {}{}", gosbrk::VERSION, commit()),
    ];
    lines.push(format!("Peers: {}", versions.join(", ")));
    lines
}

/// The average number of programs that ran in the last minute.
pub fn load() -> f64 {
    read("/proc/loadavg").split(' ').next().and_then(|load| load.parse().ok()).unwrap_or(0.0)
}

/// The version of a crate that this program was built with.
pub fn crate_version(name: &str) -> Option<&'static str> {
    let lock = include_str!("../../Cargo.lock");
    let (_, rest) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    // Up to the commit, where a version has one.
    rest.split(['"', '-']).next()
}

/// The commit, and whether what is compared was changed since.
fn commit() -> String {
    let commit = said("git", &["rev-parse", "--short", "HEAD"]);
    if commit.is_empty() {
        return commit;
    }
    // Not all of bench/: the results that are about to be written are there, too.
    let code = ["src", "go", "bench/src", "bench/side.c", "Cargo.toml", "Cargo.lock"];
    let status = ["status", "--porcelain", "--"];
    let changed =
        if said("git", &[&status[..], &code].concat()).is_empty() { "" } else { ", changed" };
    format!(", commit {commit}{changed}")
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}

/// The value of the first line `key : value` of a file.
fn field(path: &str, key: &str) -> String {
    let text = read(path);
    let line = text.lines().find(|line| line.starts_with(key)).unwrap_or_default();
    line.split_once(':').map_or("unknown", |(_, value)| value.trim()).to_owned()
}

/// The first line that a program says; nothing if it cannot be asked.
fn said(program: &str, args: &[&str]) -> String {
    let out = Command::new(program).args(args).output();
    let out = out.map(|out| out.stdout).unwrap_or_default();
    String::from_utf8_lossy(&out).lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::crate_version;

    #[test]
    fn versions_are_those_of_the_lock() {
        assert_eq!(crate_version("talc"), Some("5.1.1"));
        assert_eq!(crate_version("no-such-crate"), None);
    }
}
