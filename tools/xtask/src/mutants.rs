//! Puts bugs into a copy of the library, one at a time, and makes sure that the checks
//! turn red.
//!
//! A patch begins with text that says which bug it is, and names what has to catch it,
//! a line each:
//!
//! ```text
//! Caught by: script NAME      lock-step with Go's source, over testdata/scripts/NAME.txt
//! Caught by: exhaustive N     the same, in every state of N pages
//! Caught by: random N         the same, in N random calls
//! Caught by: trace NAME       lock-step with a recorded program, testdata/traces
//! Caught by: rust NAME        the library's unit test of that name
//! Caught by: test FILE NAME   the test of that name in tests/FILE.rs
//! Caught by: loom NAME        the test of that name in tests/loom/tests/complete.rs
//! Caught by: fuzz NAME        the test of that name in fuzz/, which needs no fuzzer
//! ```
//!
//! All that a patch names has to be red with it, and green without, which is tried
//! first. A patch that does not apply or build catches nothing: it is to be brought up
//! to date with the sources.
//!
//! The lock step is linked once, with the library as a shared object. So a bug takes no
//! more than compiling that object.

use crate::Done;
use crate::command::{append, logged, words};
use crate::output;
use std::collections::BTreeSet;
use std::error::Error;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

const PATCHES: &str = "testdata/mutants";

/// The file of the Go module that says what is linked.
const LINKED: &str = "go/link_tree.go";

/// The release whose source is compared with: the first that does nothing on `free(nil)`.
const RELEASE: &str = "1.27.3";

/// What has to turn red.
#[derive(Debug, PartialEq, Eq)]
enum Check<'a> {
    /// The lock step, with these options.
    Lockstep(Vec<String>),
    /// A test in Rust.
    Test { package: &'a str, target: String, name: &'a str },
}

/// What came of a check.
enum Outcome {
    Green,
    Red,
    /// It could not be made.
    NotTried,
}

impl<'a> Check<'a> {
    /// Reads what stands behind `Caught by:`.
    fn parse(text: &'a str) -> Option<Self> {
        let on_release = |options: [String; 2]| {
            let release = ["-release".to_owned(), RELEASE.to_owned()];
            Some(Self::Lockstep(release.into_iter().chain(options).collect()))
        };
        let unit = |package, target: &str, name| {
            Some(Self::Test { package, target: target.to_owned(), name })
        };
        match text.split_whitespace().collect::<Vec<_>>()[..] {
            ["script", name] => {
                on_release(["-script".into(), format!("../testdata/scripts/{name}.txt")])
            }
            ["exhaustive", n] => on_release(["-exhaustive".into(), n.into()]),
            ["random", n] => on_release(["-ops".into(), n.into()]),
            ["trace", name] => {
                let file = format!("../testdata/traces/{name}.ops.gz");
                Some(Self::Lockstep(vec!["-trace".into(), file]))
            }
            ["rust", name] => unit("gosbrk", "--lib", name),
            ["test", file, name] => unit("gosbrk", &format!("--test={file}"), name),
            ["loom", name] => unit("gosbrk-loom", "--test=complete", name),
            ["fuzz", name] => unit("gosbrk-fuzz", "--test=seeds", name),
            _ => None,
        }
    }
}

/// What a patch names.
fn checks(patch: &str) -> Vec<&str> {
    patch.lines().filter_map(|line| line.strip_prefix("Caught by: ")).collect()
}

/// Puts in the bugs whose files begin with one of `only`, or all. A file can also be
/// named by its path.
pub fn run(only: &[&str]) -> Done {
    let is = |path: &Path, start: &str| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(start) || path == Path::new(start)
    };
    let wanted = |path: &Path| only.is_empty() || only.iter().any(|start| is(path, start));
    let mut patches = Vec::new();
    for entry in fs::read_dir(PATCHES)? {
        let path = entry?.path();
        if path.extension().is_some_and(|kind| kind == "patch") && wanted(&path) {
            let text = fs::read_to_string(&path)?;
            patches.push((path, text));
        }
    }
    patches.sort();
    if let Some(none) = only.iter().find(|start| !patches.iter().any(|(path, _)| is(path, start))) {
        return Err(format!("no patch begins with {none}").into());
    }
    let tree = Copy::make()?;
    // What is not green without a bug catches none.
    let named: BTreeSet<_> = patches.iter().flat_map(|(_, text)| checks(text)).collect();
    let (mut caught, mut failed) = (0, 0);
    for check in named {
        if !matches!(tree.check(check)?, Outcome::Green) {
            failed += 1;
            tree.tell("no bug", &format!("{check} IS NOT GREEN"))?;
        }
    }
    if failed == 0 {
        for (path, text) in &patches {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            match tree.attempt(path, text)? {
                Ok(by) => {
                    caught += 1;
                    println!("{name:<38} caught by {by}");
                }
                Err(wrong) => {
                    failed += 1;
                    tree.tell(&name, &wrong)?;
                }
            }
        }
        tree.copy("src")?;
    }
    println!("{} mutants, {caught} caught", patches.len());
    println!("{caught} passed, {failed} failed");
    Ok(failed == 0)
}

