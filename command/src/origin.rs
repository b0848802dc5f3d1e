//! What a Go root in the user's cache was made from.

use std::path::{Path, PathBuf};

/// In a root's directory: which Go root it was made from. Its time is when the root was
/// last asked for.
pub const FILE: &str = "gosbrk-origin";

/// The Go root that a root in the cache was made from; none: it is not of ours.
pub fn of(root: &Path) -> Option<PathBuf> {
    Some(std::fs::read_to_string(root.join(FILE)).ok()?.trim_end().into())
}
