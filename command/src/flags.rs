//! The go command's flags that no program on gosbrk can be built with, found where the go
//! command itself would find them.
//!
//! Go's flags stop at the first argument that is none, and what follows belongs to the
//! program that `go run` starts. `go test` takes flags behind its packages as well, up to
//! `-args`, or to a second list of other arguments.

use std::ffi::OsString;

/// The race detector and the sanitizers.
pub const SANITIZERS: [&str; 3] = ["race", "msan", "asan"];

/// The verbs that compile.
const VERBS: [&str; 5] = ["build", "install", "run", "test", "vet"];

/// Flags whose value can be the next argument.
const WITH_VALUE: [&str; 50] = [
    // Of every verb that builds.
    "C",
    "asmflags",
    "buildmode",
    "compiler",
    "debug-actiongraph",
    "debug-runtime-trace",
    "debug-trace",
    "exec",
    "gccgoflags",
    "gcflags",
    "installsuffix",
    "ldflags",
    "mod",
    "modfile",
    "o",
    "overlay",
    "p",
    "pgo",
    "pkgdir",
    "tags",
    "toolexec",
    "vettool",
    // Of tests, also with `test.` before them.
    "bench",
    "benchtime",
    "blockprofile",
    "blockprofilerate",
    "count",
    "covermode",
    "coverpkg",
    "coverprofile",
    "cpu",
    "cpuprofile",
    "fuzz",
    "fuzzcachedir",
    "fuzzminimizetime",
    "fuzztime",
    "gocoverdir",
    "list",
    "memprofile",
    "memprofilerate",
    "mutexprofile",
    "mutexprofilefraction",
    "outputdir",
    "parallel",
    "run",
    "shuffle",
    "skip",
    "timeout",
    "trace",
    "vet",
];

/// What asks for a sanitizer: an argument, or a word of `GOFLAGS`. The last one counts,
/// as for the go command, so `-race=false` takes it back.
pub fn sanitizer(args: &[OsString], goflags: &str) -> Option<String> {
    let args: Vec<_> = args.iter().map(|arg| arg.to_string_lossy()).collect();
    let (verb, args) = args.split_first()?;
    if !VERBS.contains(&verb.as_ref()) {
        return None;
    }
    let words = words(goflags);
    let in_goflags = words.iter().map(|word| (word.as_str(), true));
    let given = flags(args.iter().map(AsRef::as_ref), verb == "test");
    let all: Vec<_> = in_goflags.chain(given.into_iter().map(|arg| (arg, false))).collect();
    SANITIZERS.iter().find_map(|name| {
        let (word, in_goflags) = all.iter().rev().find(|(word, _)| split(word).0 == *name)?;
        let place = if *in_goflags { " in GOFLAGS" } else { "" };
        is_on(split(word).1).then(|| format!("{word}{place}"))
    })
}

/// The directory that the go command is to work in (`-C DIR`, which comes first).
pub fn directory(args: &[OsString]) -> Option<OsString> {
    let first = args.get(1)?.to_str()?;
    match split(first) {
        ("C", Some(directory)) => Some(directory.into()),
        ("C", None) => args.get(2).cloned(),
        _ => None,
    }
}

/// The sanitizer that a word of `GOFLAGS` turns on, for any verb that reads it.
pub fn sanitizer_in(goflags: &str) -> Option<String> {
    words(goflags)
        .into_iter()
        .find(|word| SANITIZERS.contains(&split(word).0) && is_on(split(word).1))
}

/// Whether Go takes a flag with this value for true.
fn is_on(value: Option<&str>) -> bool {
    value.is_none_or(|value| ["1", "t", "T", "true", "TRUE", "True"].contains(&value))
}

/// A flag's name and its value, if that stands in the same argument.
fn split(arg: &str) -> (&str, Option<&str>) {
    let Some(flag) = arg.strip_prefix("--").or_else(|| arg.strip_prefix('-')) else {
        return ("", None);
    };
    flag.split_once('=').map_or((flag, None), |(name, value)| (name, Some(value)))
}

