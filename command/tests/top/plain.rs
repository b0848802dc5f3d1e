//! Where there is no terminal.

use crate::common::{run, succeed, text};
use crate::guest::{gosbrk, json};
use crate::programs::{recorded, stock};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

/// Starts `gosbrk top`; its lines.
fn top(arguments: &[&str]) -> (Child, impl Iterator<Item = String> + use<>) {
    let mut command = gosbrk();
    command.arg("top").args(arguments).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    (child, lines.map_while(Result::ok))
}

fn object(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

#[test]
fn json_has_what_look_says_and_what_has_changed() {
    let guest = stock(8);
    let pid = guest.0.pid();
    let (mut child, lines) = top(&["--json", "--every", "50ms", &pid.to_string()]);
    let mut lines = lines.map(|line| object(&line));
    let first = lines.next().unwrap();
    let look = json(pid);
    // Its cgroup has others in it.
    for (key, value) in look.as_object().unwrap().iter().filter(|(key, _)| *key != "cgroup") {
        assert_eq!(first[key], *value, "{key}");
    }
    assert_eq!((&first["change"], &first["heap_growths"]), (&Value::Null, &Value::Null));
    let second = lines.next().unwrap();
    assert_eq!(second["change"]["held"], 0);
    assert_eq!(second["change"]["layer"], Value::Null, "what is not known has no change");
    assert!(second["change"]["over_s"].as_f64().unwrap() >= 0.05);
    assert!(second["time_s"].as_f64() > first["time_s"].as_f64());
    drop(guest);
    lines.for_each(drop);
    assert_eq!(child.wait().unwrap().code(), Some(0), "it ends with the process");
}

#[test]
fn all_programs_are_listed_again_and_again_until_nobody_reads() {
    let (a, b) = (stock(4), stock(40));
    let pids = [b.0.pid(), a.0.pid()].map(|pid| pid.to_string());
    let (mut child, mut lines) = top(&["--every", "50ms"]);
    let first = lines.next().unwrap();
    assert!(first.contains("pid          RSS       change         held    kept free"), "{first}");
    let mut seen = Vec::new();
    while seen.len() < 6 {
        let line = lines.next().unwrap();
        let mut words = line.split_whitespace().skip(2);
        let pid = words.next().unwrap();
        seen.extend(pids.iter().position(|one| one == pid));
    }
    assert_eq!(seen, [0, 1, 0, 1, 0, 1], "the larger one first");
    drop(lines);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let (mut child, lines) = top(&["--every", "50ms", "--json", "--sort", "pid"]);
    let listed: Vec<Value> = lines.take(8).map(|line| object(&line)).collect();
    assert!(listed.iter().any(|one| one["change"].is_object()) || listed.len() == 8);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn growths_come_when_they_happen() {
    let (mut guest, file) = recorded("top-plain", 8);
    let pid = guest.pid().to_string();
    let (mut child, lines) = top(&["--every", "50ms", &pid]);
    let mut lines = lines.skip_while(|line| !line.contains(" growths before"));
    assert!(lines.next().unwrap().starts_with("    heap +"));
    let mut objects = top(&["--json", "--every", "50ms", &pid]).1.map(|line| object(&line));
    let count = |object: Value| object["heap_growths"].as_array().unwrap().len();
    assert!(count(objects.next().unwrap()) > 3, "all that were before");
    assert_eq!(count(objects.next().unwrap()), 0);
    guest.tell("mark");
    let grown = lines.find(|line| line.contains(" of the recording: ")).unwrap();
    assert!(grown.starts_with("    heap +") && grown.ends_with(": main.main"), "{grown}");
    let new = objects.find(|object| object["heap_growths"] != Value::Array(Vec::new())).unwrap();
    let stack = new["heap_growths"][0]["stack"].as_array().unwrap();
    assert!(stack.contains(&"main.main".into()), "{new}");

    // The file alone says the same.
    let name = file.to_str().unwrap();
    let mut of_file = top(&["--json", "--every", "50ms", name]).1.map(|line| object(&line));
    let first = of_file.next().unwrap();
    assert_eq!(first["pid"], guest.pid());
    assert!(first["heap_growths"].as_array().unwrap().len() > 4, "{first}");
    assert_eq!(of_file.next().unwrap()["change"]["held"], 0);
    drop(of_file);
    guest.end();
    lines.for_each(drop);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    // One that has ended is shown once.
    let said = succeed(gosbrk().args(["top", "--json", name]));
    let stat = succeed(gosbrk().args(["trace", "stat", "--json", name]));
    let (said, stat) = (object(&said), object(&stat));
    for (key, value) in stat["moments"]["end"].as_object().unwrap() {
        assert_eq!(said[key], *value, "{key}");
    }
}

#[test]
fn what_cannot_be_looked_at_is_named() {
    let me = std::process::id().to_string();
    for (what, status, words) in [
        ("1000000000", 1, "gosbrk: there is no process 1000000000"),
        (me.as_str(), 1, "is not a Go program"),
        ("/nowhere/x.gosbrk", 2, "gosbrk: /nowhere/x.gosbrk: "),
        ("/proc/self/exe", 2, "gosbrk: /proc/self/exe: is not a trace"),
    ] {
        let output = run(gosbrk().args(["top", what]));
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{what}: {said}");
        assert!(said.contains(words), "{what}: {said}");
    }
    for wrong in [&["top", "--every", "1"][..], &["top", "--sort", "size"], &["top", "1", "2"]] {
        assert_eq!(run(gosbrk().args(wrong)).status.code(), Some(2), "{wrong:?}");
    }
    let help = succeed(gosbrk().args(["top", "--help"]));
    assert!(help.contains("Examples:") && help.contains("[default: 1s]"), "{help}");
    assert!(!help.contains("--layout"), "{help}");
}
