//! In a terminal.

use crate::common::{run, scratch};
use crate::guest::{Ends, json};
use crate::programs::{recorded, stock};
use crate::tmux::Terminal;
use gosbrk_look::model::megabytes;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

const SIZE: (u16, u16) = (100, 120);

/// Runs `gosbrk top`, tells its status, and has the terminal's settings before and after in
/// two files.
fn script(name: &str, options: &str) -> (String, impl Fn() + use<>) {
    let folder = scratch(&format!("top-script-{name}"));
    let (before, after) = (folder.join("before"), folder.join("after"));
    let text = format!(
        "stty -g >'{}'; {} top --every 100ms {options}; status=$?; stty -g >'{}'; \
         echo status $status; exec cat",
        before.display(),
        env!("CARGO_BIN_EXE_gosbrk"),
        after.display()
    );
    let check = move || {
        let read = |file| std::fs::read_to_string(file).unwrap();
        let was = read(&before);
        assert!(was.contains(':'), "{was}");
        assert_eq!(was, read(&after), "the terminal's settings");
    };
    (text, check)
}

/// The line of a process, without the mark of the cursor.
fn line(screen: &str, pid: u32) -> Option<&str> {
    let of = |line: &str| {
        line.trim_start_matches('>').split_whitespace().next() == Some(&pid.to_string())
    };
    screen.lines().find(|line| of(line))
}

/// Waits until the terminal is as it was before.
fn is_back(terminal: &Terminal, status: &str) {
    terminal.wait_for(status);
    assert_eq!(terminal.ask("#{alternate_on} #{cursor_flag} #{wrap_flag}"), "0 1 1");
}

/// Puts the cursor on a process and opens it.
fn open(terminal: &Terminal, pid: u32) {
    terminal.press(&["Home"]);
    for _ in 0..500 {
        let at = terminal.wait("the cursor", |screen| screen.contains("\n>"));
        if line(&at, pid).is_some_and(|line| line.starts_with('>')) {
            terminal.press(&["Enter"]);
            return;
        }
        terminal.press(&["Down"]);
        sleep(Duration::from_millis(40));
    }
    panic!("the cursor does not get to {pid}: {}", terminal.screen(false));
}

/// Has the program make its heap grow.
fn grow(guest: &mut Ends) {
    guest.0.tell("mark");
}

#[test]
fn one_sees_sorts_opens_pauses_and_quits() {
    let (text, check) = script("all", "");
    let Some(terminal) = Terminal::run("all", SIZE, &text) else { return };
    let stock = stock(40);
    let (guest, file) = recorded("top-live", 24);
    let mut guest = Ends(guest);
    let pids = [stock.0.pid(), guest.0.pid()];
    let both = |screen: &str| pids.iter().all(|pid| line(screen, *pid).is_some());
    let screen = terminal.wait("both programs", both);
    let line_of = |screen: &str, pid| line(screen, pid).unwrap().to_owned();
    assert!(line_of(&screen, pids[0]).contains(" stock "), "{screen}");
    assert!(line_of(&screen, pids[1]).contains(" compact "), "{screen}");
    assert!(screen.starts_with("gosbrk top  by RSS"), "{screen}");
    // 40 MB before 24 MB.
    let place = |screen: &str, pid| screen.find(&line_of(screen, pid)).unwrap();
    assert!(place(&screen, pids[0]) < place(&screen, pids[1]), "{screen}");

    terminal.press(&["s", "s", "s", "s"]);
    let screen = terminal.wait("by pid", |screen| screen.starts_with("gosbrk top  by pid"));
    assert_eq!(place(&screen, pids[0]) < place(&screen, pids[1]), pids[0] < pids[1], "{screen}");

    open(&terminal, pids[1]);
    let screen = terminal.wait_for("Who made the heap grow, from ");
    assert!(screen.contains(&format!("{} look-memory-gos takes ", pids[1])), "{screen}");
    assert!(screen.contains(file.to_str().unwrap()), "{screen}");
    // What `gosbrk look` says, of a program that does nothing at the moment.
    let said = json(pids[1]);
    for (key, name) in [("held", "held by the program"), ("rss", "resident memory (RSS)")] {
        let size = megabytes(said[key].as_u64().unwrap());
        let row = screen.lines().find(|line| line.ends_with(name)).unwrap();
        assert!(row.contains(&format!(" {size} ")), "{size}: {row}");
    }
    assert!(screen.contains("not known") && screen.contains("gosbrk's free list and tail"));

    // It grows while one looks.
    assert!(!screen.contains("main.main"), "{screen}");
    grow(&mut guest);
    let screen = terminal.wait_for("main.main");
    let newest = screen.lines().skip_while(|line| !line.contains("the newest first"));
    assert!(newest.clone().nth(1).unwrap().contains(" main.main"), "{screen}");

    terminal.press(&["p"]);
    let paused = terminal.wait_for("PAUSED");
    grow(&mut guest);
    sleep(Duration::from_millis(500));
    assert_eq!(terminal.screen(false), paused);
    terminal.press(&["p"]);
    let total =
        |screen: &str| screen.lines().find(|line| line.starts_with("The last ")).map(str::to_owned);
    terminal.wait("what came meanwhile", |now| total(now) != total(&paused));

    terminal.press(&["?"]);
    terminal.wait_for("pauses: nothing is read");
    terminal.press(&["Escape"]);
    terminal.wait("no help", |screen| !screen.contains("pauses: nothing is read"));
    terminal.press(&["Escape"]);
    terminal.wait("both programs", both);

    // What ends is gone; the cursor and the others stay.
    drop(stock);
    terminal.wait("one program less", |screen| {
        line(screen, pids[0]).is_none() && line(screen, pids[1]).is_some()
    });
    terminal.resize(40, 12);
    let small = |screen: &str| screen.lines().count() == 12 && screen.contains("command");
    let screen = terminal.wait("a small screen", |screen| small(screen) && screen.contains("\n>"));
    assert!(screen.lines().last().unwrap().starts_with("q quit  ? help"), "{screen}");

    terminal.press(&["q"]);
    is_back(&terminal, "status 0");
    check();
}

