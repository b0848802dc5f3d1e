//! A terminal, as tmux has it.

use crate::common::{is_there, run, scratch, skip, text};
use std::path::PathBuf;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

/// A terminal of a test's own, closed with it.
pub struct Terminal {
    folder: PathBuf,
}

impl Terminal {
    /// Runs a script of the shell in a terminal of this size; nothing, with the reason told,
    /// where there is no tmux.
    pub fn run(test: &str, (columns, rows): (u16, u16), script: &str) -> Option<Self> {
        if !is_there("tmux") {
            skip(&format!("gosbrk top in a terminal: {test}"), "no tmux (tools/setup-tmux.sh)");
            return None;
        }
        let terminal = Self { folder: scratch(&format!("top-{test}")) };
        let size = ["-x", &columns.to_string(), "-y", &rows.to_string()];
        let mut command = terminal.tmux();
        command.args(["new-session", "-d"]).args(size).args(["sh", "-c", script]);
        let done = run(&mut command);
        assert!(done.status.success(), "{}", text(&done.stderr));
        Some(terminal)
    }

    fn tmux(&self) -> Command {
        let mut command = Command::new("tmux");
        // The path of a socket may not be long.
        let socket = format!("gosbrk-{}-{}", std::process::id(), self.name());
        command.args(["-L", &socket, "-f", "/dev/null", "-u"]);
        command.env_remove("TMUX").env_remove("NO_COLOR");
        command
    }

    fn name(&self) -> String {
        self.folder.file_name().unwrap().to_string_lossy().into_owned()
    }

    /// Presses keys, as tmux names them.
    pub fn press(&self, keys: &[&str]) {
        run(self.tmux().arg("send-keys").args(keys));
    }

    /// Makes it larger or smaller.
    pub fn resize(&self, columns: u16, rows: u16) {
        let size = ["-x", &columns.to_string(), "-y", &rows.to_string()];
        run(self.tmux().arg("resize-window").args(size));
    }

    /// What is on the screen; with its colours, if these are asked for.
    pub fn screen(&self, with_colours: bool) -> String {
        let mut command = self.tmux();
        command.args(["capture-pane", "-p"]);
        text(&run(if with_colours { command.arg("-e") } else { &mut command }).stdout)
    }

    /// What tmux knows of it, as its formats have it.
    pub fn ask(&self, format: &str) -> String {
        text(&run(self.tmux().args(["display-message", "-p", format])).stdout).trim().to_owned()
    }

    /// The screen, when it is as it should be.
    pub fn wait(&self, what: &str, is_there: impl Fn(&str) -> bool) -> String {
        for _ in 0..1500 {
            let screen = self.screen(false);
            if is_there(&screen) {
                return screen;
            }
            sleep(Duration::from_millis(40));
        }
        panic!("{what}: this does not come: {}", self.screen(false));
    }

    /// The screen, when it has this text.
    pub fn wait_for(&self, text: &str) -> String {
        self.wait(text, |screen| screen.contains(text))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        run(self.tmux().arg("kill-server"));
    }
}
