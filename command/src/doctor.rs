//! What fits and what does not: a line for each thing, and under what does not
//! fit what to do about it.

use crate::layout::Layout;
use crate::source::known;
use crate::toolchain::Toolchain;
use anyhow::{Error, Result};
use rustix::process::{Resource, getrlimit};
use std::process::ExitCode;

/// What was found out about one thing.
enum Finding {
    /// It fits.
    Fits(String),
    /// It does not, and what to do.
    Problem(String, String),
}

use Finding::{Fits, Problem};

/// Options of the go command that a program on gosbrk cannot be built with.
const SANITIZERS: [&str; 3] = ["-race", "-msan", "-asan"];

/// Says what was found. The status is 1 when anything does not fit.
pub fn run(toolchain: &Result<Toolchain>, layout: Layout) -> ExitCode {
    let mut findings = Vec::new();
    match toolchain {
        Ok(toolchain) => findings.extend([
            ("go", release(toolchain)),
            ("target", target(toolchain)),
            ("GOFLAGS", flags(toolchain.get("GOFLAGS"))),
            ("GOWORK", Fits(shown(toolchain.get("GOWORK")))),
            ("GOTOOLCHAIN", switching(toolchain)),
            ("cgo", cgo(toolchain)),
        ]),
        Err(error) => findings.push((
            "go",
            Problem(
                format!("{error:#}"),
                "install Go 1.24 to 1.27, or name one with --go DIR".into(),
            ),
        )),
    }
    let overcommit = std::fs::read_to_string("/proc/sys/vm/overcommit_memory").unwrap_or_default();
    findings.extend([
        ("kernel", kernel(&rustix::system::uname().release().to_string_lossy())),
        ("vm.overcommit_memory", overcommitted(overcommit.trim(), layout)),
        ("RLIMIT_AS", limited(getrlimit(Resource::As).current, layout)),
        (
            "-race, -msan, -asan",
            Fits("not to be used: a program on gosbrk is built without".into()),
        ),
    ]);
    let mut status = ExitCode::SUCCESS;
    for (thing, finding) in findings {
        match finding {
            Fits(what) => println!("ok       {thing}: {what}"),
            Problem(what, fix) => {
                println!("problem  {thing}: {what}\n         {fix}");
                status = ExitCode::FAILURE;
            }
        }
    }
    status
}

fn shown(value: &str) -> String {
    if value.is_empty() { "not set".into() } else { value.into() }
}

fn release(toolchain: &Toolchain) -> Finding {
    let what = format!("{} in {}", toolchain.version(), toolchain.root().display());
    match known(toolchain.root(), toolchain.version()) {
        Ok(()) => Fits(what),
        Err(error) => Problem(what, one_line(&error)),
    }
}

fn one_line(error: &Error) -> String {
    format!("{error:#}").replace('\n', " ")
}

fn target(toolchain: &Toolchain) -> Finding {
    match toolchain.target().as_str() {
        "linux/amd64" => Fits("linux/amd64".into()),
        other => Problem(
            format!("GOOS/GOARCH is {other}; programs on gosbrk run on linux/amd64 only"),
            "unset GOOS and GOARCH, or `go env -u GOOS GOARCH`".into(),
        ),
    }
}

fn flags(goflags: &str) -> Finding {
    let of =
        |word: &str| word.trim_start_matches('-').split('=').next().unwrap_or_default().to_owned();
    let bad = goflags.split_whitespace().find(|word| {
        SANITIZERS.iter().any(|option| of(option) == of(word)) && !word.ends_with("=false")
    });
    match bad {
        None => Fits(shown(goflags)),
        Some(word) => Problem(
            format!(
                "{word}: Go's sbrk systems have no race detector or sanitizer, and neither has gosbrk"
            ),
            format!("take {word} out of GOFLAGS (see `go env GOFLAGS`)"),
        ),
    }
}

fn switching(toolchain: &Toolchain) -> Finding {
    let value = toolchain.get("GOTOOLCHAIN");
    let named = value.strip_suffix("+auto").or(value.strip_suffix("+path")).unwrap_or(value);
    if ["", "auto", "path", "local", toolchain.version()].contains(&named) {
        Fits(shown(value))
    } else {
        Problem(
            format!("{value}: `GOROOT=$(gosbrk goroot) go` would go over to a Go without gosbrk"),
            "use `gosbrk go`, or set GOTOOLCHAIN=local beside GOROOT".into(),
        )
    }
}

fn cgo(toolchain: &Toolchain) -> Finding {
    if toolchain.get("CGO_ENABLED") == "1" {
        Fits(
            "on; in a program with C code every thread takes the address space of its C stack \
             (ulimit -s) and of malloc's arena (MALLOC_ARENA_MAX=1 keeps it to one)"
                .into(),
        )
    } else {
        Fits("off".into())
    }
}

fn kernel(release: &str) -> Finding {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) if (major, minor) < (4, 17) => Problem(
            format!("Linux {release} has no MAP_FIXED_NOREPLACE"),
            "use Linux 4.17 or newer".into(),
        ),
        _ => Fits(format!("Linux {release}")),
    }
}

fn overcommitted(mode: &str, layout: Layout) -> Finding {
    if mode == "2" && layout == Layout::Plain {
        Problem(
            "2: the kernel counts memory that is reserved, 1.2 GB in the layout plain, as used"
                .into(),
            "use --layout compact, or sysctl vm.overcommit_memory=0".into(),
        )
    } else {
        Fits(shown(mode))
    }
}

fn limited(bytes: Option<u64>, layout: Layout) -> Finding {
    let Some(bytes) = bytes else { return Fits("unlimited".into()) };
    let kib = bytes >> 10;
    let what = format!("{kib} KiB of address space (ulimit -v)");
    if kib >= layout.least_kib() {
        Fits(what)
    } else {
        let least = layout.least_kib();
        let compact = if layout == Layout::Plain { "use --layout compact, or " } else { "" };
        Problem(
            format!("{what}; a program in the layout {} takes {least} to start", layout.name()),
            format!("{compact}raise it: ulimit -v {least}"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{Finding, Layout, flags, kernel, limited, overcommitted};

    fn fits(finding: &Finding) -> bool {
        matches!(finding, Finding::Fits(_))
    }

    #[test]
    fn sanitizers_are_found_among_the_flags() {
        assert!(fits(&flags("")));
        assert!(fits(&flags("-trimpath -ldflags=-s -race=false")));
        for bad in ["-race", "-trimpath --race", "-msan -v", "-asan=true"] {
            assert!(!fits(&flags(bad)), "{bad}");
        }
    }

    #[test]
    fn old_kernels_do_not_fit() {
        for (release, want) in [
            ("4.16.18", false),
            ("3.10.0-1160.el7", false),
            ("4.17.0", true),
            ("6.18.44-x", true),
            ("?", true),
        ] {
            assert_eq!(fits(&kernel(release)), want, "{release}");
        }
    }

    #[test]
    fn limits_are_the_layouts() {
        assert!(!fits(&limited(Some(800 << 20), Layout::Plain)));
        assert!(fits(&limited(Some(800 << 20), Layout::Compact)));
        assert!(!fits(&limited(Some(4 << 20), Layout::Compact)));
        assert!(fits(&limited(None, Layout::Plain)));
        assert!(!fits(&overcommitted("2", Layout::Plain)));
        assert!(fits(&overcommitted("2", Layout::Compact)));
        assert!(fits(&overcommitted("0", Layout::Plain)));
    }
}
