//! Reads the names of functions in C declarations.

use std::collections::BTreeSet;

/// The functions that a header declares.
pub fn functions(header: &str) -> BTreeSet<String> {
    let is_code = |line: &&str| !line.starts_with(['/', '#']);
    let code: String = header.lines().map(str::trim_start).filter(is_code).collect();
    code.split([';', '{', '}']).filter_map(function).map(str::to_owned).collect()
}

/// The name in `void *name(int n)`.
pub fn function(declaration: &str) -> Option<&str> {
    let (before, _) = declaration.split_once('(')?;
    let start = before.rfind([' ', '*'])? + 1;
    Some(&before[start..])
}
