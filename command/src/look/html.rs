//! A moment as a page for the browser.

use super::{print, tell};
use gosbrk_look::snapshot::Target;
use gosbrk_look::{cgroup, space};
use std::fs;
use std::path::Path;

/// Writes the page of one process to `file`, and prints its path. Gives the exit status.
pub fn write(pid: i32, file: &Path) -> u8 {
    let looked = Target::open(pid).and_then(|target| {
        let snapshot = target.look()?;
        let limit = cgroup::limit(&target.process);
        let space = space::space(&target.process);
        Ok(gosbrk_page::look::page(&target, &snapshot, limit.as_ref(), &space))
    });
    let page = match looked {
        Ok(page) => page,
        Err(trouble) => return tell(&trouble),
    };
    if let Err(error) = fs::write(file, gosbrk_page::html::html(&page)) {
        eprintln!("gosbrk: cannot write {}: {error}", file.display());
        return 2;
    }
    print(&format!("{}\n", file.display()));
    0
}
