//! A moment again and again, until the process ends.

use super::{json, print, tell, text};
use gosbrk_look::snapshot::Target;
use gosbrk_look::trouble::Kind;
use std::io::{IsTerminal, stdout};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The cursor to the top, and the rest of the screen empty.
const CLEAR: &str = "\x1b[H\x1b[J";

/// Looks at a process every `interval`.
pub fn watch(pid: i32, interval: Duration, json: bool) -> u8 {
    let mut target = match Target::open(pid) {
        Ok(target) => target,
        Err(trouble) => return tell(&trouble),
    };
    let redraw = stdout().is_terminal() && !json;
    let start = Instant::now();
    let mut next = start;
    loop {
        let snapshot = match target.look() {
            Ok(snapshot) => snapshot,
            Err(trouble) if trouble.kind == Kind::Gone => return 0,
            Err(trouble) => return tell(&trouble),
        };
        // The process may have become another program, or have loaded one more library.
        if snapshot.readings.iter().any(Result::is_err) {
            target = Target::open(pid).unwrap_or(target);
        }
        let since = start.elapsed();
        let text = if json {
            json::line(&target, &snapshot, Some(since))
        } else if redraw {
            format!("{CLEAR}{}", text::page(&target, &snapshot))
        } else {
            format!("{:.1} s  {}\n", since.as_secs_f64(), text::short(&snapshot))
        };
        if !print(&text) {
            return 0;
        }
        // Without drift, and without catching up after a pause.
        next = (next + interval).max(Instant::now());
        sleep(next - Instant::now());
    }
}
