//! The runtime's files: which are known, and what is put in their place.
//!
//! Nothing is guessed. A file that is taken out must be one of those that this
//! release of gosbrk was written for, by hash; a constant that is changed must
//! stand there exactly once, in exactly the known words.

mod calls;
mod cgo;
mod pace;

use crate::hint::Hinted;
use crate::layout::{Arena, Build, Layout};
use crate::target;
use anyhow::{Context, Result, bail, ensure};
use calls::{CALLS_1_24, CALLS_1_27, Call};
use pace::PACE;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// A file of the new root: its path in it, and what it holds.
pub struct NewFile {
    pub path: PathBuf,
    pub bytes: Vec<u8>,
}

/// The build line of those files that are for the machines which gosbrk has the library for.
const BUILD_TAGS: &str = "amd64 || arm64";

/// A file of `go/runtime`: its name and its text.
type RuntimeFile = (&'static str, &'static [u8]);

/// The one in a folder, by its name there.
macro_rules! runtime_file {
    ($dir:literal, $name:literal) => {
        ($name, include_bytes!(concat!("../../go/runtime/", $dir, "/", $name)) as &[u8])
    };
}

/// What every release gets.
const COMMON: [RuntimeFile; 15] = [
    runtime_file!("all", "gosbrk_ahead.go"),
    runtime_file!("all", "gosbrk_cgo_linux.go"),
    runtime_file!("all", "gosbrk_hints_linux.go"),
    runtime_file!("all", "gosbrk_linux.go"),
    runtime_file!("all", "gosbrk_linux.s"),
    runtime_file!("all", "gosbrk_other.go"),
    runtime_file!("all", "gosbrk_other_unix.go"),
    runtime_file!("all", "gosbrk_pace.go"),
    runtime_file!("all", "gosbrk_sanitizers_linux.go"),
    runtime_file!("all", "gosbrk_space.go"),
    runtime_file!("all", "gosbrk_space_linux.go"),
    runtime_file!("all", "gosbrk_start_linux.go"),
    runtime_file!("all", "gosbrk_stack_linux.go"),
    runtime_file!("all", "gosbrk_trace_linux.go"),
    runtime_file!("all", "gosbrk_window_linux.go"),
];

/// A shape that the runtime has had, by what is replaced in it.
struct Shape {
    /// Minor releases of Go 1 that have it.
    minors: &'static [u32],
    /// SHA-256 of its `mem_linux.go`.
    mem_linux: &'static str,
    /// The functions that take its place, file by file.
    functions: &'static [RuntimeFile],
    /// What the compact layout changes in it besides [`CONSTANTS`]: how large arenas are.
    arenas: &'static [Constant],
    /// That, for the layout's own file.
    arena: Arena,
    /// What is called from its lines.
    calls: &'static [Call],
}

const SHAPES: [Shape; 4] = [
    Shape {
        minors: &[24],
        mem_linux: "89a288253dedb38a972229bf3534a679fc9a59adbb0e9587025732341a33b44e",
        functions: &[runtime_file!("go1.24", "mem_gosbrk_linux.go")],
        arenas: &ARENAS_1_24,
        arena: Arena::Of4Mib,
        calls: &CALLS_1_24,
    },
    Shape {
        minors: &[25],
        mem_linux: "1256cbe69b9078c34b42370304b81a8da7238d8149cccf40026dad9e509d5454",
        functions: &[runtime_file!("go1.25", "mem_gosbrk_linux.go")],
        arenas: &ARENAS_1_24,
        arena: Arena::Of4Mib,
        calls: &CALLS_1_24,
    },
    Shape {
        minors: &[26],
        mem_linux: MEM_LINUX_1_26,
        functions: &FUNCTIONS_1_26,
        arenas: &ARENAS_1_26,
        arena: Arena::Of1Mib,
        calls: &CALLS_1_24,
    },
    Shape {
        minors: &[27],
        mem_linux: MEM_LINUX_1_26,
        functions: &FUNCTIONS_1_26,
        arenas: &ARENAS_1_26,
        arena: Arena::Of1Mib,
        calls: &CALLS_1_27,
    },
];

