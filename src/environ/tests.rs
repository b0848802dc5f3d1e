//! What settings are understood, and what is said of those that are not.

use super::parse::{number, parse};
use crate::config::{Advice, Check, Config, Misuse, Profile};

#[test]
fn every_setting_is_followed() {
    let text = b"profile=wasm,advice=os,misuse=report,check=full,base=0x200000000,\
                 start=64K,initial=1M,limit=4G,trace=/tmp/t";
    let settings = parse(Config::default(), text).unwrap();
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
fn nothing_asked_is_the_default() {
    let settings = parse(Config::default(), b"").unwrap();
    assert_eq!((settings.config, settings.trace), (Config::default(), None));
}

#[test]
fn what_cannot_be_followed_is_named() {
    for text in ["profile=", "profile=Plan9", "advice=linux", "misuse", "limit=x", "=1", "a=b"] {
        let bad = parse(Config::default(), text.as_bytes()).unwrap_err();
        assert_eq!(bad.setting, text.as_bytes());
    }
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