#[test]
fn the_end_of_a_program_is_said_where_it_was_open() {
    let guest = stock(4);
    let pid = guest.0.pid();
    let (text, check) = script("end", &pid.to_string());
    let Some(terminal) = Terminal::run("end", SIZE, &text) else { return };
    let screen = terminal.wait_for("this program is not being recorded");
    assert!(screen.contains("Will it come back?"), "{screen}");
    // The bar fills its line to the last column.
    assert!(screen.lines().any(|line| line.starts_with('#') && line.len() == 100), "{screen}");
    drop(guest);
    let screen = terminal.wait_for("ENDED");
    assert!(screen.contains(&format!("Nothing more comes: process {pid} has ended.")), "{screen}");
    assert!(screen.contains("held by the program"), "what was seen last stays: {screen}");
    terminal.press(&["C-c"]);
    is_back(&terminal, "status 0");
    check();
}

#[test]
fn a_signal_gives_the_terminal_back() {
    for (signal, status) in [("TERM", "status 143"), ("INT", "status 130"), ("HUP", "status 129")] {
        let (text, check) = script(signal, "");
        let Some(terminal) = Terminal::run(signal, SIZE, &text) else { return };
        terminal.wait_for("Go program");
        assert_eq!(terminal.ask("#{alternate_on} #{cursor_flag} #{wrap_flag}"), "1 0 0");
        let shell = terminal.ask("#{pane_pid}");
        let children = format!("/proc/{shell}/task/{shell}/children");
        let child = std::fs::read_to_string(children).unwrap();
        let mut kill = Command::new("kill");
        assert!(run(kill.args([&format!("-{signal}"), child.trim()])).status.success());
        is_back(&terminal, status);
        check();
    }
}

#[test]
fn it_stops_and_goes_on_like_other_programs() {
    let folder = scratch("top-stop");
    let Some(terminal) = Terminal::run("stopped", SIZE, "exec sh -i") else { return };
    let settings = |name: &str| {
        let file = folder.join(name);
        terminal.press(&[&format!("stty -g >{}; echo d'o'ne", file.display()), "Enter"]);
        terminal.wait_for("done");
        terminal.press(&["clear", "Enter"]);
        terminal.wait("an empty screen", |screen| !screen.contains("done"));
        std::fs::read_to_string(file).unwrap()
    };
    let before = settings("before");
    terminal.press(&[&format!("{} top --every 100ms", env!("CARGO_BIN_EXE_gosbrk")), "Enter"]);
    let modes = "#{alternate_on} #{cursor_flag} #{wrap_flag}";
    for _ in 0..2 {
        terminal.wait_for("Enter open");
        assert_eq!(terminal.ask(modes), "1 0 0");
        terminal.press(&["C-z"]);
        terminal.wait("the shell", |screen| !screen.contains("Enter open"));
        assert_eq!(terminal.ask(modes), "0 1 1");
        assert_eq!(settings("stopped"), before);
        terminal.press(&["fg", "Enter"]);
    }
    terminal.wait_for("Enter open");
    terminal.press(&["q"]);
    terminal.wait("the shell", |screen| !screen.contains("Enter open"));
    assert_eq!(terminal.ask(modes), "0 1 1");
    assert_eq!(settings("after"), before);
}

/// Whether a screen has a colour other than the terminal's own.
fn is_coloured(screen: &str) -> bool {
    let styles = screen.split("\x1b[").skip(1).filter_map(|rest| rest.split_once('m'));
    let mut numbers = styles.flat_map(|(style, _)| style.split(';'));
    numbers.any(|number| matches!(number.parse(), Ok(30..=38 | 90..=97)))
}

#[test]
fn no_colour_is_needed() {
    let guest = stock(4);
    let pid = guest.0.pid().to_string();
    let screen = |test: &str, setting: &str| {
        let (text, _) = script(test, &pid);
        let terminal = Terminal::run(test, SIZE, &format!("export {setting}; {text}"))?;
        terminal.wait_for("held by the program");
        Some(terminal.screen(true))
    };
    let Some(coloured) = screen("colours", "NO_COLOR=") else { return };
    assert!(is_coloured(&coloured), "{coloured:?}");
    let plain = screen("plain", "NO_COLOR=1").unwrap();
    assert!(!is_coloured(&plain), "{plain:?}");
    // The parts of the bar are told apart by their signs.
    assert!(plain.contains("##") && plain.contains("ff"), "{plain:?}");
}

#[test]
fn a_terminal_that_cannot_move_its_cursor_gets_lines() {
    let guest = stock(4);
    let (text, _) = script("dumb", &guest.0.pid().to_string());
    let Some(terminal) = Terminal::run("dumb", SIZE, &format!("export TERM=dumb; {text}")) else {
        return;
    };
    terminal.wait("two lines", |screen| screen.matches(" s  change ").count() >= 2);
    assert_eq!(terminal.ask("#{alternate_on} #{cursor_flag} #{wrap_flag}"), "0 1 1");
}
