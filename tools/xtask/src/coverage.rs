//! Makes a table of what llvm-cov exports: lines and regions (the pieces of an expression
//! that can be skipped) of each file of `src/`, without the tests inside them.

use crate::Done;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;

/// How many there are, and how many of them never ran.
#[derive(Clone, Copy, Default)]
struct Share {
    all: u32,
    unrun: u32,
}

impl Share {
    fn add(&mut self, ran: bool) {
        self.all += 1;
        self.unrun += u32::from(!ran);
    }

    fn percent(self) -> f64 {
        100.0 * (1.0 - f64::from(self.unrun) / f64::from(self.all))
    }
}

/// What is known of a file.
struct File {
    /// Its name from the top of the tree.
    name: String,
    /// Its lines up to its tests, which come last.
    source: Vec<String>,
    lines: Share,
    regions: Share,
    /// Where a region that never ran begins: line and column.
    unrun: Vec<(usize, usize)>,
}

impl File {
    /// None: it is for tests only.
    fn new(path: &str, top: &str, text: &str) -> Option<Self> {
        let name = path.strip_prefix(top).unwrap_or(path).trim_start_matches('/').to_owned();
        let for_tests =
            ["/tests.rs", "/fake.rs", "/random.rs"].iter().any(|end| name.ends_with(end));
        if for_tests || name.contains("/tests/") {
            return None;
        }
        let source = text.lines().take_while(|line| *line != "mod tests {").map(str::to_owned);
        let (lines, regions) = (Share::default(), Share::default());
        Some(Self { name, source: source.collect(), lines, regions, unrun: Vec::new() })
    }

    fn has(&self, line: usize) -> bool {
        line <= self.source.len()
    }
}

/// Prints the table of two exports: `--format=lcov`, and JSON without functions. With
/// `list`, first every region that never ran.
pub fn print(lines: &str, regions: &str, list: bool) -> Done {
    let top = std::env::current_dir()?;
    let regions = serde_json::from_str(&fs::read_to_string(regions)?)?;
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let files = collect(&fs::read_to_string(lines)?, &regions, &top.to_string_lossy(), read);
    print!("{}", table(&files, list).ok_or("nothing was counted")?);
    Ok(true)
}

fn collect(lines: &str, regions: &Value, top: &str, read: impl Fn(&str) -> String) -> Vec<File> {
    let mut files: BTreeMap<&str, Option<File>> = BTreeMap::new();
    let mut path = "";
    for line in lines.lines() {
        if let Some(found) = line.strip_prefix("SF:") {
            path = found;
            files.insert(path, File::new(path, top, &read(path)));
        }
        let of_line = line.strip_prefix("DA:").and_then(|rest| rest.split_once(','));
        if let (Some((at, ran)), Some(Some(file))) = (of_line, files.get_mut(path))
            && at.parse().is_ok_and(|at| file.has(at))
        {
            file.lines.add(ran != "0");
        }
    }
    let of_files = regions["data"][0]["files"].as_array();
    for of_file in of_files.into_iter().flatten() {
        let path = of_file["filename"].as_str().unwrap_or_default();
        let Some(Some(file)) = files.get_mut(path) else { continue };
        for point in of_file["segments"].as_array().into_iter().flatten() {
            // line, column, count, has a count, begins a region, is between regions
            let at =
                |i: usize| point[i].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
            let is = |i: usize| point[i] == Value::Bool(true);
            if is(3) && is(4) && !is(5) && file.has(at(0)) {
                file.regions.add(at(2) > 0);
                file.unrun.extend((at(2) == 0).then(|| (at(0), at(1))));
            }
        }
    }
    let mut files: Vec<_> = files.into_values().flatten().collect();
    files.retain(|file| file.lines.all > 0 && file.regions.all > 0);
    files
}

fn table(files: &[File], list: bool) -> Option<String> {
    let mut text = String::new();
    for file in files.iter().filter(|_| list) {
        for (line, column) in &file.unrun {
            let source = file.source[line - 1].trim_start();
            let _ = writeln!(text, "{}:{line}:{column}: {source}", file.name);
        }
    }
    let none = "";
    let _ = write!(text, "{:<24} {:>6} {:>6} {none:>8}", "file", "lines", "unrun");
    let _ = writeln!(text, " {:>8} {:>6} {none:>8}", "regions", "unrun");
    let mut row = |name: &str, l: Share, r: Share| {
        let (of_l, of_r) = (l.percent(), r.percent());
        let (Share { all: lines, unrun }, Share { all: regions, unrun: missed }) = (l, r);
        let _ = writeln!(
            text,
            "{name:<24} {lines:6} {unrun:6} {of_l:7.2}% {regions:8} {missed:6} {of_r:7.2}%"
        );
    };
    let (mut lines, mut regions) = (Share::default(), Share::default());
    for file in files {
        row(&file.name, file.lines, file.regions);
        for (sum, share) in [(&mut lines, file.lines), (&mut regions, file.regions)] {
            sum.all += share.all;
            sum.unrun += share.unrun;
        }
    }
    if files.is_empty() {
        return None;
    }
    row("all", lines, regions);
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::{collect, table};
    use serde_json::json;

    const SOURCE: &str = "fn f() {\n    g();\n}\nmod tests {\n    h();\n}\n";

    fn tabled(list: bool) -> Option<String> {
        let lines = "SF:/top/src/a.rs\nDA:1,3\nDA:2,0\nDA:3,3\nDA:5,0\nend_of_record\n\
                     SF:/top/src/fake.rs\nDA:1,0\nend_of_record\n";
        let regions = json!({"data": [{"files": [
            {"filename": "/top/src/a.rs", "segments": [
                [1, 1, 3, true, true, false],
                [2, 5, 0, true, true, false],
                [2, 9, 0, true, true, true],
                [3, 2, 0, false, false, false],
                [5, 5, 0, true, true, false],
            ]},
            {"filename": "/top/src/fake.rs", "segments": [[1, 1, 0, true, true, false]]},
        ]}]});
        table(&collect(lines, &regions, "/top", |_| SOURCE.to_owned()), list)
    }

    #[test]
    fn tests_do_not_count() {
        let text = tabled(false).unwrap();
        let rows: Vec<Vec<&str>> =
            text.lines().map(|row| row.split_whitespace().collect()).collect();
        assert_eq!(rows[1], ["src/a.rs", "3", "1", "66.67%", "2", "1", "50.00%"]);
        assert_eq!(rows[2], ["all", "3", "1", "66.67%", "2", "1", "50.00%"]);
        assert_eq!(rows.len(), 3, "{text}");
    }

    #[test]
    fn what_never_ran_is_listed() {
        let text = tabled(true).unwrap();
        assert!(text.starts_with("src/a.rs:2:5: g();\nfile "), "{text}");
    }

    #[test]
    fn nothing_is_no_table() {
        assert_eq!(table(&collect("", &json!({}), "/top", |_| String::new()), false), None);
    }
}