/// The copy that bugs are put into.
struct Copy {
    work: PathBuf,
    tree: PathBuf,
    log: PathBuf,
    /// Held for as long as it lives: runs share the copy, so that little is compiled anew.
    _lock: File,
}

impl Copy {
    /// Copies all that is built from, and builds what compares.
    fn make() -> Result<Self, Box<dyn Error>> {
        let work = std::path::absolute("target/mutants")?;
        let tree = work.join("tree");
        fs::create_dir_all(&tree)?;
        let lock = File::create(work.join("lock"))?;
        lock.lock()?;
        let copy = Self { tree, log: work.join("log"), work, _lock: lock };
        for entry in fs::read_dir(".")? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name != "target" && !name.starts_with('.') {
                copy.copy(&name)?;
            }
        }
        let mut link = words("go build -o");
        link.arg(copy.work.join("lockstep"))
            .arg("./cmd/lockstep")
            .current_dir(copy.tree.join("go"));
        copy.link_shared()?;
        if copy.library()? && copy.then(&mut link)? {
            return Ok(copy);
        }
        copy.tell("no bug", "DOES NOT BUILD")?;
        Err("the tree does not build without a bug".into())
    }

    /// Copies a file or folder. Not with its times: what a patch had changed must look
    /// newer than what was built of the patch.
    fn copy(&self, name: &str) -> io::Result<()> {
        let to = self.tree.join(name);
        let removed = if to.is_dir() { fs::remove_dir_all(&to) } else { fs::remove_file(&to) };
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        copy_all(Path::new(name), &to)
    }

    /// Has the Go module link a shared object in place of the archive.
    fn link_shared(&self) -> Result<(), Box<dyn Error>> {
        let file = self.tree.join(LINKED);
        let text = fs::read_to_string(&file)?;
        let changed = text.replace(&library_named("a"), &library_named("so"));
        if changed == text {
            return Err(format!("{LINKED} does not link {}", library_named("a")).into());
        }
        Ok(fs::write(file, changed)?)
    }

    /// Makes that object of what is in the copy. Gives whether it could be made.
    fn library(&self) -> io::Result<bool> {
        let mut compile = words(
            "cargo rustc --quiet --locked --lib --profile mutant --features object \
             --crate-type cdylib --",
        );
        // Nothing unwinds: a panic ends the process. Only the tables for it name this.
        compile.arg("-Clink-arg=-Wl,--defsym=rust_eh_personality=0");
        if !logged(compile.current_dir(&self.tree), &self.log)? {
            return Ok(false);
        }
        let new = self.tree.join("target/library.so");
        fs::copy(self.tree.join("target/mutant/libgosbrk.so"), &new)?;
        // A program that still runs keeps the old one.
        fs::rename(new, self.tree.join("go").join(library_named("so")))?;
        Ok(true)
    }

    /// Runs a command with what it prints behind what is in the log.
    fn then(&self, command: &mut Command) -> io::Result<bool> {
        append(command, File::options().append(true).open(&self.log)?)
    }

    /// Makes a check.
    fn check(&self, named: &str) -> io::Result<Outcome> {
        match Check::parse(named) {
            None => {
                fs::write(&self.log, format!("there is no check {named:?}\n"))?;
                Ok(Outcome::NotTried)
            }
            Some(Check::Lockstep(options)) => self.lockstep(&options),
            Some(Check::Test { package, target, name }) => self.one_test(package, &target, name),
        }
    }

    fn lockstep(&self, options: &[String]) -> io::Result<Outcome> {
        if !self.library()? {
            return Ok(Outcome::NotTried);
        }
        let mut lockstep = words("timeout 120");
        lockstep.arg(self.work.join("lockstep")).args(options);
        let green = self.then(lockstep.current_dir(self.tree.join("go")))?;
        Ok(if green { Outcome::Green } else { Outcome::Red })
    }

    fn one_test(&self, package: &str, target: &str, name: &str) -> io::Result<Outcome> {
        let line = format!("cargo test --quiet --locked --package {package} {target}");
        let mut compile = words(&format!("{line} --no-run"));
        if !logged(compile.current_dir(&self.tree), &self.log)? {
            return Ok(Outcome::NotTried);
        }
        let mut test = words(&format!("timeout 300 {line} -- --exact {name}"));
        if !self.then(test.current_dir(&self.tree))? {
            return Ok(Outcome::Red);
        }
        let log = String::from_utf8_lossy(&fs::read(&self.log)?).into_owned();
        if output::count(&log).passed == 1 {
            return Ok(Outcome::Green);
        }
        fs::write(&self.log, "there is no such test\n")?;
        Ok(Outcome::NotTried)
    }

    /// Puts in a bug and makes its checks. Gives them, or what is wrong.
    fn attempt(&self, path: &Path, text: &str) -> io::Result<Result<String, String>> {
        self.copy("src")?;
        // No Git repository round the copy is asked for its files.
        let mut apply = words("git apply -C1");
        apply.arg(std::path::absolute(path)?).current_dir(&self.tree);
        if !logged(apply.env("GIT_CEILING_DIRECTORIES", &self.work), &self.log)? {
            return Ok(Err("DOES NOT APPLY".into()));
        }
        let checks = checks(text);
        for check in &checks {
            match self.check(check)? {
                Outcome::Red => {}
                Outcome::Green => return Ok(Err(format!("NOT CAUGHT by {check}"))),
                Outcome::NotTried => return Ok(Err(format!("NOT TRIED by {check}"))),
            }
        }
        if checks.is_empty() {
            fs::write(&self.log, "")?;
            return Ok(Err("NAMES NO CHECK".into()));
        }
        Ok(Ok(checks.join(", ")))
    }

    /// Says what went wrong, with the end of the log.
    fn tell(&self, name: &str, wrong: &str) -> io::Result<()> {
        println!("{name:<38} {wrong}");
        let log = String::from_utf8_lossy(&fs::read(&self.log)?).into_owned();
        for line in output::end(&log, 20) {
            println!("    {line}");
        }
        Ok(())
    }
}

