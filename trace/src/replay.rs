//! The calls of a recording made again, under the settings that it had and under others:
//! how much memory the layer would have needed.
//!
//! This is a model of the layer, which gives addresses and holds no memory. Tests compare
//! it with the library after every call. [`Outcome::moved`] says whether it gives the
//! addresses that were recorded.

pub mod layer;
mod run;
pub mod script;

pub use run::{Outcome, run};

use layer::{Fit, Profile};
use script::Script;

/// What is different from the recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Whose `sbrk`; `None`: as recorded.
    pub profile: Option<Profile>,
    /// Which free block a request gets.
    pub fit: Fit,
    /// Whether a free block at the break goes back to it.
    pub fold: bool,
    /// Bytes of an arena of the Go heap, a power of two; `None`: as recorded.
    pub arena: Option<u64>,
}

impl Settings {
    /// In words.
    #[must_use]
    pub fn text(&self, recorded: Profile) -> String {
        let mut parts = Vec::new();
        match self.profile.filter(|profile| *profile != recorded) {
            Some(Profile::WasmGo121) => parts.push("profile wasm_go121 (Go 1.21 to 1.23)".into()),
            Some(Profile::Wasm) => parts.push("profile wasm (Go 1.24 and later)".into()),
            Some(Profile::Plan9) => parts.push("profile plan9".into()),
            None => {}
        }
        match self.fit {
            Fit::First => {}
            Fit::Exact => parts.push("exact fit first".into()),
            Fit::Best => parts.push("best fit".into()),
        }
        if self.fold {
            parts.push("fold the tail".into());
        }
        if let Some(arena) = self.arena {
            parts.push(format!("arenas of {}", binary(arena)));
        }
        if parts.is_empty() { "as recorded".into() } else { parts.join(", ") }
    }

    /// The settings that are tried on a recording, the recorded ones first.
    #[must_use]
    pub fn all(script: &Script) -> Vec<Self> {
        let plain = Self::default();
        let mut all = vec![
            plain,
            Self { fit: Fit::Exact, ..plain },
            Self { fit: Fit::Best, ..plain },
            Self { fold: true, ..plain },
        ];
        let (is_wasm, arena) = (script.profile != Profile::Plan9, script.arena());
        let other = match script.profile {
            Profile::Plan9 => None,
            Profile::Wasm => Some(Profile::WasmGo121),
            Profile::WasmGo121 => Some(Profile::Wasm),
        };
        all.extend(other.map(|profile| Self { profile: Some(profile), ..plain }));
        let sizes: &[u64] =
            if is_wasm { &[512 << 10, 4 << 20] } else { &[4 << 20, 16 << 20, 64 << 20] };
        let sizes = sizes.iter().filter(|size| arena.is_some_and(|arena| arena != **size));
        for size in sizes {
            all.push(Self { arena: Some(*size), ..plain });
            if other == Some(Profile::Wasm) {
                all.push(Self { arena: Some(*size), profile: other, ..plain });
            }
        }
        all
    }
}

/// A size in KiB or MiB.
fn binary(size: u64) -> String {
    if size % (1 << 20) == 0 {
        format!("{} MiB", size >> 20)
    } else {
        format!("{} KiB", size >> 10)
    }
}

#[cfg(test)]
mod tests;
