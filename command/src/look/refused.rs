//! The processes that may not be read, so that nobody knows whether they are Go programs.

use gosbrk_look::programs::Programs;
use gosbrk_look::trouble::Trouble;
use std::collections::BTreeMap;

/// Most processes that are named of those that may not be read.
const NAMED: usize = 8;

/// Processes that may not be read for one reason.
pub struct Group {
    /// Why.
    pub reason: String,
    /// What to do.
    pub hint: String,
    /// Their numbers and names.
    pub names: Vec<String>,
}

/// All of them, by the reason.
pub fn groups(programs: &Programs) -> Vec<Group> {
    let mut groups: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for (process, trouble) in programs.refused() {
        let name = format!("{} {}", process.pid, process.name());
        groups.entry(reason(trouble)).or_default().push(name);
    }
    let group = |((reason, hint), names)| Group { reason, hint, names };
    groups.into_iter().map(group).collect()
}

impl Group {
    /// In a sentence.
    pub fn sentence(&self) -> String {
        let more = self.names.len().saturating_sub(NAMED);
        let first = self.names[..self.names.len() - more].join(", ");
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!(
            "not readable, so whether they are Go programs is not known ({}): {first}{more}",
            self.reason
        )
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