const MEM_LINUX_1_26: &str = "08cc392d6b540338b966c9593691a700d8ac99ce4081f444f792b994e37b52c7";
const FUNCTIONS_1_26: [RuntimeFile; 2] = [
    runtime_file!("go1.25", "mem_gosbrk_linux.go"),
    runtime_file!("go1.26", "gosbrk_zero_linux.go"),
];

/// Up to Go 1.25 the collector marks spans in groups of 512 pages that lie in one arena, so
/// arenas of less than 4 MiB do not work.
const ARENAS_1_24: [Constant; 1] = [Constant {
    file: "malloc.go",
    name: "\tlogHeapArenaBytes",
    go: "(6+20)*(_64bit*(1-goos.IsWindows)*(1-goarch.IsWasm)*(1-goos.IsIos*goarch.IsArm64)) + (2+20)*(_64bit*goos.IsWindows) + (2+20)*(1-_64bit) + (2+20)*goarch.IsWasm + (2+20)*goos.IsIos*goarch.IsArm64",
    compact: "22",
}];

/// Arenas of 1 MiB, as large as the chunks of the page allocator. WebAssembly has both smaller
/// since Go 1.26, so the runtime is written for it.
const ARENAS_1_26: [Constant; 3] = [
    Constant {
        file: "malloc.go",
        name: "\tlogHeapArenaBytes",
        go: "(6+20)*(_64bit*(1-goos.IsWindows)*(1-goarch.IsWasm)*(1-goos.IsIos*goarch.IsArm64)) + (2+20)*(_64bit*goos.IsWindows) + (2+20)*(1-_64bit) + (9+10)*goarch.IsWasm + (2+20)*goos.IsIos*goarch.IsArm64",
        compact: "20",
    },
    // 65,536 arenas would need an index of 512 KiB; so it is in parts, one for each GiB.
    Constant {
        file: "malloc.go",
        name: "\tarenaL1Bits",
        go: "6 * (_64bit * goos.IsWindows)",
        compact: "6",
    },
    Constant {
        file: "mpagealloc.go",
        name: "\tlogPallocChunkPages",
        go: "9*(1-goarch.IsWasm) + 6*goarch.IsWasm",
        compact: "7",
    },
];

/// SHA-256 of `mem_nonsbrk.go` in all of them.
const MEM_NONSBRK: &str = "975fb2b84c6f9cba872fd6e3f77726ea297959a7373d75794a58194860ac07e7";

/// A constant that the compact layout changes.
struct Constant {
    file: &'static str,
    /// What stands before the equals sign, from the beginning of the line.
    name: &'static str,
    /// Go's expression, in full.
    go: &'static str,
    /// The value on the machines that gosbrk has the library for.
    compact: &'static str,
}

/// What the compact layout changes in every release.
const CONSTANTS: [Constant; 7] = {
    const ADDR_BITS: &str = "(_64bit*(1-goarch.IsWasm)*(1-goos.IsIos*goarch.IsArm64))*48 + (1-_64bit+goarch.IsWasm)*(32-(goarch.IsMips+goarch.IsMipsle)) + 40*goos.IsIos*goarch.IsArm64";
    const BASE_OFFSET: &str = "0xffff800000000000*goarch.IsAmd64 + 0x0a00000000000000*goos.IsAix";
    const fn constant(
        file: &'static str,
        name: &'static str,
        go: &'static str,
        compact: &'static str,
    ) -> Constant {
        Constant { file, name, go, compact }
    }
    [
        // How large a heap address can be, and with it every table by address.
        constant("malloc.go", "\theapAddrBits", ADDR_BITS, "36"),
        // The lowest address in those tables. Go's is negative, for heaps in the
        // upper half of the address space.
        constant("malloc.go", "\tarenaBaseOffset", BASE_OFFSET, "0"),
        // What the runtime takes for its own small records at a time, for itself and for each
        // processor; and from which size on it takes a record by itself. The latter must stay
        // below the former by the head of a chunk.
        constant("malloc.go", "const persistentChunkSize", "256 << 10", "(64 << 10)"),
        constant("malloc.go", "\t\tmaxBlock", "64 << 10", "(32 << 10)"),
        // Slots of the memory profiler's hash table: 1.4 MB of address space,
        // whether there is anything to put in or not. A prime, as Go's.
        constant("mprof.go", "\tbuckHashSize", "179999", "16381"),
        // Where the runtime's own tests put a heap that is not there, in chunks
        // of the page allocator: beyond 36 bits.
        constant("export_test.go", "\t\tprefix", "0xc000", "0x1000"),
        // Whether they also put a part of it 4 TiB further.
        constant("export_test.go", "\tPageAlloc64Bit  ", "pageAlloc64Bit", "0"),
    ]
};

