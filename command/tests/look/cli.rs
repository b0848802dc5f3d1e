//! What `gosbrk look` prints.

use crate::common::{run, succeed, text};
use crate::guest::{Ends, Guest, OWN, build, gosbrk, json, place};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

const KEYS: [&str; 10] =
    ["held", "gaps", "kept", "stacks", "tables", "layer", "other", "file", "untouched", "rss"];

fn program() -> PathBuf {
    build("memory", OWN, "cli", &[]).expect("the Go at hand")
}

#[test]
fn the_page_has_the_sentence_every_row_and_the_map() {
    let guest = Ends(Guest::start(&program(), "live", 24));
    let pid = guest.0.pid().to_string();
    let page = succeed(gosbrk().args(["look", &pid]));
    let first = page.lines().next().unwrap();
    assert!(first.starts_with(&format!("{pid} look-memory-loc takes ")), "{first}");
    assert!(first.contains(" MB of memory and holds 25."), "{first}");
    for row in gosbrk_look::model::ROWS {
        // Not of this program.
        assert_eq!(page.contains(row.name), row.key != "layer", "{}: {page}", row.name);
    }
    for part in [
        "HeapAlloc",
        "go tool pprof -inuse_space",
        "Will it come back? (go1.",
        "The last of ",
        "GOGC=100",
        "0x",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let map: String =
        page.lines().filter_map(|line| line.trim_start().strip_prefix("0x")).collect();
    assert!(map.matches('#').count() > 10, "{page}");
}

#[test]
fn json_has_every_row_and_adds_up() {
    let guest = Ends(Guest::start(&program(), "live", 8));
    let said = json(guest.0.pid());
    let of = |key: &str| said[key].as_i64();
    let sum: i64 = KEYS[..8].iter().filter_map(|key| of(key)).sum();
    assert_eq!(sum - of("untouched").unwrap(), of("rss").unwrap(), "{said}");
    for key in KEYS {
        assert_eq!(said[key].is_null(), said["unknown"].get(key).is_some(), "{key}: {said}");
    }
    assert_eq!(said["version"], 1);
    assert_eq!(said["pid"], guest.0.pid());
    assert_eq!(said["layout"], "stock");
    assert!(said["go"].as_str().unwrap().starts_with("go1."));
    assert_eq!(said["runtimes"][0]["source"], "dwarf");
    assert_eq!(said["runtimes"][0]["held"], said["held"]);
}

#[test]
fn several_processes_each_get_a_line() {
    let guests = [1, 2].map(|amount| Ends(Guest::start(&program(), "live", amount)));
    let pids = guests.each_ref().map(|guest| guest.0.pid());
    let output = run(gosbrk()
        .args(["look", "--json"])
        .args(pids.map(|pid| pid.to_string()))
        .arg("1000000000"));
    assert_eq!(output.status.code(), Some(1), "the third does not exist");
    let said = text(&output.stdout);
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        lines.iter().map(|line| line["pid"].as_u64().unwrap()).collect::<Vec<_>>(),
        pids.map(u64::from)
    );
    assert!(text(&output.stderr).contains("there is no process 1000000000"));
}

#[test]
fn the_list_has_running_programs_the_largest_first() {
    let long = "x".repeat(300);
    let start = |amount: &str| {
        let mut command = Command::new(program());
        let mut guest = Ends(Guest::run(command.args(["live", amount, &long])));
        guest.0.ask();
        guest
    };
    let guests = ["4", "40"].map(start);
    let said = succeed(gosbrk().arg("look"));
    let place = |guest: &Ends| {
        let pid = guest.0.pid().to_string();
        said.lines().position(|line| line.split_ascii_whitespace().next() == Some(&pid))
    };
    let places = guests.each_ref().map(place);
    assert!(places[1].unwrap() < places[0].unwrap(), "{said}");
    let line = said.lines().nth(places[1].unwrap()).unwrap();
    let program = program();
    let name = program.file_name().unwrap().to_str().unwrap();
    assert!(line.contains("go1."), "{line}");
    assert!(line.ends_with(&format!(" {name} live 40 {long}")), "{line}");
    let lines = succeed(gosbrk().args(["look", "--json"]));
    let objects = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let command = objects.filter(|object| object["pid"] == guests[1].0.pid());
    let whole = [program.to_str().unwrap(), "live", "40", &long];
    let command: Vec<Value> = command.map(|object| object["command"].clone()).collect();
    assert_eq!(command, [Value::from(&whole[..])]);
}

