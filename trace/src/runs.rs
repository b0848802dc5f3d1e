//! Address ranges that have something in common, as few as there can be.

use std::collections::BTreeMap;

/// Ranges with a value each; neighbours never have the same one.
#[derive(Clone, Debug)]
pub struct Runs<T> {
    /// By the first address: the end, and the value.
    map: BTreeMap<u64, (u64, T)>,
    /// Room for what an update takes out.
    taken: Vec<(u64, u64, Option<T>)>,
}

/// A range that has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed<T> {
    /// Its first address.
    pub from: u64,
    /// Where it ends.
    pub to: u64,
    /// What it was.
    pub old: Option<T>,
    /// What it is.
    pub new: Option<T>,
}

impl<T> Default for Runs<T> {
    fn default() -> Self {
        Self { map: BTreeMap::new(), taken: Vec::new() }
    }
}

impl<T: Copy + Eq> Runs<T> {
    /// The ranges by address: where each begins and ends, and what it is.
    #[must_use]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (u64, u64, T)> {
        self.map.iter().map(|(from, (to, value))| (*from, *to, *value))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// What is at an address.
    #[must_use]
    pub fn get(&self, at: u64) -> Option<T> {
        let (_, (to, value)) = self.map.range(..=at).next_back()?;
        (at < *to).then_some(*value)
    }

    /// Tells of every part of a range, what is nothing included, in order.
    pub fn each(&self, from: u64, to: u64, mut tell: impl FnMut(u64, u64, Option<T>)) {
        if from < to {
            self.walk(from, to, &mut tell);
        }
    }

    /// Gives every part of a range the value that `new` says, and tells `changed` of each
    /// part whose value is another one.
    pub fn update(
        &mut self,
        from: u64,
        to: u64,
        mut new: impl FnMut(Option<T>) -> Option<T>,
        mut changed: impl FnMut(Changed<T>),
    ) {
        if from >= to {
            return;
        }
        let mut taken = std::mem::take(&mut self.taken);
        taken.clear();
        self.walk(from, to, &mut |from, to, value| taken.push((from, to, value)));
        // Where all stays as it is, nothing is to be done; that is so for most hints.
        let mut is_same = true;
        for part in &mut taken {
            let next = new(part.2);
            if next != part.2 {
                changed(Changed { from: part.0, to: part.1, old: part.2, new: next });
                part.2 = next;
                is_same = false;
            }
        }
        if !is_same {
            self.replace(from, to, &taken);
        }
        self.taken = taken;
    }

    fn walk(&self, from: u64, to: u64, tell: &mut impl FnMut(u64, u64, Option<T>)) {
        let first = self.map.range(..=from).next_back().filter(|(_, (end, _))| *end > from);
        let first = first.map_or(from, |(start, _)| *start);
        let mut at = from;
        for (start, (end, value)) in self.map.range(first..to) {
            let (start, end) = ((*start).max(from), (*end).min(to));
            if start > at {
                tell(at, start, None);
            }
            tell(start, end, Some(*value));
            at = end;
        }
        if at < to {
            tell(at, to, None);
        }
    }

    /// Puts parts, which cover a range, in the place of what is there.
    fn replace(&mut self, from: u64, to: u64, parts: &[(u64, u64, Option<T>)]) {
        // What reaches into the range from below, and out of it above.
        let below = self.map.range_mut(..from).next_back();
        let (mut open, mut above) = (None, None);
        if let Some((start, (end, value))) = below.filter(|(_, (end, _))| *end >= from) {
            open = Some((*start, *value));
            above = (*end > to).then_some((*end, *value));
            *end = from;
        }
        // Almost always one or none.
        while let Some((start, (end, value))) =
            self.map.range(from..to).next().map(|(start, run)| (*start, *run))
        {
            self.map.remove(&start);
            above = (end > to).then_some((end, value));
        }
        if let Some(run) = above {
            self.map.insert(to, run);
        }
        for (start, end, value) in parts.iter().copied() {
            open = match (open, value) {
                (Some((first, before)), Some(value)) if before == value => {
                    if let Some(run) = self.map.get_mut(&first) {
                        run.0 = end;
                    }
                    Some((first, value))
                }
                (_, Some(value)) => {
                    self.map.insert(start, (end, value));
                    Some((start, value))
                }
                (_, None) => None,
            };
        }
        let next = above.or_else(|| self.map.get(&to).copied());
        match (open, next) {
            (Some((first, value)), Some((end, after))) if value == after => {
                self.map.remove(&to);
                self.map.insert(first, (end, value));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
