//! What a start of `gosbrk` notices of a Go root that has changed, and of the root that
//! it made from it, although it does not look at all files.

mod common;

use common::roots::{gosbrk, own, replace};
use common::{run, scratch, skip, succeed, text};
use std::fs::{self, File, Permissions, create_dir_all, hard_link, read_to_string, rename};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

/// A small Go root in a directory: the runtime, one more package, something in the place
/// of each tool, and a go command that knows what it is.
fn small(at: &Path) -> PathBuf {
    let go = at.join("go");
    let [own, version] = [own(), succeed(Command::new("go").args(["env", "GOVERSION"])).into()];
    for dir in ["src", "bin", "pkg/tool/linux_amd64"] {
        create_dir_all(go.join(dir)).unwrap();
    }
    for dir in ["src/runtime", "src/errors"] {
        succeed(Command::new("cp").arg("-a").arg(own.join(dir)).arg(go.join("src")));
    }
    for file in ["VERSION", "go.env"] {
        fs::copy(own.join(file), go.join(file)).unwrap();
    }
    fs::write(go.join("pkg/tool/linux_amd64/compile"), "compile").unwrap();
    let said = format!(
        r#"{{"GOROOT":"{}","GOVERSION":"{}","GOOS":"linux","GOARCH":"amd64"}}"#,
        go.display(),
        version.display().to_string().trim()
    );
    fs::write(go.join("bin/go"), format!("#!/bin/sh\necho '{said}'\n")).unwrap();
    fs::set_permissions(go.join("bin/go"), Permissions::from_mode(0o755)).unwrap();
    succeed(Command::new("chmod").args(["-R", "u+w"]).arg(&go));
    go
}

/// A Go root and a cache for what is made from it.
struct Roots {
    go: PathBuf,
    cache: PathBuf,
}

impl Roots {
    /// The root that is made or found now, and what is said meanwhile.
    fn ask(&self) -> (PathBuf, String) {
        let output = run(gosbrk(&self.cache, &["goroot", "--go"]).arg(&self.go));
        assert!(output.status.success(), "{output:?}");
        (text(&output.stdout).trim().into(), text(&output.stderr))
    }

    /// The file that says what was seen, which a start writes that looks at all files.
    fn seen(&self) -> Option<u64> {
        let (root, _) = self.ask();
        Some(fs::metadata(format!("{}.seen", root.display())).ok()?.ino())
    }

    /// Waits until a start finds nothing new: what has just changed is not trusted.
    fn settle(&self) -> PathBuf {
        let start = Instant::now();
        while self.seen().unwrap() != self.seen().unwrap() {
            assert!(start.elapsed() < Duration::from_secs(60), "every start looks at all files");
            sleep(Duration::from_millis(200));
        }
        self.ask().0
    }
}

/// Runs a test with a cache whose roots are links, and with one of copies.
fn with_links_and_copies(name: &str, test: impl Fn(&Roots, bool)) {
    let dir = scratch(name);
    let cache = dir.join("cache");
    test(&Roots { go: small(&dir), cache }, true);
    let shared = Path::new("/dev/shm");
    let device = |path: &Path| path.metadata().map(|metadata| metadata.dev()).ok();
    if device(shared).is_none() || device(shared) == device(&dir) {
        return skip(&format!("{name} with copies"), "/dev/shm is not another file system");
    }
    let cache = tempfile::tempdir_in(shared).unwrap();
    let again = scratch(&format!("{name}-copies"));
    test(&Roots { go: small(&again), cache: cache.path().into() }, false);
}

const FILE: &str = "src/errors/errors.go";

/// Writes behind what a file holds, as the same file.
fn append(file: &Path, more: &str) {
    File::options().append(true).open(file).unwrap().write_all(more.as_bytes()).unwrap();
}

#[test]
fn every_change_of_a_go_root_is_noticed() {
    type Change = fn(&Path);
    let changes: [(&str, Change); 7] = [
        ("edited in place", |go| append(&go.join(FILE), "\n// More.\n")),
        ("replaced, of the same size and time", |go| {
            let (file, other) = (go.join(FILE), go.join("src/errors/other"));
            let times = fs::metadata(&file).unwrap().modified().unwrap();
            fs::write(&other, read_to_string(&file).unwrap().replace("BSD", "DSB")).unwrap();
            File::options().append(true).open(&other).unwrap().set_modified(times).unwrap();
            rename(other, file).unwrap();
        }),
        ("added", |go| fs::write(go.join("src/errors/more.go"), "package errors\n").unwrap()),
        ("removed", |go| fs::remove_file(go.join("src/errors/join.go")).unwrap()),
        ("a directory", |go| create_dir_all(go.join("src/more/than/that")).unwrap()),
        ("a tool in place", |go| append(&go.join("pkg/tool/linux_amd64/compile"), "r")),
        ("all of it", |go| {
            let old = go.with_extension("old");
            rename(go, &old).unwrap();
            succeed(Command::new("cp").arg("-a").arg(&old).arg(go));
            append(&go.join(FILE), "\n// Another.\n");
        }),
    ];
    with_links_and_copies("changes-all", |roots, linked| {
        for (what, change) in changes {
            let old = roots.settle();
            change(&roots.go);
            let (new, said) = roots.ask();
            assert_eq!(said, "", "{what}");
            // With links an edit in place is in both.
            assert!(new != old || linked && what == "edited in place", "{what}: {}", new.display());
            let differ = run(Command::new("diff").args(["-r"]).args([&roots.go, &new]));
            let differ = text(&differ.stdout);
            let ours = ["runtime", "go.env", "gosbrk-origin"];
            let lines =
                differ.lines().filter(|line| line.starts_with("Only") || line.starts_with("diff"));
            for line in lines {
                assert!(ours.iter().any(|ours| line.contains(ours)), "{what}: {line}");
            }
        }
    });
}

