use super::{Header, Layout};
use crate::trouble::Kind;

fn some() -> Header {
    Header {
        flags: 5,
        layout: Layout::Compact,
        profile: 1,
        advice: 1,
        page: 4096,
        pid: 4711,
        ticks: 1 << 60,
        limit: u64::MAX,
        random: 77,
        go: "go1.27.3".into(),
        build_id: "x".repeat(96),
        command: vec!["./server".into(), String::new(), "-v".into()],
        command_size: 13,
        bias: 3,
        ..Header::default()
    }
}

#[test]
fn a_header_is_read_as_it_was_written() {
    assert_eq!(Header::decode(&some().encode()).unwrap(), some());
}

#[test]
fn a_long_command_line_is_cut() {
    let header = Header { command: vec!["x".repeat(5000)], ..some() };
    let read = Header::decode(&header.encode()).unwrap();
    assert_eq!((read.command[0].len(), read.command_size), (3576, 5001));
}

#[test]
fn what_is_wrong_is_told_apart() {
    let whole = some().encode();
    let kind = |bytes: &[u8]| Header::decode(bytes).unwrap_err().kind;
    assert_eq!(kind(b""), Kind::NotATrace);
    assert_eq!(kind(b"init profile=wasm start=0x0"), Kind::NotATrace);
    assert_eq!(kind(&whole[..100]), Kind::Damaged);
    let mut newer = whole.clone();
    newer[8] = 2;
    assert_eq!(kind(&newer), Kind::Version);
    for at in [10, 16, 24, 300, 4000, 4095] {
        let mut damaged = whole.clone();
        damaged[at] ^= 4;
        assert_eq!(kind(&damaged), Kind::Damaged, "{at}");
    }
}
