//! Go programs in every build mode, their C code built plainly and with each
//! sanitizer of the C compiler. What works on stock Go works on gosbrk, with the
//! same output.

mod common;

use common::whole::{LAYOUTS, STOCK, go, gosbrk};
use common::{
    can_link, cc, is_there, long, own_file, reached, root, run, scratch, skip, succeed, text,
};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The C compiler's sanitizers, and what each says of the fault that the program has
/// for it.
const SANITIZERS: [(&str, &str); 3] = [
    ("address", "ERROR: AddressSanitizer: heap-buffer-overflow"),
    ("thread", "WARNING: ThreadSanitizer: data race"),
    ("undefined", "runtime error: signed integer overflow"),
];

/// What a program in Go and a program in C have to say.
const GO_SAYS: &str = "50 100\n";
const C_SAYS: &str = "0: 50 0\n0: 100 0\n";

/// Modes that the sanitizers do not work in, with or without Go: gcc links no such
/// static program, and code without a run-time linker's help does not find the
/// thread sanitizer's thread-local storage.
const NOT_ON_STOCK: [(&str, &str); 3] =
    [("static", "address"), ("static", "thread"), ("internal", "thread")];

/// One way to build a program: by whom, in which mode, and its C code.
#[derive(Clone, Copy)]
struct Way {
    /// A layout, or `STOCK`.
    on: &'static str,
    /// A name for the mode, as in `NOT_ON_STOCK`.
    mode: &'static str,
    /// A sanitizer, or "".
    code: &'static str,
}

/// What was said, or what was said instead.
type Outcome = Result<String, String>;

fn outcome(output: &Output) -> Outcome {
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    if output.status.success() { Ok(out) } else { Err(format!("{}: {out}{err}", output.status)) }
}

impl Way {
    /// The option of the C compiler.
    fn sanitizer(self) -> Option<String> {
        (!self.code.is_empty()).then(|| format!("-fsanitize={}", self.code))
    }

    /// Where the file with this ending is that the way leads to.
    fn path(self, ending: &str) -> PathBuf {
        let name = format!("modes-{}-{}-{}{ending}", self.mode, self.code, self.on);
        own_file(&name)
    }

    /// Builds a Go package.
    fn build(self, package: &str, ending: &str, options: &[&str]) -> Result<PathBuf, String> {
        let path = self.path(ending);
        let mut command = match self.on {
            STOCK => go(&["build"]),
            layout => gosbrk(&["--layout", layout, "go", "build"]),
        };
        command.args(options).arg("-o").arg(&path).arg(format!("./{package}"));
        command.env("CGO_ENABLED", "1");
        // With the usual flags runtime/cgo is that of other tests.
        if let Some(flag) = self.sanitizer() {
            command.env("CGO_CFLAGS", &flag).env("CGO_LDFLAGS", flag);
        }
        outcome(&run(&mut command))?;
        Ok(path)
    }

    /// The library for programs in C. One without a sanitizer is built once.
    fn library(self) -> Result<PathBuf, String> {
        static PLAIN: [OnceLock<PathBuf>; 2] = [OnceLock::new(), OnceLock::new()];
        let build =
            || Way { mode: "c-shared", ..self }.build("modes", ".so", &["-buildmode=c-shared"]);
        match LAYOUTS.iter().position(|&layout| layout == self.on) {
            Some(at) if self.code.is_empty() => {
                Ok(PLAIN[at].get_or_init(|| build().unwrap()).clone())
            }
            _ => build(),
        }
    }

    /// Builds the program in C with what it links.
    fn host(self, options: &[&str], name: &str) -> PathBuf {
        let path = own_file(&format!("modes-{}-{name}-host", self.code));
        let mut command = cc();
        command.arg(root().join("testdata/c/host.c")).args(options).args(self.sanitizer());
        succeed(command.arg("-pthread").arg("-o").arg(&path));
        path
    }

