//! Lines of Go's collector that are changed: where its memory limit comes from, when that is looked
//! at again, how far the heap goes beyond its goal while that limit is what decides, and when it
//! collects before a large object.
//!
//! They are changed for every layout and system. `gosbrk_pace.go`, `gosbrk_ahead.go` and
//! `gosbrk_space.go` say what they call, and that the pace is another one in compact only.

use super::replace_once;
use anyhow::Result;

/// Lines of Go's that are there once, and what is in their place.
pub struct Lines {
    /// The file, below `src/runtime`.
    pub file: &'static str,
    go: &'static str,
    new: &'static str,
}

/// In every release.
pub const PACE: [Lines; 6] = [
    Lines {
        file: "malloc.go",
        go: "\nfunc mallocgcLarge(size uintptr, typ *_type, needzero bool) (unsafe.Pointer, uintptr) {\n",
        new: "\nfunc mallocgcLarge(size uintptr, typ *_type, needzero bool) (unsafe.Pointer, uintptr) {\n\
              \tgosbrkCollectAhead(size)\n",
    },
    Lines {
        file: "mgcmark.go",
        go: "\n\tif scanWork < gcOverAssistWork {\n\t\tscanWork = gcOverAssistWork\n",
        new: "\n\tif over := gcController.gosbrkOverAssist(gcOverAssistWork); scanWork < over {\n\
              \t\tscanWork = over\n",
    },
    Lines {
        file: "mgcpacer.go",
        go: "\n\tp := gogetenv(\"GOMEMLIMIT\")\n\tif p == \"\" || p == \"off\" {\n",
        new: "\n\tp := gogetenv(\"GOMEMLIMIT\")\n\tif p == \"\" {\n\t\treturn gosbrkMemoryLimit\n\t}\n\
              \tif p == \"off\" {\n",
    },
    Lines {
        file: "mgcpacer.go",
        go: "\n\t\tconst maxOvershoot = 1.1\n",
        new: "\n\t\tmaxOvershoot := c.gosbrkOvershoot(1.1)\n",
    },
    Lines {
        file: "mgcpacer.go",
        go: "\n\tgcController.commit(isSweepDone())\n",
        new: "\n\tgosbrkFollowSpace(false)\n\tgcController.commit(isSweepDone())\n",
    },
    Lines {
        file: "mheap.go",
        go: "\n\t\t\tgrowth, ok = h.grow(npages)\n",
        new: "\n\t\t\tgosbrkFollowSpace(true)\n\t\t\tgrowth, ok = h.grow(npages)\n",
    },
];

impl Lines {
    /// The file's text with these lines changed.
    ///
    /// # Errors
    /// They are not there exactly once.
    pub fn put_in(&self, text: &str) -> Result<String> {
        replace_once(text, self.go, self.new)
    }
}

#[cfg(test)]
mod tests {
    use super::PACE;

    #[test]
    fn lines_that_are_not_there_once_are_an_error() {
        for lines in &PACE {
            let once = format!("before{}after\n", lines.go);
            assert_eq!(lines.put_in(&once).unwrap(), format!("before{}after\n", lines.new));
            assert!(lines.put_in("before\nafter\n").is_err());
            assert!(lines.put_in(&once.repeat(2)).is_err());
        }
    }
}
