//! `gosbrk doctor PROGRAM`.

mod common;

use common::whole::{LAYOUTS, build, build_stock, build_with, go, gosbrk};
use common::{run, scratch, succeed, text};
use std::fs::{copy, write};
use std::path::Path;
use std::process::Command;

/// What is said of a file, and the status.
fn said(program: &Path) -> (String, Option<i32>) {
    let output = run(gosbrk(&["doctor"]).arg(program));
    (text(&output.stdout) + &text(&output.stderr), output.status.code())
}

#[test]
fn how_a_program_was_built_is_said() {
    let go = succeed(&mut go(&["env", "GOVERSION"]));
    for layout in LAYOUTS {
        for options in [&[][..], &["-ldflags=-s -w"], &["-buildmode=pie"], &["-buildmode=c-shared"]]
        {
            let kind = format!("{layout}{}", options.concat().replace(' ', ""));
            let arguments = ["--layout", layout, "go", "build"];
            let (said, status) = said(&build_with(&arguments, "modes", &kind, options));
            assert_eq!(status, Some(0), "{said}");
            let most = if layout == "plain" { "16 TiB" } else { "60 GiB" };
            let want = format!(
                "ok       program: a Go program on gosbrk\nok       gosbrk: {}\nok       go: {}\n\
                 ok       layout: {layout}, heap of at most {most}\nok       advice: os, ",
                env!("CARGO_PKG_VERSION"),
                go.trim()
            );
            assert!(said.starts_with(&want), "{said}");
        }
    }
    let arguments = ["--advice", "go", "go", "build"];
    let (said, _) = said(&build_with(&arguments, "hello", "advice", &[]));
    assert!(said.contains("ok       advice: go, "), "{said}");
}

/// The settings are those that the program itself names.
#[test]
fn the_settings_are_those_that_the_program_accepts() {
    let hello = build("hello", "compact", &[]);
    let (said, _) = said(&hello);
    let accepted = |text: &str| {
        let words = text.rsplit_once("accepts ").unwrap().1.split([' ', ',', '\n']);
        let mut words: Vec<_> =
            words.filter(|word| word.ends_with('=')).map(str::to_owned).collect();
        words.sort();
        words
    };
    let refusal = run(Command::new(&hello).env("GOSBRK", "no-such=1"));
    assert_eq!(accepted(&said), accepted(&text(&refusal.stderr)), "{said}");
}

#[test]
fn what_is_not_on_gosbrk_is_said() {
    let dir = scratch("program");
    let script = dir.join("script");
    write(&script, "#!/bin/sh\n").unwrap();
    // A stock program that has another one's bytes in it.
    let carrier = dir.join("carrier");
    std::fs::create_dir_all(&carrier).unwrap();
    copy(build("hello", "compact", &[]), carrier.join("hello")).unwrap();
    write(carrier.join("go.mod"), "module carrier\n").unwrap();
    let main = "package main\n\nimport _ \"embed\"\n\n//go:embed hello\nvar hello string\n\n\
                func main() { println(hello) }\n";
    write(carrier.join("main.go"), main).unwrap();
    succeed(go(&["build", "-o", "carrier", "."]).current_dir(&carrier));

    for (program, want) in [
        (&*build_stock("hello"), "problem  program: a stock Go program, built with go1."),
        (&*carrier.join("carrier"), "problem  program: a stock Go program, built with go1."),
        (Path::new(env!("CARGO_BIN_EXE_gosbrk")), "problem  program: not a Go program, "),
        (
            &*script,
            "problem  program: not a program for linux/amd64 or linux/arm64 (ELF)\n         hint: ",
        ),
    ] {
        let (said, status) = said(program);
        assert!(said.starts_with(want), "{}: {said}", program.display());
        assert_eq!(status, Some(1), "{said}");
    }
    for missing in [&*dir.join("missing"), &*dir] {
        let (said, status) = said(missing);
        assert!(said.starts_with("gosbrk: cannot read "), "{said}");
        assert_eq!(status, Some(2));
    }
}
