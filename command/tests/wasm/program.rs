//! The program of these tests, and what it and its recording say.

use crate::common::{own_file, root, run, skip, succeed, text, whole::numbers};
use gosbrk_trace::file::Trace;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// A release that has each kind of layer: growth where memory ends, growth from the break,
/// names, small arenas.
pub const RELEASES: [&str; 4] = ["1.21.13", "1.24.11", "1.25.5", "1.27.3"];
/// The others.
pub const OTHERS: [&str; 3] = ["1.22.10", "1.23.9", "1.26.6"];
/// The one of those tests that need one.
pub const NEWEST: &str = "1.27.3";

/// Megabytes that the program takes.
pub const MEGABYTES: &str = "12";

/// The command under test, with a release of Go.
pub fn gosbrk(release: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gosbrk"));
    for variable in ["GOSBRK", "GOOS", "GOARCH", "GOFLAGS", "GOGC", "GODEBUG", "GOMEMLIMIT"] {
        command.env_remove(variable);
    }
    command.env("GOTOOLCHAIN", format!("go{release}")).current_dir(root().join("testdata/guest"));
    command
}

/// A file in the tests' own folder.
pub fn place(name: &str) -> PathBuf {
    own_file(&format!("wasm-{name}"))
}

/// Whether there is such a release; if not, that is told.
pub fn has(release: &str) -> bool {
    let mut go = Command::new("go");
    let is_there =
        run(go.arg("version").env("GOTOOLCHAIN", format!("go{release}"))).status.success();
    if !is_there {
        skip(
            &format!("WebAssembly programs of Go {release}"),
            "the go command cannot get that release",
        );
    }
    is_there
}

/// The program, compiled for a system; `None`, with the reason told: there is no such release.
pub fn module(system: &str, release: &str) -> Option<PathBuf> {
    static BUILT: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    if !has(release) {
        return None;
    }
    let module = place(&format!("told-{system}-{release}.wasm"));
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    if built.insert(module.clone()) {
        let mut command = gosbrk(release);
        command.args(["trace", "wasm", "build", "--os", system, "-o"]).arg(&module);
        succeed(command.arg("./told"));
    }
    Some(module)
}

/// Runs a module with `gosbrk trace wasm run`; gives its standard output.
pub fn record(module: &Path, release: &str, file: &Path, args: &[&str]) -> String {
    let mut command = gosbrk(release);
    command.args(["trace", "wasm", "run", "-o"]).arg(file).arg(module).args(args);
    succeed(&mut command)
}

/// What `stat --json` says.
pub fn stat(file: &Path) -> Value {
    let json = succeed(gosbrk(NEWEST).args(["trace", "stat", "--json"]).arg(file));
    serde_json::from_str(&json).unwrap()
}

/// Opens a recording.
pub fn open(file: &Path) -> Trace {
    Trace::open(file).unwrap_or_else(|trouble| panic!("{}: {trouble}", file.display()))
}

/// Compares a recording of the whole run with what the program said at its end, up to so
/// many bytes that what it did then may have moved.
pub fn is_true(file: &Path, said: &str, moved: u64) {
    let said: BTreeMap<String, u64> = numbers(said);
    let stat = stat(file);
    assert_eq!((&stat["end"], &stat["complete"]), (&"exited".into(), &true.into()), "{stat}");
    assert_eq!(stat["layout"], "wasm");
    assert_eq!(stat["pid"], Value::Null);
    let end = &stat["moments"]["end"];
    let size = |row: &str| end[row].as_u64().unwrap_or_else(|| panic!("{row}: {end}"));
    let off = |size: u64, name: &str| size.abs_diff(said[name]);
    assert!(off(size("held") + size("gaps"), "HeapInuse") <= moved, "{end}");
    assert!(off(size("kept"), "HeapFree") <= moved, "{end}");
    assert!(size("stacks") >= said["StackInuse"], "{end}");
    assert_eq!(end["collections"].as_u64(), Some(said["Collections"]));
    for moment in ["peak", "end"] {
        adds_up(&stat["moments"][moment]);
    }
    // What nobody could measure has no number.
    assert_eq!(end["untouched"], Value::Null);
    assert!(end["unknown"]["untouched"].is_string(), "{end}");
    let growths = stat["heap_growths"].as_array().unwrap();
    let own = |growth: &Value| {
        let at = usize::try_from(growth["own"].as_u64()?).ok()?;
        Some(growth["stack"][at].as_str()?.to_owned())
    };
    let grew = growths.iter().filter(|one| own(one).as_deref() == Some("main.grow"));
    let grew: u64 = grew.filter_map(|one| one["bytes"].as_u64()).sum();
    assert!(grew > 8 << 20, "{growths:?}");
    let waste = &stat["waste"];
    let of = |key: &str| waste[key].as_u64().unwrap_or_else(|| panic!("{key}: {waste}"));
    assert_eq!(of("high_water"), size("rss"));
    assert_eq!(of("data"), size("file"));
    assert_eq!(of("free_list") + of("tail"), size("layer"));
    assert!(of("most_used") + of("data") <= of("high_water"), "{waste}");
}

/// The rows of a moment add up to the module's memory.
pub fn adds_up(moment: &Value) {
    let size = |row: &str| moment[row].as_u64().unwrap_or_else(|| panic!("{row}: {moment}"));
    let parts = ["held", "gaps", "kept", "stacks", "tables", "layer", "other", "file"];
    assert_eq!(parts.into_iter().map(size).sum::<u64>(), size("rss"), "{moment}");
}

/// What a command said on standard error, and its status.
pub fn said(command: &mut Command) -> (i32, String) {
    let output = run(command);
    (output.status.code().unwrap_or(-1), text(&output.stderr))
}
