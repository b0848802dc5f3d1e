//! The processes that may not be read, so that nobody knows whether they are Go programs.

use gosbrk_look::programs::Programs;
use gosbrk_look::trouble::Trouble;
use std::collections::BTreeMap;

/// How many processes may not be read for one reason.
pub struct Group {
    /// How many.
    pub count: usize,
    /// Why.
    pub reason: String,
    /// What to do.
    pub hint: String,
}

/// All of them, by the reason.
pub fn groups(programs: &Programs) -> Vec<Group> {
    let mut groups: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (_, trouble) in programs.refused() {
        *groups.entry(reason(trouble)).or_default() += 1;
    }
    let group = |((reason, hint), count)| Group { count, reason, hint };
    groups.into_iter().map(group).collect()
}

/// All of them in one line; nothing where there are none.
pub fn summary(programs: &Programs) -> Option<String> {
    let count = programs.refused().count();
    let processes = if count == 1 { "process" } else { "processes" };
    // The first one that root may not be able to read either.
    let other = programs.refused().find(|(_, trouble)| !trouble.is_other_user);
    match other {
        _ if count == 0 => None,
        None => Some(format!(
            "{count} {processes} of other users cannot be read; run as root to see them"
        )),
        Some((process, _)) => Some(format!(
            "{count} {processes} cannot be read; `gosbrk look {}` says why",
            process.pid
        )),
    }
}

/// What is the same for many processes.
fn reason(trouble: &Trouble) -> (String, String) {
    let reason = trouble
        .message
        .rsplit_once(" may not be read: ")
        .map_or(trouble.message.as_str(), |(_, why)| why);
    (reason.to_owned(), trouble.hint.clone().unwrap_or_default())
}