/// Every file in which a root with gosbrk in it differs from the one at `root`,
/// which is of this Go release.
///
/// # Errors
/// The release is not known, or a file that would be replaced is not.
pub fn new_files(root: &Path, version: &str, build: Build) -> Result<Vec<NewFile>> {
    let shape = shape(version)?;
    let runtime = Path::new("src/runtime");
    let mut files: Vec<_> = COMMON
        .into_iter()
        .chain(shape.functions.iter().copied())
        .map(|(name, bytes)| NewFile { path: runtime.join(name), bytes: for_machines(bytes) })
        .collect();
    files.extend(target::objects().map(|(name, bytes)| {
        let path = runtime.join(format!("gosbrk_linux_{name}.syso"));
        NewFile { path, bytes: bytes.to_vec() }
    }));
    let layout = build.layout.file(build.releases, shape.arena).into_bytes();
    files.push(NewFile { path: runtime.join("gosbrk_layout.go"), bytes: layout });
    files.extend(
        cgo::new_files(build.layout)
            .map(|(name, bytes)| (runtime.join("cgo").join(name), for_machines(&bytes)))
            .map(|(path, bytes)| NewFile { path, bytes }),
    );

    // A file that is changed again keeps the changes before.
    let mut changed = |path: PathBuf, change: &dyn Fn(String) -> Result<String>| {
        let full = root.join(&path);
        let before = files.iter().position(|file| file.path == path);
        let text = match before {
            Some(at) => String::from_utf8(files.swap_remove(at).bytes)?,
            None => std::fs::read_to_string(&full)
                .with_context(|| format!("cannot read {}", full.display()))?,
        };
        let bytes = change(text).with_context(|| unknown(&path, version))?.into_bytes();
        files.push(NewFile { path, bytes });
        anyhow::Ok(())
    };
    changed(runtime.join("mem_linux.go"), &|text| {
        check(&text, shape.mem_linux)?;
        let build = format!("\n//go:build !({})\n\npackage runtime\n", target::build_tags());
        replace_once(&text, "\npackage runtime\n", &build)
    })?;
    changed(runtime.join("mem_nonsbrk.go"), &|text| {
        check(&text, MEM_NONSBRK)?;
        let line = "//go:build !plan9 && !wasm";
        replace_once(&text, line, &format!("{line} && !(linux && ({}))", target::build_tags()))
    })?;
    for call in shape.calls {
        changed(runtime.join(call.file), &|text| call.put_in(&text))?;
    }
    for lines in &PACE {
        changed(runtime.join(lines.file), &|text| lines.put_in(&text))?;
    }
    if build.layout == Layout::Compact {
        for constant in shape.arenas.iter().chain(&CONSTANTS) {
            changed(runtime.join(constant.file), &|text| constant.apply(&text))?;
        }
    }
    changed("go.env".into(), &|text| Ok(without_other_toolchains(&text)))?;
    Ok(files)
}

/// Whether this Go root can have gosbrk put in, in every layout.
///
/// # Errors
/// As [`new_files`].
pub fn known(root: &Path, version: &str) -> Result<()> {
    new_files(root, version, Build { layout: Layout::Compact, releases: true }).map(|_| ())
}

/// The shape of the runtime in a Go release.
fn shape(version: &str) -> Result<&'static Shape> {
    let minor = version.strip_prefix("go1.").map(|rest| {
        rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse::<u32>()
    });
    SHAPES
        .iter()
        .find(|shape| matches!(&minor, Some(Ok(minor)) if shape.minors.contains(minor)))
        .ok_or_else(|| {
            let what = format!("{version} is not supported; gosbrk needs Go 1.24 to 1.27");
            let hint =
                "set GOTOOLCHAIN, such as GOTOOLCHAIN=go1.27.0, or name a Go root with --go DIR";
            Hinted::new(what, hint).into()
        })
}

/// A file of `go/runtime` for the machines that this gosbrk has the library for.
fn for_machines(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    text.replacen(BUILD_TAGS, &target::build_tags(), 1).into_bytes()
}

