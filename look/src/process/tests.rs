use super::{Process, base, page, parse_smaps, signed, signed_low};
use crate::trouble::Kind;

const SMAPS: &str = "\
00400000-00401000 r-xp 00002000 fe:01 77   /tmp/a program (deleted)
Size:                  4 kB
Rss:                   4 kB
Swap:                  0 kB
VmFlags: rd ex mr mw me
c000000000-c000400000 rw-p 00000000 00:00 0 [anon: Go: heap]
Rss:                 132 kB
Swap:                  8 kB
";

#[test]
fn smaps_are_read_with_spaces_in_names() {
    let [file, heap] = &parse_smaps(SMAPS)[..] else { panic!("not two") };
    assert_eq!(file.name, "/tmp/a program (deleted)");
    assert_eq!((file.start, file.end, file.offset), (0x40_0000, 0x40_1000, 0x2000));
    assert_eq!((file.inode, file.rss), (77, 4096));
    assert_eq!((heap.name.as_str(), heap.rss, heap.swap), ("[anon: Go: heap]", 132 << 10, 8 << 10));
}

#[test]
fn its_own_memory_is_read() {
    let process = Process::open(i32::try_from(std::process::id()).unwrap()).unwrap();
    let words = [3_u64, 1 << 40];
    assert_eq!(process.words(words.as_ptr() as u64, 2).unwrap(), words);
    let at = words.as_ptr() as u64 / page() * page();
    assert_eq!(process.pagemap().unwrap().count(at, at + page()).unwrap(), 1);
    assert!(process.mappings().unwrap().iter().any(|mapping| mapping.name == "[stack]"));
}

#[test]
fn halves_of_words_have_a_sign() {
    assert_eq!(signed_low(0x1234_5678_ffff_ffff), -1);
    assert_eq!(signed_low(100), 100);
    assert_eq!(signed(u64::MAX), -1);
}

#[test]
fn nothing_is_mapped_at_the_first_page() {
    let process = Process::open(i32::try_from(std::process::id()).unwrap()).unwrap();
    assert_eq!(process.word(8).unwrap_err().kind, Kind::Unknown);
}

#[test]
fn a_process_that_never_was_is_gone() {
    assert_eq!(Process::open(i32::MAX).unwrap_err().kind, Kind::Gone);
}

#[test]
fn a_program_is_named_without_its_folder() {
    for (program, name) in [
        ("/usr/bin/server", "server"),
        ("./server", "server"),
        ("/opt/my programs/server", "server"),
        ("server", "server"),
        ("server: worker of /srv", "server: worker of /srv"),
        ("/srv/", "/srv/"),
        ("", ""),
    ] {
        assert_eq!(base(program), name);
    }
}

#[test]
fn no_more_of_a_command_line_is_read_than_is_shown() {
    let mut child = std::process::Command::new("sleep")
        .args(["60".to_owned(), "0".repeat(20_000)])
        .spawn()
        .unwrap();
    let process = Process::open(i32::try_from(child.id()).unwrap()).unwrap();
    // The kernel starts the child before it has placed its arguments.
    while process.arguments().is_empty() {
        std::thread::yield_now();
    }
    let command = process.command();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(command.starts_with("sleep 60 000"), "{command}");
    assert_eq!(command.len(), 4096);
}
