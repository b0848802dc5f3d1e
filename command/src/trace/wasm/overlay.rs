//! The recorder beside the runtime's own files, for the flag `-overlay` of the go command.
//!
//! The functions of `mem_sbrk.go` get other names, and files of gosbrk have functions
//! under the old names, which call them and record the call. Nothing else is changed, and
//! the Go root stays as it is.

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};
use std::fs;
use std::path::Path;

macro_rules! recorder {
    ($file:literal) => {
        include_str!(concat!("../../../../go/runtime/wasm/", $file))
    };
}

/// Files that every release gets.
const ALL: [(&str, &str); 6] = [
    ("gosbrk_trace_wasm.go", recorder!("all/gosbrk_trace_wasm.go")),
    ("gosbrk_watch_wasm.go", recorder!("all/gosbrk_watch_wasm.go")),
    ("gosbrk_file_wasip1.go", recorder!("all/gosbrk_file_wasip1.go")),
    ("gosbrk_host_js.go", recorder!("all/gosbrk_host_js.go")),
    ("gosbrk_ranges_wasm.go", recorder!("all/gosbrk_ranges_wasm.go")),
    ("gosbrk_wasm.s", recorder!("all/gosbrk_wasm.s")),
];

/// The layer's functions under their old names that are not alike in all releases, from this
/// minor release on.
const CALLS: [(u32, &str); 2] = [
    (21, recorder!("go1.21/gosbrk_calls_wasm.go")),
    (25, recorder!("go1.25/gosbrk_calls_wasm.go")),
];

/// The layer's profile, and the function that came with it.
const PROFILE: [(u32, &str); 2] = [
    (21, recorder!("go1.21/gosbrk_profile_wasm.go")),
    (24, recorder!("go1.24/gosbrk_profile_wasm.go")),
];

/// How the runtime names a program counter.
const FRAMES: [(u32, &str); 2] = [
    (21, recorder!("go1.21/gosbrk_frames_wasm.go")),
    (22, recorder!("go1.22/gosbrk_frames_wasm.go")),
];

/// The releases that are known.
const KNOWN: std::ops::RangeInclusive<u32> = 21..=27;

/// A line of a file of the runtime's, and what it becomes.
type Change = (String, String);

/// The minor release: 27 of `go1.27.3`; `None`: none that is known.
pub fn minor(version: &str) -> Option<u32> {
    let rest = version.strip_prefix("go1.")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok().filter(|minor| KNOWN.contains(minor))
}

/// Writes the overlay for the Go root `goroot`, of the release `version`, into a directory;
/// gives the file that `-overlay` takes. The root is named as `named` in it.
///
/// # Errors
/// The release is not known, or its files are not those of a release that is.
pub fn write(
    goroot: &Path,
    named: &Path,
    version: &str,
    into: &Path,
) -> Result<std::path::PathBuf> {
    let Some(minor) = minor(version) else {
        bail!("{version} is not known: programs of Go 1.21 to 1.27 can be recorded");
    };
    let mut replace = Map::new();
    let mut put = |name: &str, text: &str| -> Result<()> {
        let file = into.join(name);
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
        let original = named.join("src/runtime").join(name);
        let text = |path: &Path| Value::String(path.to_string_lossy().into_owned());
        replace.insert(original.to_string_lossy().into_owned(), text(&file));
        Ok(())
    };
    let of = |files: &[(u32, &'static str)]| {
        files.iter().rev().find(|(from, _)| *from <= minor).map_or("", |(_, text)| *text)
    };
    for (name, text) in ALL {
        put(name, text)?;
    }
    put("gosbrk_calls_wasm.go", of(&CALLS))?;
    put("gosbrk_profile_wasm.go", of(&PROFILE))?;
    put("gosbrk_frames_wasm.go", of(&FRAMES))?;
    for (name, changes) in changes(minor) {
        let path = goroot.join("src/runtime").join(name);
        let source =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let changed = changed(&source, &changes).with_context(|| {
            format!("{} is not as in the releases that are known", path.display())
        })?;
        put(name, &changed)?;
    }
    let file = into.join("overlay.json");
    fs::write(&file, serde_json::json!({ "Replace": replace }).to_string())
        .with_context(|| format!("cannot write {}", file.display()))?;
    Ok(file)
}

/// Each changed line must be there once: a release that differs is refused.
fn changed(source: &str, changes: &[Change]) -> Result<String> {
    let mut lines: Vec<&str> = source.split('\n').collect();
    for (from, to) in changes {
        let mut places = lines.iter_mut().filter(|line| *line == from);
        match (places.next(), places.next()) {
            (Some(line), None) => *line = to,
            _ => bail!("it does not have this line once: {from}"),
        }
    }
    Ok(lines.join("\n"))
}

/// What is changed in which file.
fn changes(minor: u32) -> [(&'static str, Vec<Change>); 4] {
    let name = if minor >= 25 { ", _ string" } else { "" };
    let mut functions = vec![
        format!("sysAllocOS(n uintptr{name}) unsafe.Pointer {{"),
        format!("sysReserveOS(v unsafe.Pointer, n uintptr{name}) unsafe.Pointer {{"),
        format!("sysMapOS(v unsafe.Pointer, n uintptr{name}) {{"),
    ];
    for hint in ["Free", "Unused", "Used", "HugePage", "NoHugePage", "HugePageCollapse", "Fault"] {
        functions.push(format!("sys{hint}OS(v unsafe.Pointer, n uintptr) {{"));
    }
    if minor >= 24 {
        functions
            .push("sysReserveAlignedSbrk(size, align uintptr) (unsafe.Pointer, uintptr) {".into());
    }
    let renamed = |rest: &String| (format!("func {rest}"), format!("func gosbrkUnrecorded_{rest}"));
    let one = |from: &str, to: &str| vec![(from.to_owned(), to.to_owned())];
    [
        ("mem_sbrk.go", functions.iter().map(renamed).collect()),
        ("os_wasip1.go", one("func exit(code int32)", "func gosbrkUnrecorded_exit(code int32)")),
        // It is declared beside the recorder.
        ("os_js.go", one("func exit(code int32)", "")),
        (
            "rt0_js_wasm.s",
            one(
                "TEXT runtime·exit(SB), NOSPLIT, $0-4",
                "TEXT runtime·gosbrkUnrecorded_exit(SB), NOSPLIT, $0-4",
            ),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::{changed, changes, minor};

    #[test]
    fn releases_are_told_apart() {
        assert_eq!(minor("go1.21.13"), Some(21));
        assert_eq!(minor("go1.27rc1"), Some(27));
        assert_eq!(minor("go1.27-devel_abc"), Some(27));
        for unknown in ["go1.20.1", "go1.28", "devel", "go2.21", "go1.x"] {
            assert_eq!(minor(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn a_file_that_differs_is_refused() {
        let [.., (_, exit), _] = changes(27);
        assert_eq!(changed("a\nfunc exit(code int32)\nb", &exit).unwrap(), "a\n\nb");
        for other in ["a", "func exit(code int)", "func exit(code int32)\nfunc exit(code int32)"] {
            changed(other, &exit).unwrap_err();
        }
    }
}
