//! The rows of a WebAssembly module. They add up to its memory.

use super::{Figure, Figures, Why, both};
use crate::picture::Picture;

/// The rows, where the first five are known already; `ready` is all that is ready, counted
/// or not. `missing` says why the calls tell nothing, if they do not.
pub fn of(
    picture: &Picture,
    missing: Option<Why>,
    [held, gaps, kept, stacks, tables]: [Figure; 5],
    ready: Figure,
) -> Figures {
    let memory = &picture.memory;
    let whole = |size: u64| missing.map_or(Ok(size), Err);
    let size = picture.rss.map(|rss| rss.all).ok_or(Why::NotYet);
    let free = memory.free_list().zip(memory.tail());
    let why = if memory.has_break() || size.is_ok() { Why::Moved } else { Why::NoBreak };
    let layer = free.ok_or(why).and_then(|(list, tail)| whole(list.saturating_add(tail)));
    let data = whole(memory.data_end());
    let parts = both(both(ready, layer, u64::checked_add), data, u64::checked_add);
    // What is left is reserved, prepared or given back, and what the runtime has uncounted.
    let other = both(size, parts, u64::checked_sub);
    Figures([held, gaps, kept, stacks, tables, layer, other, data, Err(Why::Module), size])
}