#[test]
fn watching_ends_with_the_process() {
    let guest = Guest::start(&program(), "live", 4);
    let pid = guest.pid().to_string();
    let mut command = gosbrk();
    command.args(["look", "--watch=20ms", &pid]).stdout(Stdio::piped());
    let mut watch = command.spawn().unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    let first = [lines.next().unwrap().unwrap(), lines.next().unwrap().unwrap()];
    for line in &first {
        assert!(line.contains(" s  rss ") && line.contains(" MB  held 4."), "{line}");
    }
    assert_eq!(guest.end(), "");
    lines.for_each(drop);
    assert_eq!(watch.wait().unwrap().code(), Some(0));
}

#[test]
fn watching_as_json_tells_the_time() {
    let guest = Ends(Guest::start(&program(), "live", 4));
    let mut command = gosbrk();
    command
        .args(["look", "--json", "--watch=20ms", &guest.0.pid().to_string()])
        .stdout(Stdio::piped());
    let mut watch = command.spawn().unwrap();
    let out = BufReader::new(watch.stdout.take().unwrap());
    let lines: Vec<Value> =
        out.lines().take(3).map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
    let times: Vec<f64> = lines.iter().map(|line| line["time_s"].as_f64().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    // Nobody reads on: it ends by itself.
    assert_eq!(watch.wait().unwrap().code(), Some(0));
}

#[test]
fn help_has_examples_and_wrong_options_a_hint() {
    let help = succeed(gosbrk().args(["look", "--help"]));
    assert!(help.contains("Examples:") && help.contains("--watch[=<INTERVAL>]"), "{help}");
    assert!(!help.contains("--layout"), "{help}");
    for wrong in [
        &["look", "--watch"][..],
        &["look", "0"],
        &["look", "x"],
        &["look", "--watch=1", "1"],
        &["look", "--watch", "1", "2"],
    ] {
        assert_eq!(run(gosbrk().args(wrong)).status.code(), Some(2), "{wrong:?}");
    }
}

/// Bytes of the address space of a process that the kernel tells of, in `status`.
fn status(pid: u32, name: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    value.unwrap().trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

#[test]
fn the_address_space_is_that_of_the_kernel_with_its_limit() {
    let started = |script: &str| {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{script} exec \"$0\" live 4")]).arg(program());
        let mut guest = Ends(Guest::run(&mut shell));
        guest.0.ask();
        guest
    };
    // 4 GiB in the KiB of ulimit: a stock program needs more than a GiB.
    for (script, max, said) in [
        ("ulimit -v 4194304;", Some(4_u64 << 30), ", of at most 4,295.0 MB (ulimit -v 4194304)\n"),
        ("", None, "; it has no limit (ulimit -v unlimited)\n"),
    ] {
        let mut guest = started(script);
        guest.0.quiet();
        let pid = guest.0.pid();
        let (current, peak) = (status(pid, "VmSize"), status(pid, "VmPeak"));
        let json = &json(pid)["address_space"];
        assert_eq!((&json["current"], &json["peak"]), (&current.into(), &peak.into()), "{json}");
        assert_eq!(json["max"].as_u64(), max, "{json}");
        let page = succeed(gosbrk().args(["look", &pid.to_string()]));
        let line = format!(
            "\nAddress space, resident or not: {} now, {} at its peak{said}",
            gosbrk_look::model::megabytes(current),
            gosbrk_look::model::megabytes(peak)
        );
        assert!(page.contains(&line), "{line}: {page}");
    }
}

