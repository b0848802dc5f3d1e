//! The commands: what they print, and how they end.

use crate::common::{root, run, scratch, succeed, text};
use crate::program::{OWN, build, gosbrk, place, record};
use gosbrk_trace::format::header::Header;
use gosbrk_trace::sample;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The trace of a made-up program.
fn made_up(name: &str) -> PathBuf {
    let file = place(name);
    fs::write(&file, sample::write(Vec::new(), 3000).unwrap()).unwrap();
    file
}

pub fn trace(args: &[&str], file: &Path) -> Command {
    let mut command = gosbrk();
    command.arg("trace").args(args).arg(file);
    command
}

pub fn traces(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|end| end == "gosbrk")).collect()
}

#[test]
fn stat_says_it_to_people_and_to_programs() {
    let file = made_up("stat.gosbrk");
    let text = succeed(&mut trace(&["stat", "--at", "#1500"], &file));
    for part in [
        "the program takes",
        "held by the program",
        "(the moment that was asked for: #1500",
        "main.handle in encoding/json.(*Decoder).Decode, server/handle.go:40",
        "page summary",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let json = succeed(&mut trace(&["stat", "--json", "--at", "#1500"], &file));
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["version"], 1);
    assert_eq!(json["calls"], 3000);
    assert_eq!(json["complete"], true);
    for moment in ["peak", "end", "at"] {
        let moment = &json["moments"][moment];
        let size = |row: &str| moment[row].as_u64().unwrap_or_else(|| panic!("{row}: {moment}"));
        let parts = ["held", "gaps", "kept", "stacks", "tables", "layer", "other", "file"];
        let sum: u64 = parts.into_iter().map(size).sum();
        assert_eq!(sum - size("untouched"), size("rss"), "{moment}");
    }
    assert_eq!(json["moments"]["at"]["call"], 1500);
}

/// A program that only grows is largest at its end.
#[test]
fn stat_shows_a_moment_once() {
    let file = place("once.gosbrk");
    let mut shown = Vec::new();
    for calls in [320, 3000] {
        fs::write(&file, sample::write(Vec::new(), calls).unwrap()).unwrap();
        let text = succeed(&mut trace(&["stat"], &file));
        let both =
            text.contains("(the highest resident memory, which is also the end of the trace: #");
        let count = text.matches("held by the program").count();
        assert_eq!(count, if both { 1 } else { 2 }, "{text}");
        assert_eq!(text.matches("(the end of the trace: #").count(), usize::from(!both), "{text}");
        let json = succeed(&mut trace(&["stat", "--json"], &file));
        let json: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["moments"]["peak"] == json["moments"]["end"], both, "{json}");
        shown.push(both);
    }
    assert_eq!(shown, [true, false]);
}

#[test]
fn what_is_wrong_with_a_file_is_said() {
    let whole = sample::write(Vec::new(), 3000).unwrap();
    let file = place("wrong.gosbrk");
    let say = |bytes: &[u8]| {
        fs::write(&file, bytes).unwrap();
        let output = run(&mut trace(&["stat", "--json"], &file));
        (output.status.code().unwrap(), text(&output.stderr), text(&output.stdout))
    };
    let (status, error, _) = say(b"something else");
    assert!(status == 2 && error.contains("is not a trace\nhint: "), "{error}");
    let (status, error, _) = say(b"");
    assert!(status == 2 && error.contains("is empty"), "{error}");
    let (status, error, _) = say(b"init profile=wasm start=0x0\n");
    assert!(status == 2 && error.contains("text notation"), "{error}");
    let mut newer = whole.clone();
    newer[8] = 7;
    let (status, error, _) = say(&newer);
    assert!(status == 2 && error.contains("has format 7; this gosbrk reads format 1"), "{error}");
    assert!(error.contains("hint: use a newer gosbrk"), "{error}");
    let mut damaged = whole.clone();
    let at = damaged.len() / 2;
    damaged[at] ^= 1;
    let (status, error, json) = say(&damaged);
    let json: Value = serde_json::from_str(&json).unwrap();
    let call = json["damaged_from_call"].as_u64().unwrap();
    assert!(status == 0 && error.contains(&format!("damaged from call {call} on")), "{error}");
    assert_eq!((json["calls"].as_u64(), &json["complete"]), (Some(call), &Value::Bool(false)));
    // A trace that is still being written: as far as it goes, and nothing is wrong.
    let mut open = whole[..4096 + 32 * 1000].to_vec();
    open.resize(open.len() + (256 << 10), 0);
    let (status, error, json) = say(&open);
    assert!(status == 0 && error.is_empty(), "{error}");
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap()["end"], "open");
}