    /// The program in C that loads libraries, built once with each sanitizer.
    fn loader(self) -> PathBuf {
        static BUILT: [OnceLock<PathBuf>; 4] = [const { OnceLock::new() }; 4];
        let names = [""].into_iter().chain(SANITIZERS.map(|(name, _)| name));
        let (_, built) = names.zip(&BUILT).find(|&(name, _)| name == self.code).unwrap();
        built.get_or_init(|| self.host(&[], "loader")).clone()
    }

    /// Runs a program.
    fn run(self, program: &Path, args: &[&str]) -> Output {
        // The kernel may place a program where the thread sanitizer does not expect it.
        let mut command = if self.code == "thread" && is_there("setarch") {
            let mut setarch = Command::new("setarch");
            setarch.args(["x86_64", "-R"]).arg(program);
            setarch
        } else {
            Command::new(program)
        };
        command.args(args).env_remove("GOSBRK").env("TSAN_OPTIONS", "exitcode=0");
        // A plugin has all that runtime/cgo has, once more.
        run(command.env("ASAN_OPTIONS", "detect_leaks=0:detect_odr_violation=0"))
    }

    /// Builds the program, runs it, and has it make the fault for its sanitizer.
    fn program(self, options: &[&str]) -> Outcome {
        let program = self.build("modes", "", options)?;
        let said = outcome(&self.run(&program, &[]))?;
        for (name, found) in SANITIZERS {
            let faulty = (name == self.code).then(|| self.run(&program, &[name, "fault"]));
            if let Some(output) = faulty.filter(|output| !text(&output.stderr).contains(found)) {
                return Err(format!("{found}: it is not found: {output:?}"));
            }
        }
        Ok(said)
    }

    fn shared(self) -> Outcome {
        let library = self.library()?;
        let args = ["2", "50", "0", library.to_str().unwrap()];
        outcome(&self.run(&self.loader(), &args))
    }

    fn archive(self) -> Outcome {
        let archive = self.build("modes", ".a", &["-buildmode=c-archive"])?;
        let host = self.host(&["-DLINKED", archive.to_str().unwrap()], self.on);
        outcome(&self.run(&host, &["2", "50", "0", "linked"]))
    }

    fn plugin(self) -> Outcome {
        let plugin = self.build("modes", ".so", &["-buildmode=plugin"])?;
        let host = self.build("pluginhost", "-host", &[])?;
        outcome(&self.run(&host, &[plugin.to_str().unwrap()]))
    }
}

/// The sanitizers that the C compiler has, and "" for code without one.
fn codes() -> &'static [&'static str] {
    static CODES: OnceLock<Vec<&str>> = OnceLock::new();
    CODES.get_or_init(|| {
        let dir = scratch("modes-codes");
        let can = |name: &&str| {
            let can = can_link(&dir, &[&format!("-fsanitize={name}")]);
            if !can {
                skip(&format!("-fsanitize={name}"), "the C compiler cannot link it");
            }
            can
        };
        [""].into_iter().chain(SANITIZERS.map(|(name, _)| name).into_iter().filter(can)).collect()
    })
}

/// Builds and runs programs of a mode, and asks stock Go where one does not do what it
/// should. Sanitizers take turns with the layouts, the same turns in modes of one kind of
/// code, for which Go compiles std once then; with the long amounts all are tried, and
/// stock Go is always asked.
fn works(mode: &'static str, want: &str, tried: impl Fn(Way) -> Outcome) {
    let (mut ways, mut differ) = (0, Vec::new());
    for (turn, &code) in codes().iter().enumerate() {
        let stock = || tried(Way { on: STOCK, mode, code });
        if NOT_ON_STOCK.contains(&(mode, code)) {
            assert!(!long() || stock().is_err(), "{mode}, {code}: works on stock Go");
            continue;
        }
        for (parity, layout) in LAYOUTS.into_iter().enumerate() {
            let shared = usize::from(["pie", "c-shared", "c-archive"].contains(&mode));
            if !long() && turn > 0 && (turn + shared) % 2 != parity {
                continue;
            }
            let said = tried(Way { on: layout, mode, code });
            ways += 1;
            if long() || said.as_deref() != Ok(want) {
                match stock() {
                    Ok(stock) if said.as_ref() == Ok(&stock) => {}
                    Ok(stock) => {
                        differ.push(format!("{code}, {layout}: {said:?}, stock {stock:?}"));
                    }
                    Err(why) => skip(&format!("{mode}, {code}: not on stock Go"), &why),
                }
            }
        }
    }
    assert!(differ.is_empty(), "{mode}: {differ:#?}");
    reached(&format!("{ways} ways to build and run: {mode}"));
}