fn unknown(path: &Path, version: &str) -> Hinted {
    Hinted::new(
        format!(
            "{} differs from the {version} that gosbrk knows; nothing was made",
            path.display()
        ),
        "name an unchanged Go root with --go DIR, or install a newer gosbrk",
    )
}

fn check(text: &str, want: &str) -> Result<()> {
    let got = hex(&Sha256::digest(text));
    ensure!(got == want, "its SHA-256 is {got}");
    Ok(())
}

/// A hash as text.
pub fn hex(hash: &[u8]) -> String {
    hash.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

fn replace_once(text: &str, old: &str, new: &str) -> Result<String> {
    match text.matches(old).count() {
        1 => Ok(text.replacen(old, new, 1)),
        n => bail!("{old:?} is there {n} times"),
    }
}

impl Constant {
    /// The file's text with this constant changed where gosbrk is.
    fn apply(&self, text: &str) -> Result<String> {
        let Self { name, go, compact, .. } = self;
        let (old, comment) = (format!("\n{name} = {go}"), " // ");
        let behind = text.split_once(&old).map_or("", |(_, behind)| behind);
        ensure!(behind.starts_with(['\n']) || behind.starts_with(comment), "{old:?} goes on");
        let new = format!("\n{name} = ({go})*(1-gosbrkCompact) + {compact}*gosbrkCompact");
        replace_once(text, &old, &new)
    }
}

/// The defaults of the go command, but that it does not go over to another
/// release: that one would not have gosbrk in it.
fn without_other_toolchains(go_env: &str) -> String {
    let kept = go_env.lines().filter(|line| !line.starts_with("GOTOOLCHAIN="));
    kept.chain(["GOTOOLCHAIN=local", ""]).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::{CONSTANTS, SHAPES, replace_once, shape, without_other_toolchains};
    use crate::hint;

    #[test]
    fn releases_are_told_apart() {
        for (version, minors) in [
            ("go1.24", &[24][..]),
            ("go1.25.5", &[25]),
            ("go1.26rc1", &[26]),
            ("go1.27.3 X:nogreenteagc", &[27]),
        ] {
            assert_eq!(shape(version).unwrap().minors, minors, "{version}");
        }
        for version in ["go1.23.12", "go1.28.0", "go1.240", "go1", "go2.26", "devel go1.27-abc", ""]
        {
            let Err(error) = shape(version) else { panic!("{version}") };
            assert!(hint::of(&error).unwrap().contains("--go DIR"), "{error}");
        }
    }

    #[test]
    fn a_constant_that_is_not_there_is_an_error() {
        let [addr_bits, ..] = CONSTANTS;
        let text = format!("\n\theapAddrBits = {}\n", addr_bits.go);
        let changed = addr_bits.apply(&text).unwrap();
        assert!(changed.ends_with(" + 36*gosbrkCompact\n"), "{changed}");
        assert!(addr_bits.apply(&text.replace("IsArm64\n", "IsArm64 // So.\n")).is_ok());
        assert!(addr_bits.apply(&text.replace("IsArm64\n", "IsArm64 + 1\n")).is_err());
        assert!(addr_bits.apply(&changed).is_err());
        assert!(addr_bits.apply(&text.replace("48", "57")).is_err());
        assert!(addr_bits.apply(&text.repeat(2)).is_err());
    }

    #[test]
    fn what_is_there_twice_is_not_replaced() {
        assert_eq!(replace_once("abc", "b", "x").unwrap(), "axc");
        assert!(replace_once("abcb", "b", "x").is_err());
    }

    #[test]
    fn no_release_is_in_two_shapes() {
        let mut minors: Vec<_> = SHAPES.iter().flat_map(|shape| shape.minors).collect();
        assert_eq!(minors, [&24, &25, &26, &27]);
        minors.dedup();
        assert_eq!(minors.len(), 4);
    }

    #[test]
    fn the_toolchain_stays_local() {
        let text = "# A comment.\nGOPROXY=direct\nGOTOOLCHAIN=auto\n";
        let want = "# A comment.\nGOPROXY=direct\nGOTOOLCHAIN=local\n";
        assert_eq!(without_other_toolchains(text), want);
    }
}