#[test]
fn check_fails_where_a_condition_holds() {
    let file = made_up("check.gosbrk");
    let check = |conditions: &[&str]| {
        let mut args = vec!["check"];
        for one in conditions {
            args.extend(["--fail-if", *one]);
        }
        let output = run(&mut trace(&args, &file));
        (output.status.code().unwrap(), text(&output.stderr))
    };
    assert_eq!(check(&["peak.rss>1GiB", "heap.growths>1000", "end.kept>99%"]).0, 0);
    let (status, error) = check(&["peak.rss>1GiB", "peak.rss>1MiB"]);
    assert!(status == 1 && error.contains("peak.rss>1MiB: peak.rss is "), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
    let (status, error) = check(&["peak.size>1MiB"]);
    assert!(status == 2 && error.contains("a name is peak.ROW"), "{error}");
    let (status, error) = check(&["address_space.nothing>1MiB"]);
    assert!(status == 2 && error.contains("not known"), "{error}");
}

#[test]
fn diff_compares_runs_and_moments() {
    let (a, b) = (made_up("diff-a.gosbrk"), place("diff-b.gosbrk"));
    fs::write(&b, sample::write(Vec::new(), 9000).unwrap()).unwrap();
    let diff = |args: &[&str], a: &str, b: &str| {
        let output = run(gosbrk().args(["trace", "diff"]).args(args).args([a, b]));
        (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
    };
    let (one, other) = (a.to_str().unwrap(), b.to_str().unwrap());
    let (status, shown, error) = diff(&[], one, other);
    assert!(status == 0 && error.is_empty(), "{error}");
    for part in [
        "at its highest resident memory",
        "The largest change, ",
        "kept free by the runtime",
        "main.loadIndex, server/index.go:31 (",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    // Two moments of one, as a program reads them.
    let (_, json, _) = diff(&["--json"], &format!("{one}@#300"), &format!("{one}@end"));
    let json: Value = serde_json::from_str(&json).unwrap();
    let stat = succeed(&mut trace(&["stat", "--json", "--at", "#300"], &a));
    let stat: Value = serde_json::from_str(&stat).unwrap();
    assert_eq!(json["a"], stat["moments"]["at"]);
    assert_eq!(json["b"], stat["moments"]["end"]);
    let rows = json["rows"].as_array().unwrap();
    let last = rows.last().unwrap();
    assert_eq!(last["row"], "rss");
    let rss = |moment: &str| stat["moments"][moment]["rss"].as_i64().unwrap();
    assert_eq!(last["difference"].as_i64(), Some(rss("end") - rss("at")));
    // For CI.
    let (status, _, error) =
        diff(&["--fail-if", "at.rss>+0"], &format!("{one}@#300"), &format!("{one}@peak"));
    assert!(status == 1 && error.contains("at.rss>+0: at.rss went from "), "{error}");
    assert_eq!(diff(&["--fail-if", "peak.rss>+0%"], one, one).0, 0);
    let (status, _, error) = diff(&["--fail-if", "address_space.nothing>+1%"], one, other);
    assert!(status == 2 && error.contains("not known of A"), "{error}");
    let (status, _, error) = diff(&[], &format!("{one}@later"), other);
    assert!(status == 2 && error.contains("is no moment"), "{error}");
    // The page: both charts on one scale, and nothing that runs.
    let page = place("diff.html");
    assert_eq!(diff(&["--html", page.to_str().unwrap()], one, other).0, 0);
    let html = fs::read_to_string(&page).unwrap();
    assert_eq!(html.matches("<path fill=\"#0072b2\"").count(), 2);
    // The first chart's labels are those of the second.
    let labels: Vec<_> = html.split("<svg xmlns").skip(1).map(labels).collect();
    assert!(labels.len() == 2 && labels[0] == labels[1] && labels[0].len() > 6, "{labels:?}");
    assert!(!html.contains("<script"));
}

/// What stands along the axes of a chart.
fn labels(svg: &str) -> Vec<String> {
    let chart = svg.split("</svg>").next().unwrap();
    let texts = chart.split("</text>").filter_map(|part| part.rsplit_once('>'));
    texts.map(|(_, label)| label.to_owned()).filter(|label| !label.is_empty()).collect()
}

#[test]
fn replay_says_what_other_settings_would_save() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/traces");
    let old = folder.join("types-go1.23.9.ops.gz");
    let shown = succeed(&mut trace(&["replay"], &old));
    for part in ["  as recorded\n", "  profile wasm (Go 1.24 and later)\n", "arenas of 512 KiB"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(!shown.contains("estimates"), "{shown}");
    let json = |file: &Path| -> Value {
        serde_json::from_str(&succeed(&mut trace(&["replay", "--json"], file))).unwrap()
    };
    let rows = json(&old);
    let of = |name: &str| {
        let row = rows.as_array().unwrap().iter().find(|row| row["settings"] == name);
        row.unwrap_or_else(|| panic!("{name}: {rows}")).clone()
    };
    assert_eq!(of("as recorded")["same_addresses"], true);
    let high = |name: &str| of(name)["high_water"].as_u64().unwrap();
    assert!(high("profile wasm (Go 1.24 and later)") < high("as recorded"), "{rows}");
    // What cannot be replayed, and why.
    let file = place("replay.ops");
    fs::write(&file, "init profile=wasm start=0x0\nalloc some -> +0x0\n").unwrap();
    let output = run(&mut trace(&["replay"], &file));
    let error = text(&output.stderr);
    assert!(output.status.code() == Some(2) && error.contains("line 2 cannot"), "{error}");
    let output = run(&mut trace(&["replay"], &place("nothing.gosbrk")));
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
}

/// A program that was recorded gets the addresses that it got, and needs what it needed.
#[test]
fn replay_is_what_a_recorded_program_had() {
    let Some(recorded) = record("idle", 1, "compact", OWN) else { return };
    let json = succeed(&mut trace(&["replay", "--json"], &recorded.file));
    let rows: Value = serde_json::from_str(&json).unwrap();
    let stat = succeed(&mut trace(&["stat", "--json"], &recorded.file));
    let stat: Value = serde_json::from_str(&stat).unwrap();
    assert_eq!(rows[0]["same_addresses"], true, "{rows}");
    for figure in ["high_water", "most_used", "free_list", "tail"] {
        assert_eq!(rows[0][figure], stat["waste"][figure], "{figure}");
    }
}

#[test]
fn export_is_for_other_programs() {
    let file = made_up("export.gosbrk");
    let csv = succeed(&mut trace(&["export", "--csv"], &file));
    assert!(csv.starts_with("time_s,call,held_bytes,"), "{csv}");
    let json: Value =
        serde_json::from_str(&succeed(&mut trace(&["export", "--perfetto"], &file))).unwrap();
    assert!(json["traceEvents"].as_array().unwrap().len() > 100);
    let svg = succeed(&mut trace(&["export", "--svg"], &file));
    assert!(svg.starts_with("<?xml ") && svg.ends_with("</svg>\n"), "{svg}");
    let there = place("export.csv");
    succeed(&mut trace(&["export", "--csv", "-o", there.to_str().unwrap()], &file));
    assert_eq!(fs::read_to_string(&there).unwrap(), csv);
    let output = run(&mut trace(&["export"], &file));
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    let output = run(&mut trace(&["export", "--csv", "--svg"], &file));
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    let nowhere = ["export", "--csv", "-o", "/nowhere/at/all.csv"];
    let output = run(&mut trace(&nowhere, &file));
    let error = text(&output.stderr);
    assert!(output.status.code() == Some(2) && error.contains("/nowhere/at/all.csv: "), "{error}");
}

#[test]
fn print_gives_what_lockstep_replays() {
    let Some(recorded) = record("idle", 1, "compact", OWN) else { return };
    let printed = succeed(&mut trace(&["print"], &recorded.file));
    let lines: Vec<&str> = printed.lines().collect();
    assert!(lines[0].starts_with("init profile=plan9 start=0x"), "{}", lines[0]);
    assert_eq!(lines.len() as u64, recorded.trace.calls + 1);
    assert!(lines.iter().any(|line| line.starts_with("used +0x")), "what is used is not recorded");
    // One that is cut off by its reader is no failure.
    let script = "\"$@\" | head -n 1";
    let mut head = Command::new("bash");
    head.args(["-o", "pipefail", "-c", script, "bash", env!("CARGO_BIN_EXE_gosbrk")]);
    assert!(succeed(head.args(["trace", "print"]).arg(&recorded.file)).starts_with("init "));
}

#[test]
fn record_runs_a_program_and_passes_its_end_on() {
    let Some(program) = build("memory", "compact", OWN) else { return };
    let folder = scratch("trace-record");
    let record = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gosbrk"));
        command.current_dir(&folder).env("GOSBRK", "limit=1G").args(["trace", "record"]);
        run(command.args(args))
    };
    let path = program.to_str().unwrap();
    let output = record(&[path, "brief", "8"]);
    let error = text(&output.stderr);
    assert!(output.status.success(), "{error}");
    assert!(error.contains("gosbrk: recorded ") && error.contains("next: gosbrk trace stat"));
    let files = traces(&folder);
    assert_eq!(files.len(), 1, "{files:?}");
    // The other settings were kept.
    let header = Header::decode(&fs::read(&files[0]).unwrap()).unwrap();
    assert_eq!(header.limit, 1 << 30);
    assert!(header.command[0].ends_with("memory-compact-local"), "{:?}", header.command);

    let output = record(&["-o", "here.gosbrk", path, "brief", "8"]);
    assert!(output.status.success() && folder.join("here.gosbrk").is_file());
    // A folder, a program that runs others, and its status.
    let script = "\"$0\" brief 2; \"$0\" brief 2; exit 7";
    let output = record(&["-o", "all/", "sh", "-c", script, path]);
    assert_eq!(output.status.code(), Some(7), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("of 2 processes"), "{}", text(&output.stderr));
    assert_eq!(traces(&folder.join("all")).len(), 2);

    for (command, status) in [("true", 1), ("false", 1)] {
        let output = record(&["-o", "none.gosbrk", command]);
        assert_eq!(output.status.code(), Some(status));
        let error = text(&output.stderr);
        assert!(error.contains("nothing was recorded") && error.contains("hint: "), "{error}");
    }
    let output = record(&["./not-there"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("cannot run ./not-there"));
    let output = record(&["-o", "a,b", path]);
    assert!(text(&output.stderr).contains("no comma"), "{}", text(&output.stderr));
}

#[test]
fn record_refuses_what_records_nothing() {
    let program = place("memory-stock");
    let mut go = Command::new("go");
    go.current_dir(root().join("testdata/look")).args(["build", "-o"]);
    succeed(go.arg(&program).arg("./memory"));
    let output = run(gosbrk().args(["trace", "record"]).arg(&program).arg("idle"));
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("memory-stock is a stock Go program"), "{error}");
    assert!(error.contains("hint: build it with `gosbrk go build`"), "{error}");
    assert!(!error.contains("recording to"), "{error}");
    // Who records in a script is not known before.
    let output = run(gosbrk().args(["trace", "record", "true"]));
    let error = text(&output.stderr);
    assert!(error.contains("true.%p.gosbrk (%p: the process number)\n"), "{error}");
}

#[test]
fn record_builds_what_it_runs() {
    let folder = scratch("trace-go-run");
    let mut command = gosbrk();
    command.args(["--layout", "compact", "trace", "record", "-o"]).arg(folder.join(""));
    let output = run(command.args(["go", "run", "./memory", "brief", "8"]));
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(traces(&folder).len(), 1, "{}", text(&output.stderr));
}