/// The library's file in the Go module.
fn library_named(kind: &str) -> String {
    let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    format!("libgosbrk_linux_{arch}.{kind}")
}

fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        return fs::copy(from, to).map(drop);
    }
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let name = entry?.file_name();
        copy_all(&from.join(&name), &to.join(&name))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Check, PATCHES, checks};
    use std::fs;

    const PATCHES_FROM_HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/mutants");

    #[test]
    fn every_patch_names_checks_that_there_are() {
        assert!(PATCHES_FROM_HERE.ends_with(PATCHES));
        for entry in fs::read_dir(PATCHES_FROM_HERE).unwrap() {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            let checks = checks(&text);
            assert!(!checks.is_empty(), "{}", path.display());
            for check in checks {
                assert!(Check::parse(check).is_some(), "{}: {check}", path.display());
            }
        }
    }

    #[test]
    fn checks_are_told_apart() {
        let Some(Check::Lockstep(options)) = Check::parse("script free-nil") else { panic!() };
        let script = "../testdata/scripts/free-nil.txt";
        assert_eq!(options, ["-release", "1.27.3", "-script", script]);
        let test = Check::Test { package: "gosbrk", target: "--test=rows".into(), name: "a_text" };
        assert_eq!(Check::parse("test rows a_text"), Some(test));
        for none in ["", "magic 7", "script", "test rows", "rust a b"] {
            assert_eq!(Check::parse(none), None, "{none}");
        }
    }

    #[test]
    fn only_lines_of_their_own_name_checks() {
        let patch = "A bug.\n\nCaught by: rust a::b\nnot Caught by: rust c\n--- a/src\n";
        assert_eq!(checks(patch), ["rust a::b"]);
    }
}