/// What is recorded of a program that was looked at is what it was seen to have.
#[test]
fn a_recording_has_the_moments_that_were_seen() {
    let program = build("memory", OWN, "recorded", &[]).expect("the Go at hand");
    let guest = Ends(Guest::start(&program, "live", 24));
    let file = place("recorded.gosbrk");
    let _ = std::fs::remove_file(&file);
    let pid = guest.0.pid().to_string();
    let mut command = gosbrk();
    command.args(["look", "--record"]).arg(&file).args(["--every", "20ms", &pid]);
    let recorder = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
    // It can be read while it is being written.
    let stat = || {
        let text = succeed(gosbrk().args(["trace", "stat", "--json"]).arg(&file));
        serde_json::from_str::<serde_json::Value>(&text).unwrap()
    };
    let begun = || std::fs::metadata(&file).is_ok_and(|file| file.len() > 4096);
    while !begun() || stat()["calls"].as_u64().unwrap() < 5 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let seen = json(guest.0.pid());
    assert_eq!(stat()["end"], "open");
    drop(guest);
    let output = recorder.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("samples; next: gosbrk trace view"), "{said}");
    let stat = stat();
    assert_eq!((&stat["layout"], &stat["complete"]), (&"samples".into(), &true.into()));
    assert!(stat["calls"].as_u64().unwrap() >= 5);
    let end = &stat["moments"]["end"];
    for row in ["held", "gaps", "kept", "stacks", "tables"] {
        assert_eq!(end[row], seen[row], "{row}");
    }
    assert!(end["layer"].is_null() && end["unknown"]["layer"].is_string());
    let map = gosbrk_trace::page::Page::of(
        &gosbrk_trace::file::Trace::open(&file).unwrap(),
        gosbrk_trace::page::Part::default(),
        |_| (),
    );
    let map = map.unwrap();
    assert!(!map.column("bitmap", "bits").unwrap().numbers.is_empty());
}

/// A recording that is stopped is as good as one of a process that ended.
#[test]
fn a_recording_can_be_stopped() {
    let program = build("memory", OWN, "stopped", &[]).expect("the Go at hand");
    let guest = Ends(Guest::start(&program, "live", 24));
    let pid = guest.0.pid().to_string();
    for signal in ["INT", "TERM"] {
        let file = place(&format!("stopped-{signal}.gosbrk"));
        let _ = std::fs::remove_file(&file);
        let mut command = gosbrk();
        // The pause between two samples does not hold it up.
        command.args(["look", "--record"]).arg(&file).args(["--every", "60m", &pid]);
        let recorder = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
        while !std::fs::metadata(&file).is_ok_and(|file| file.len() > 4096) {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        let kill = [format!("-{signal}"), recorder.id().to_string()];
        succeed(std::process::Command::new("kill").args(kill));
        let output = recorder.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{signal}: {said}");
        assert!(said.contains(&format!("until process {pid} ends or Ctrl-C\n")), "{said}");
        let last = format!("recorded 1 sample; next: gosbrk trace view {}\n", file.display());
        assert!(said.ends_with(&last), "{said}");
        let stat = succeed(gosbrk().args(["trace", "stat", "--json"]).arg(&file));
        let stat: serde_json::Value = serde_json::from_str(&stat).unwrap();
        assert_eq!((&stat["calls"], &stat["end"]), (&1.into(), &"open".into()));
    }
}

#[test]
fn a_name_is_no_process_number() {
    let output = run(gosbrk().args(["look", "server"]));
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("a process number (PID) is wanted"), "{said}");
    assert!(said.contains("`gosbrk look` without a PID lists the running Go programs"), "{said}");
}
