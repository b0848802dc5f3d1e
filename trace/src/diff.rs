//! Two moments beside each other: of two traces, or of one.

mod json;

use crate::cursor::Cursor;
use crate::figures::Figure;
use crate::file::Trace;
use crate::growth::Stack;
use crate::stat::{At, Moment, Stat, address_space};
use gosbrk_look::model::ROWS;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io;

/// Which moment of a trace is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Where most was resident; the end where that was never measured.
    Peak,
    /// The end.
    End,
    /// Another one.
    At(At),
}

/// What one side has.
#[derive(Clone, Debug)]
pub struct Side {
    /// The summary of its trace; `at` is the moment that is compared.
    pub stat: Stat,
    /// That moment.
    pub moment: Moment,
    /// Growths of the heap up to then: bytes and how often, by the names on the stack, and
    /// the stack.
    growths: BTreeMap<Vec<String>, (Size, Stack)>,
    /// Address space at that moment, by what it is for.
    space: BTreeMap<String, u64>,
}

/// Growths of one stack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Bytes of all of them.
    pub bytes: u64,
    /// How many there were.
    pub count: u64,
}

/// A row: its index in [`ROWS`], and both figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The index.
    pub row: usize,
    /// Of A.
    pub a: Figure,
    /// Of B.
    pub b: Figure,
}

/// What differs, each list sorted by how much, the largest first.
#[derive(Clone, Debug)]
pub struct Diff {
    /// The rows that add up to the resident memory, and then that; not known last.
    pub rows: Vec<Row>,
    /// Who made the heap grow: by what is on the stacks.
    pub growths: Vec<(Stack, Size, Size)>,
    /// What addresses are for.
    pub space: Vec<(String, u64, u64)>,
}

impl Side {
    /// Reads through a trace. `told` hears how many calls were read, now and then.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn of(trace: &Trace, when: When, mut told: impl FnMut(u64)) -> io::Result<Self> {
        let at = if let When::At(at) = when { Some(at) } else { None };
        let mut stat = Stat::of(trace, at, &mut told)?;
        let moment = match when {
            When::Peak => stat.peak.as_ref(),
            When::End => None,
            When::At(_) => stat.at.as_ref(),
        };
        let moment = moment.unwrap_or(&stat.end).clone();
        stat.at = Some(moment.clone());
        let mut space = BTreeMap::new();
        if let Some(call) = moment.call {
            space = address_space(trace, &Cursor::new(trace)?.go(call)?.memory);
        }
        let mut growths = BTreeMap::new();
        for group in stat.growths.within(0..moment.call.map_or(0, |call| call + 1)).groups() {
            let names = group.stack.names().into_iter().map(str::to_owned).collect();
            let size = Size { bytes: group.bytes, count: group.count };
            growths.insert(names, (size, group.stack));
        }
        Ok(Self { stat, moment, growths, space })
    }
}

impl Row {
    /// B less A, in bytes, as it counts for the resident memory: what was never touched is
    /// taken off there. `None`: not known.
    #[must_use]
    pub fn change(&self) -> Option<i128> {
        let change = i128::from(self.b.ok()?) - i128::from(self.a.ok()?);
        Some(if self.is_taken_off() { -change } else { change })
    }

    /// Whether it is taken off and not added.
    #[must_use]
    pub fn is_taken_off(&self) -> bool {
        ROWS[self.row].key == "untouched"
    }
}

impl Diff {
    /// What differs between two sides.
    #[must_use]
    pub fn of(a: &Side, b: &Side) -> Self {
        let row = |row: usize| Row { row, a: a.moment.figures.0[row], b: b.moment.figures.0[row] };
        let mut rows: Vec<Row> = (0..ROWS.len()).map(row).collect();
        let last = ROWS.len() - 1;
        rows.sort_by_key(|row| {
            (row.row == last, Reverse(row.change().map(i128::unsigned_abs)), row.row)
        });
        let mut growths: Vec<_> = keys(&a.growths, &b.growths)
            .map(|names| {
                let size =
                    |side: &Side| side.growths.get(names).map_or_else(Size::default, |one| one.0);
                let known = b.growths.get(names).or_else(|| a.growths.get(names));
                let stack = known.map_or_else(Stack::default, |one| one.1.clone());
                (stack, size(a), size(b))
            })
            .collect();
        // Stable: those that differ as much stay in the order of their names.
        growths.sort_by_key(|(_, a, b)| Reverse((a.bytes.abs_diff(b.bytes), b.bytes)));
        let size = |side: &Side, name: &String| side.space.get(name).copied().unwrap_or(0);
        let mut space: Vec<_> = keys(&a.space, &b.space)
            .map(|name| (name.clone(), size(a, name), size(b, name)))
            .collect();
        space.sort_by_key(|(_, a, b)| Reverse((a.abs_diff(*b), *b)));
        Self { rows, growths, space }
    }
}

/// The keys of both, each once, in order.
fn keys<'a, K: Ord, V>(
    a: &'a BTreeMap<K, V>,
    b: &'a BTreeMap<K, V>,
) -> impl Iterator<Item = &'a K> {
    a.keys().chain(b.keys()).collect::<std::collections::BTreeSet<_>>().into_iter()
}

#[cfg(test)]
mod tests;
