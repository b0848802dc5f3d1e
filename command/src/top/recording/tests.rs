use super::{Growth, NEWEST, Recording, together};
use gosbrk_look::process::Process;
use gosbrk_trace::format::header::{Header, Layout};
use gosbrk_trace::write::Writer;
use std::fs::{self, File};

fn growth(seconds: u64, bytes: u64, who: &str) -> Growth {
    let ns = Some(seconds * 1_000_000_000);
    Growth { count: 1, ns, bytes, who: who.into(), stack: vec![who.into()] }
}

#[test]
fn growths_of_one_stack_that_are_close_are_one_line() {
    let half = Growth { ns: Some(5_500_000_000), ..growth(0, 4, "b") };
    let unknown = Growth { ns: None, ..growth(0, 1, "c") };
    let all = vec![growth(1, 1, "a"), growth(5, 2, "b"), half, unknown.clone(), unknown];
    let lines = together(all);
    let short: Vec<_> = lines.iter().map(|it| (it.count, it.bytes, it.who.as_str())).collect();
    assert_eq!(short, [(1, 1, "c"), (1, 1, "c"), (2, 6, "b"), (1, 1, "a")]);
    assert_eq!(lines[2].ns, Some(5_500_000_000));
    let many = (0..100).map(|at| growth(2 * at, 1, "a")).collect();
    let lines = together(many);
    assert_eq!((lines.len(), lines[0].ns), (NEWEST, Some(198_000_000_000)));
}

/// Only what a process writes about itself is its trace.
#[test]
fn the_trace_of_another_process_is_not_taken() {
    let pid = std::process::id();
    let folder = std::env::temp_dir().join(format!("gosbrk-recording-{pid}"));
    fs::create_dir_all(&folder).unwrap();
    let me = Process::open(i32::try_from(pid).unwrap()).unwrap();
    let write = |name: &str, pid: u64, layout: Layout, wall_ns: u64| {
        let header = Header { pid, layout, wall_ns, page: 4096, ..Header::default() };
        let file = File::create(folder.join(name)).unwrap();
        let mut writer = Writer::new(file, &header).unwrap();
        writer.flush().unwrap();
        writer
    };
    let (own, others) = (u64::from(pid), u64::from(pid) + 1);
    let name = || Recording::of(&me).map(|it| it.name.rsplit('/').next().unwrap().to_owned());
    let open = [
        write("other", others, Layout::Plain, 9),
        write("samples", own, Layout::Samples, 8),
        write("library", own, Layout::Library, 7),
    ];
    assert_eq!(name(), None);
    let first = write("first", own, Layout::Plain, 1);
    assert_eq!(name().as_deref(), Some("first"));
    let second = write("second", own, Layout::Compact, 2);
    assert_eq!(name().as_deref(), Some("second"), "the newest");
    drop((open, first, second));
    assert_eq!(name(), None, "all are closed");
    fs::remove_dir_all(&folder).unwrap();
}