/// The arguments that the go command takes for flags of its own.
fn flags<'a>(args: impl Iterator<Item = &'a str>, test: bool) -> Vec<&'a str> {
    let mut args = args.peekable();
    let mut flags = Vec::new();
    let mut packages = false;
    while let Some(arg) = args.next() {
        let (name, value) = split(arg);
        if name.is_empty() {
            // Not a flag: a package, or `-` or `--`, which end the flags.
            if arg.starts_with('-') || !test || packages {
                break;
            }
            while args.next_if(|next| !next.starts_with('-')).is_some() {}
            packages = true;
            continue;
        }
        if test && name == "args" {
            break;
        }
        flags.push(arg);
        let name = name.strip_prefix("test.").unwrap_or(name);
        if value.is_none() && WITH_VALUE.contains(&name) {
            args.next();
        }
    }
    flags
}

/// The words of `GOFLAGS`: a word that begins with a quote goes on to the next such quote.
fn words(goflags: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = goflags.trim_start();
    while let Some(first) = rest.chars().next() {
        let quoted = matches!(first, '\'' | '"');
        let (word, after) = if quoted {
            rest[1..].split_once(first).unwrap_or((&rest[1..], ""))
        } else {
            rest.split_once(char::is_whitespace).unwrap_or((rest, ""))
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{directory, sanitizer, sanitizer_in};
    use std::ffi::OsString;

    fn found(line: &str, goflags: &str) -> Option<String> {
        let args: Vec<OsString> = line.split(' ').map(Into::into).collect();
        sanitizer(&args, goflags)
    }

    #[test]
    fn what_the_go_command_would_follow_is_found() {
        for (line, want) in [
            ("build -race ./...", "-race"),
            ("build --race", "-race"),
            ("build -o x -msan=true .", "-msan=true"),
            ("install -C dir -asan", "-asan"),
            ("vet -race", "-race"),
            ("run -ldflags -s -race . -v", "-race"),
            ("test ./a ./b -race", "-race"),
            ("test -run X -v ./... -count 1 -race", "-race"),
            ("test -c -race", "-race"),
            ("test -race -args -race=false", "-race"),
            ("build -race=false -race=1", "-race=1"),
        ] {
            let said = found(line, "").unwrap_or_else(|| panic!("{line}"));
            assert_eq!(said.trim_start_matches('-'), want.trim_start_matches('-'), "{line}");
        }
    }

    #[test]
    fn what_it_would_not_follow_is_let_through() {
        for line in [
            "build -race=false",
            "build -race -race=0",
            "build ./race",
            "build -o -race .",
            "build -tags race .",
            "build . -race",
            "build -- -race",
            "run . -race",
            "run main.go -race",
            "run -exec -race .",
            "test -run -race .",
            "test -test.run -race .",
            "test . -args -race",
            "test . -v more -race",
            "test -- -race",
            "version -race",
            "list -race ./...",
            "help -race",
        ] {
            assert_eq!(found(line, ""), None, "{line}");
        }
        assert_eq!(sanitizer(&[], "-race"), None);
    }

    #[test]
    fn the_directory_comes_first() {
        let of = |line: &str| directory(&line.split(' ').map(Into::into).collect::<Vec<_>>());
        for (line, want) in [
            ("build -C a/b .", Some("a/b")),
            ("test --C=x", Some("x")),
            ("build -v -C x", None),
            ("build -C", None),
            ("build -Cx", None),
            ("version", None),
        ] {
            assert_eq!(of(line), want.map(Into::into), "{line}");
        }
    }

    #[test]
    fn goflags_count_until_an_argument_takes_them_back() {
        assert_eq!(found("build", "-v -race").as_deref(), Some("-race in GOFLAGS"));
        assert_eq!(
            found("build", "'-ldflags=-s -w' \"-msan\"").as_deref(),
            Some("-msan in GOFLAGS")
        );
        for (line, goflags) in [
            ("build", ""),
            ("build", "-race=false"),
            ("build", "'-ldflags=-X a=b -race'"),
            ("build -race=false .", "-race"),
            ("version", "-race"),
        ] {
            assert_eq!(found(line, goflags), None, "{line}, {goflags}");
        }
        assert_eq!(sanitizer_in("-v --asan").as_deref(), Some("--asan"));
        assert_eq!(sanitizer_in("-v -race=false"), None);
    }
}
