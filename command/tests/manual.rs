//! Manual pages and completions: one for each command that `gosbrk --help` names.

mod common;

use common::{is_there, run, scratch, skip, succeed, text};
use std::fs::read_to_string;
use std::path::{Path, PathBuf};
use std::process::Command;

fn gosbrk() -> Command {
    Command::new(env!("CARGO_BIN_EXE_gosbrk"))
}

fn made(test: &str) -> PathBuf {
    let share = scratch(test).join("share");
    succeed(gosbrk().arg("manual").arg(&share));
    share
}

/// The commands and the options that a help text names.
fn named(help: &str) -> (Vec<String>, Vec<String>) {
    let (_, commands) = help.split_once("\nCommands:\n").unwrap();
    let (commands, rest) = commands.split_once("\n\n").unwrap();
    // Lines that go on are indented further.
    let first = |line: &str| Some(line.strip_prefix("  ")?.split_whitespace().next()?.to_owned());
    let command = |line: &str| (!line.starts_with("   ")).then(|| first(line)).flatten();
    let options = rest.split_whitespace().filter(|word| word.starts_with("--"));
    let options = options.map(|word| word.trim_end_matches([',', '.']).to_owned()).collect();
    (commands.lines().filter_map(command).collect(), options)
}

#[test]
fn each_command_has_a_page_and_is_completed() {
    let share = made("manual");
    let (commands, options) = named(&succeed(gosbrk().arg("--help")));
    assert!(commands.len() >= 5 && options.len() >= 4, "{commands:?} {options:?}");
    let page = |name: &str| read_to_string(share.join(format!("man/man1/{name}.1"))).unwrap();
    let main = page("gosbrk").replace("\\-", "-");
    let completions = [
        "bash-completion/completions/gosbrk",
        "fish/vendor_completions.d/gosbrk.fish",
        "zsh/site-functions/_gosbrk",
    ]
    .map(|name| read_to_string(share.join(name)).unwrap());
    for command in commands.iter().filter(|command| *command != "help") {
        assert!(page(&format!("gosbrk-{command}")).contains(".SH SYNOPSIS"), "{command}");
        assert!(completions.iter().all(|script| script.contains(command)), "{command}");
    }
    for option in options.iter().filter(|option| ["--layout", "--go"].contains(&option.as_str())) {
        assert!(main.contains(option), "{option}: {main}");
    }
    assert!(main.contains("Linux 4.17"), "{main}");
}

#[test]
fn help_shows_the_options_that_matter() {
    let help = |verb: &str| succeed(gosbrk().args(verb.split(' ')).arg("--help"));
    for verb in [
        "look",
        "top",
        "manual",
        "trace stat",
        "trace view",
        "trace print",
        "trace check",
        "trace diff",
        "trace replay",
        "trace export",
        "trace wasm script",
    ] {
        let said = help(verb);
        assert!(!said.contains("--layout") && !said.contains("--go "), "{verb}: {said}");
    }
    for (verb, own) in [("trace record", "--output"), ("goroot", "--tools")] {
        let said = help(verb);
        let at = |option: &str| said.find(option).unwrap();
        assert!(at(own) < at("--layout <") && at("--layout <") < at("--go <"), "{verb}: {said}");
    }
    for verb in ["trace wasm run", "trace wasm build"] {
        let said = help(verb);
        assert!(said.contains("--go <DIR>") && !said.contains("--layout"), "{verb}: {said}");
    }
}

#[test]
fn they_are_the_same_each_time() {
    let (a, b) = (made("manual-a"), made("manual-b"));
    succeed(Command::new("diff").arg("-r").arg(a).arg(b));
}

#[test]
fn shells_and_man_read_them() {
    let share = made("manual-read");
    let script = |name: &str| share.join(name);
    for (shell, name) in [
        ("bash", script("bash-completion/completions/gosbrk")),
        ("fish", script("fish/vendor_completions.d/gosbrk.fish")),
        ("zsh", script("zsh/site-functions/_gosbrk")),
    ] {
        if is_there(shell) {
            succeed(Command::new(shell).arg("-n").arg(name));
        } else {
            skip(&format!("completions for {shell}"), &format!("there is no {shell}"));
        }
    }
    // What bash offers after `gosbrk do`.
    let ask = r#". "$1"; COMP_WORDS=(gosbrk do) COMP_CWORD=1; _gosbrk gosbrk do gosbrk; echo "${COMPREPLY[@]}""#;
    let mut bash = Command::new("bash");
    bash.args(["-c", ask, "bash"]).arg(script("bash-completion/completions/gosbrk"));
    assert_eq!(succeed(&mut bash), "doctor\n");
    if is_there("man") {
        let mut man = Command::new("man");
        man.env("MANPATH", share.join("man"))
            .env("MANPAGER", "cat")
            .args(["--warnings", "gosbrk-go"]);
        let shown = run(&mut man);
        assert!(text(&shown.stdout).contains("SYNOPSIS"), "{shown:?}");
        assert_eq!(text(&shown.stderr), "");
    } else {
        skip("manual pages as man shows them", "there is no man");
    }
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let output = run(gosbrk().args(["manual", "/proc/nowhere"]));
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(said.starts_with("gosbrk: cannot make /proc/nowhere/man/man1: "), "{said}");
    assert!(!Path::new("/proc/nowhere").exists());
}
