use super::{Terminal, put};
use crate::top::line::{BOLD, Line, NORMAL, Style};
use std::env::current_exe;
use std::io::{Read, Write, stderr, stdin};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

#[test]
fn a_colour_is_written_where_it_is_wanted() {
    let mut line = Line::of("a", Style { colour: Some(2), ..NORMAL });
    line.push("b", BOLD);
    let written = |has_colours| {
        let mut out = Vec::new();
        put(&mut out, &line, has_colours).unwrap();
        String::from_utf8(out).unwrap()
    };
    assert_eq!(written(true), "\x1b[38;5;2ma\x1b[0m\x1b[1mb\x1b[0m");
    assert_eq!(written(false), "a\x1b[0m\x1b[1mb\x1b[0m");
}

/// What the test below has run in a terminal.
#[test]
#[ignore = "a_panic_gives_the_terminal_back runs it, in a terminal"]
fn panics_in_a_terminal() {
    let mut terminal = Terminal::take().unwrap();
    terminal.draw(vec![Line::of("TAKEN", NORMAL)]).unwrap();
    stdin().read_exact(&mut [0]).unwrap();
    panic!("the words of the panic");
}

/// A tmux of the test's own.
fn tmux(arguments: &[&str]) -> Option<String> {
    let socket = format!("gosbrk-panic-{}", std::process::id());
    let mut command = Command::new("tmux");
    let output = command.args(["-L", &socket, "-f", "/dev/null"]).args(arguments).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The screen, when it has this text.
fn screen_with(text: &str) -> String {
    for _ in 0..1200 {
        let shown = tmux(&["capture-pane", "-p"]).unwrap();
        if shown.contains(text) {
            return shown;
        }
        sleep(Duration::from_millis(50));
    }
    panic!("{text} does not come: {}", tmux(&["capture-pane", "-p"]).unwrap());
}

#[test]
fn a_panic_gives_the_terminal_back() {
    if tmux(&["-V"]).is_none() {
        let line = "\nskipped: a panic gives the terminal back: there is no tmux\n";
        stderr().write_all(line.as_bytes()).unwrap();
        return;
    }
    let me = current_exe().unwrap();
    let test = "top::terminal::tests::panics_in_a_terminal";
    let run = format!("'{}' --ignored --exact {test}; stty -a; exec cat", me.display());
    tmux(&["new-session", "-d", "-x", "90", "-y", "90", "sh", "-c", &run]).unwrap();
    screen_with("TAKEN");
    let ask = ["display-message", "-p", "#{alternate_on} #{cursor_flag} #{wrap_flag}"];
    assert_eq!(tmux(&ask).unwrap(), "1 0 0\n");
    tmux(&["send-keys", "x"]);
    let shown = screen_with("icanon");
    let modes = tmux(&ask).unwrap();
    tmux(&["kill-server"]);
    assert!(shown.contains("the words of the panic"), "{shown}");
    assert!(!shown.contains("-icanon") && !shown.contains("-echo "), "{shown}");
    assert_eq!(modes, "0 1 1\n");
}