#[test]
fn programs() {
    works("exe", GO_SAYS, |way| way.program(&[]));
    works("internal", GO_SAYS, |way| way.program(&["-ldflags=-linkmode=internal"]));
}

#[test]
fn position_independent_programs() {
    works("pie", GO_SAYS, |way| way.program(&["-buildmode=pie"]));
}

#[test]
fn static_programs() {
    let external = "-ldflags=-linkmode=external -extldflags=-static";
    if !can_link(&scratch("modes-static"), &["-static"]) {
        return skip("static programs with C code", "the C library is not there for them");
    }
    works("static", GO_SAYS, |way| way.program(&[external]));
}

#[test]
fn libraries_for_programs_in_c() {
    works("c-shared", C_SAYS, Way::shared);
}

#[test]
fn archives_for_programs_in_c() {
    works("c-archive", C_SAYS, Way::archive);
}

#[test]
fn plugins() {
    works("plugin", GO_SAYS, Way::plugin);
}

/// The program in C has a sanitizer, its library knows nothing of it.
#[test]
fn programs_in_c_with_a_sanitizer_load_a_library() {
    for on in LAYOUTS {
        let plain = Way { on, mode: "c-shared", code: "" };
        let library = plain.library().unwrap();
        for &code in codes().iter().filter(|code| !code.is_empty()) {
            let way = Way { code, ..plain };
            let args = ["2", "50", "0", library.to_str().unwrap()];
            let said = outcome(&way.run(&way.loader(), &args));
            assert_eq!(said.as_deref(), Ok(C_SAYS), "{code}, {on}");
        }
    }
}

#[test]
fn python_loads_a_library() {
    if !is_there("python3") {
        return skip("a library in Python", "there is no python3");
    }
    let script = "import ctypes, sys
library = ctypes.CDLL(sys.argv[1])
print(library.Work(50), library.Work(50))";
    for on in LAYOUTS {
        let way = Way { on, mode: "c-shared", code: "" };
        let library = way.library().unwrap();
        let args = ["-c", script, library.to_str().unwrap()];
        assert_eq!(outcome(&way.run(Path::new("python3"), &args)).as_deref(), Ok(GO_SAYS), "{on}");
    }
}

/// libFuzzer comes with the address sanitizer.
#[test]
fn a_fuzzer_in_c_calls_an_archive() {
    if !is_there("clang") {
        return skip("libFuzzer", "there is no clang");
    }
    let clang = |out: &Path| {
        let mut clang = Command::new("clang");
        clang.args(["-fsanitize=fuzzer,address", "-pthread", "-o"]).arg(out);
        clang.arg(root().join("testdata/c/fuzzer.c"));
        clang
    };
    // libFuzzer leaves the input that ends it where this says.
    let dir = scratch("modes-fuzzer");
    let artifacts = format!("-artifact_prefix={}/", dir.display());
    let alone = dir.join("alone");
    if !run(clang(&alone).arg("-Wl,--unresolved-symbols=ignore-all")).status.success() {
        return skip("libFuzzer", "clang cannot link it");
    }
    for on in LAYOUTS {
        let way = Way { on, mode: "fuzzer", code: "" };
        let archive = way.build("modes", ".a", &["-buildmode=c-archive"]).unwrap();
        let fuzzer = way.path("-host");
        succeed(clang(&fuzzer).arg(archive));
        let output = way.run(&fuzzer, &["-seed=1", "-runs=100", "-max_len=8", &artifacts]);
        assert!(output.status.success(), "{on}: {output:?}");
        assert!(text(&output.stderr).contains("Done 100 runs"), "{on}: {output:?}");
    }
}
