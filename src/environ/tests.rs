//! What the variable can say, to either reader.

use super::memory_limit::{MemoryLimit, NONE};
use super::parse::{number, parse};
use super::{Reader, Settings};
use crate::config::{Advice, Check, Config, Misuse, Profile};

const PROGRAM: Reader = Reader::Program { least: 6 << 20 };

/// What is asked for, and the setting that cannot be followed, with what is wanted.
fn read(reader: Reader, text: &str) -> Result<Config, (String, &'static str)> {
    parse(reader, Config::default(), text.as_bytes())
        .map(|settings| settings.config)
        .map_err(|bad| (String::from_utf8(bad.setting.to_vec()).unwrap(), bad.want))
}

#[test]
fn every_setting_of_the_library_is_followed() {
    let text = b"profile=wasm,advice=os,misuse=report,check=full,base=0x200000000,\
                 start=64K,initial=1M,limit=4G,trace=/tmp/t";
    let settings = parse(Reader::Library, Config::default(), text).unwrap();
    let want = Config {
        profile: Profile::Wasm,
        advice: Advice::Os,
        misuse: Misuse::Report,
        check: Check::Full,
        base: 0x2_0000_0000,
        start: 64 << 10,
        initial: 1 << 20,
        limit: 4 << 30,
        ..Config::default()
    };
    assert_eq!(settings.config, want);
    assert_eq!(settings.trace, Some(&b"/tmp/t"[..]));
}

#[test]
fn every_setting_of_a_program_is_followed() {
    let text = b"advice=os,check=full,limit=4G,trace=/tmp/t";
    let settings = parse(PROGRAM, Config::default(), text).unwrap();
    let want =
        Config { advice: Advice::Os, check: Check::Full, limit: 4 << 30, ..Config::default() };
    assert_eq!(settings.config, want);
    assert_eq!(settings.trace, Some(&b"/tmp/t"[..]));
}

#[test]
fn a_program_can_say_what_its_c_code_gets() {
    let c_code = |text: &'static str| {
        let settings = parse(PROGRAM, Config::default(), text.as_bytes());
        settings.map(|Settings { c_code, .. }| (c_code.stack.code(), c_code.arenas.code()))
    };
    for (text, want) in [
        ("", (0, 0)),
        ("cstack=64K,arenas=1", (64 << 10, 1)),
        ("cstack=0x40000000,arenas=65535", (1 << 30, 65535)),
        ("cstack=default,arenas=default", (usize::MAX, usize::MAX)),
        ("cstack=default,cstack=1M", (1 << 20, 0)),
    ] {
        assert_eq!(c_code(text), Ok(want), "{text}");
    }
    for text in [
        "cstack=",
        "cstack=0",
        "cstack=65535",
        "cstack=1073741825",
        "cstack=Default",
        "arenas=",
        "arenas=0",
        "arenas=65536",
        "arenas=0x10",
        "arenas=1K",
    ] {
        assert_eq!(c_code(text).unwrap_err().setting, text.as_bytes());
        assert_eq!(read(Reader::Library, text).unwrap_err().1, Reader::Library.keys());
    }
}

#[test]
fn a_program_has_none_of_the_librarys_own() {
    for text in ["profile=wasm", "misuse=report", "base=4G", "start=64K", "initial=1M"] {
        assert!(read(Reader::Library, text).is_ok(), "{text}");
        assert_eq!(read(PROGRAM, text), Err((text.into(), PROGRAM.keys())));
    }
}

#[test]
fn nothing_asked_is_the_default() {
    for reader in [Reader::Library, PROGRAM] {
        for text in ["", ",", ",,"] {
            assert_eq!(read(reader, text), Ok(Config::default()));
        }
    }
}

#[test]
fn what_cannot_be_followed_is_named() {
    for reader in [Reader::Library, PROGRAM] {
        for text in
            ["advice", "advice=", "advice=linux", "limit=x", "trace=", "=1", "a=b", "Limit=1G"]
        {
            let (setting, _) = read(reader, text).unwrap_err();
            assert_eq!(setting, text);
            let (setting, _) = read(reader, &format!("check=full,{text},advice=os")).unwrap_err();
            assert_eq!(setting, text);
        }
    }
    for text in ["profile=", "profile=Plan9", "misuse", "misuse=maybe"] {
        assert_eq!(read(Reader::Library, text).unwrap_err().0, text);
    }
}

#[test]
fn what_there_is_no_setting_for_is_answered_with_all_that_there_are() {
    for reader in [Reader::Library, PROGRAM] {
        for text in ["a=b", "limit", "=1"] {
            assert_eq!(read(reader, text).unwrap_err().1, reader.keys(), "{text}");
        }
        for key in ["advice=", "check=", "limit=", "trace="] {
            assert!(reader.keys().contains(key));
        }
    }
    for key in ["cstack=", "arenas="] {
        assert!(PROGRAM.keys().contains(key));
    }
}

#[test]
fn a_programs_limit_lets_it_start() {
    for text in ["limit=0", "limit=1K", "limit=5M", "limit=6291455"] {
        assert_eq!(read(PROGRAM, text), Err((text.into(), "want at least ")));
        assert!(read(Reader::Library, text).is_ok(), "{text}");
    }
    for text in ["limit=6M", "limit=17179869183G"] {
        assert!(read(PROGRAM, text).is_ok(), "{text}");
    }
    assert!(read(PROGRAM, "limit=99999999999G").is_err());
}

#[test]
fn a_programs_memory_limit_is_one_of_four_kinds() {
    fn memory_limit(text: &str) -> Option<MemoryLimit> {
        parse(PROGRAM, Config::default(), text.as_bytes()).ok().map(|read| read.memory_limit)
    }
    for (text, want) in [
        ("", MemoryLimit::Default),
        ("memlimit=auto", MemoryLimit::Auto),
        ("memlimit=off", MemoryLimit::Off),
        ("memlimit=cgroup", MemoryLimit::Cgroup),
        ("memlimit=64M", MemoryLimit::Size(64 << 20)),
        ("memlimit=0x7fffffffffffffff", MemoryLimit::Size(NONE)),
        ("memlimit=1,memlimit=auto", MemoryLimit::Auto),
    ] {
        assert_eq!(memory_limit(text), Some(want), "{text}");
    }
    for text in ["memlimit=", "memlimit=on", "memlimit=0", "memlimit=8G8", "memlimit=8192P"] {
        let bad = read(PROGRAM, text).unwrap_err();
        assert_eq!(bad, (text.into(), "want auto, off, cgroup or a number of bytes, such as 512M"));
    }
    assert!(read(PROGRAM, "memlimit=0x8000000000000000").is_err());
    assert_eq!(read(Reader::Library, "memlimit=off").unwrap_err().1, Reader::Library.keys());
}

#[test]
fn numbers_are_read_as_people_write_them() {
    assert_eq!(number(b"65536"), Some(65536));
    assert_eq!(number(b"0xFf"), Some(255));
    assert_eq!(number(b"2g"), Some(2 << 30));
    for text in ["", "0x", "K", "-1", "1.5", "18446744073709551616", "18446744073709551615K"] {
        assert_eq!(number(text.as_bytes()), None, "{text}");
    }
}