#[test]
fn a_damaged_root_is_made_again() {
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 7] = [
        ("a file is gone", |root| fs::remove_file(root.join(FILE)).unwrap()),
        ("a file is another", |root| replace(&root.join(FILE), "package errors\n")),
        ("a file is added", |root| fs::write(root.join("src/errors/x.go"), "x").unwrap()),
        ("a file of ours is edited", |root| {
            append(&root.join("src/runtime/gosbrk_layout.go"), "x");
        }),
        ("a file of ours is empty", |root| drop(File::create(root.join("go.env")).unwrap())),
        ("a part is gone", |root| fs::remove_dir_all(root.join("src/errors")).unwrap()),
        ("all is gone", |root| fs::remove_dir_all(root).unwrap()),
    ];
    with_links_and_copies("changes-damage", |roots, linked| {
        let root = roots.settle();
        let content = read_to_string(roots.go.join(FILE)).unwrap();
        let in_place: (&str, Damage) = ("a copy is edited", |root| append(&root.join(FILE), "x"));
        for (what, damage) in damages.into_iter().chain((!linked).then_some(in_place)) {
            damage(&root);
            let (again, said) = roots.ask();
            assert_eq!(again, root, "{what}");
            let want = format!("gosbrk: {} was changed or damaged; making ", root.display());
            assert!(said.starts_with(&want) || what == "all is gone", "{what}: {said:?}");
            assert_eq!(read_to_string(root.join(FILE)).unwrap(), content, "{what}");
            assert_ne!(read_to_string(root.join("go.env")).unwrap(), "", "{what}");
            assert!(!root.join("src/errors/x.go").exists(), "{what}");
            assert!(
                read_to_string(root.join("src/runtime/gosbrk_layout.go"))
                    .unwrap()
                    .ends_with("1<<63 - 1\n")
            );
            assert_eq!(roots.ask(), (root.clone(), String::new()), "{what}");
        }
    });
}

#[test]
fn what_was_seen_is_not_believed_if_it_is_not_whole() {
    let dir = scratch("changes-seen");
    let roots = Roots { go: small(&dir), cache: dir.join("cache") };
    let root = roots.settle();
    let seen = PathBuf::from(format!("{}.seen", root.display()));
    let bytes = fs::read(&seen).unwrap();
    let mut other = bytes.clone();
    other[60] ^= 1;
    for bad in [&bytes[..bytes.len() - 1], &bytes[..20], &[], &other] {
        fs::write(&seen, bad).unwrap();
        // Whether the root is whole cannot be told then.
        assert!(roots.ask().1.contains("making it again"));
        assert_eq!(roots.settle(), root);
    }
}

#[test]
fn another_root_and_a_link_more_change_nothing() {
    let dir = scratch("changes-none");
    let roots = Roots { go: small(&dir), cache: dir.join("cache") };
    let (root, seen) = (roots.settle(), roots.seen());
    succeed(gosbrk(&roots.cache, &["--layout", "plain", "goroot", "--go"]).arg(&roots.go));
    hard_link(roots.go.join(FILE), dir.join("link")).unwrap();
    assert_eq!((roots.ask(), roots.seen()), ((root, String::new()), seen));
}

#[test]
fn parts_of_a_go_root_may_be_elsewhere() {
    let dir = scratch("changes-elsewhere");
    let roots = Roots { go: small(&dir), cache: dir.join("cache") };
    let share = dir.join("share");
    create_dir_all(&share).unwrap();
    for part in ["src", "VERSION"] {
        rename(roots.go.join(part), share.join(part)).unwrap();
        symlink(Path::new("../share").join(part), roots.go.join(part)).unwrap();
    }
    let root = roots.settle();
    assert!(!root.join("src").is_symlink() && root.join(FILE).is_file());
    assert!(root.join("VERSION").metadata().unwrap().is_file());
    append(&share.join("VERSION"), "\n");
    assert_ne!(roots.ask().0, root);
}

#[test]
fn who_waits_for_another_is_told() {
    let dir = scratch("changes-lock");
    let roots = Roots { go: small(&dir), cache: dir.join("cache") };
    create_dir_all(roots.cache.join("gosbrk")).unwrap();
    let lock = File::create(roots.cache.join("gosbrk/lock")).unwrap();
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let start = SystemTime::now();
    let asked = std::thread::spawn(move || roots.ask().1);
    while start.elapsed().unwrap() < Duration::from_millis(1500) {
        sleep(Duration::from_millis(100));
    }
    drop(lock);
    let said = asked.join().unwrap();
    assert!(
        said.contains("gosbrk: waiting for another gosbrk, which is making a Go root\n"),
        "{said}"
    );
}
