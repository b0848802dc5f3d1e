//! Every state that an arena can be in.
//!
//! A state is what every page below the break is, where the break is, and where
//! the end of the memory is. A page that continues a region follows one of it,
//! and anything follows anything else, so that of n pages below the break there
//! are F(2n+1) kinds (F: Fibonacci), and of arenas of up to N pages F(2N+3)-1.

use super::{Heap, Page};
use gosbrk::Profile;
use gosbrk::os::Os;
use std::ops::Range;

/// A state.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct State {
    /// Pages below the break.
    pub pages: Vec<Page>,
    /// Pages from there to the end.
    pub spare: usize,
}

/// Every state of at most `most` pages.
pub fn all(most: usize) -> Vec<State> {
    let mut states = Vec::new();
    let mut kinds = vec![Vec::new()];
    for n in 0..=most {
        for pages in &kinds {
            states.extend((0..=most - n).map(|spare| State { pages: pages.clone(), spare }));
        }
        kinds = kinds.iter().flat_map(|pages| longer(pages)).collect();
    }
    states
}

/// Every state under a profile: that of Go 1.21 gives nothing back to the break.
pub fn of(profile: Profile, most: usize) -> Vec<State> {
    let fits = |state: &State| profile != Profile::WasmGo121 || state.spare == 0;
    all(most).into_iter().filter(fits).collect()
}

fn longer(pages: &[Page]) -> impl Iterator<Item = Vec<Page>> {
    let follows = |page| page != Page::Rest || pages.last().is_some_and(|&last| last != Page::Free);
    let next = [Page::Free, Page::First, Page::Rest].into_iter().filter(move |&page| follows(page));
    next.map(|page| pages.iter().copied().chain([page]).collect())
}

/// How many states there are: F(2n+3)-1.
pub fn count(n: usize) -> usize {
    let (mut this, mut next) = (0, 1);
    for _ in 0..2 * n + 3 {
        (this, next) = (next, this + next);
    }
    this - 1
}

impl State {
    /// Brings a heap into the state, by calls alone. `apart`: what is to be above
    /// the break was a region for each page, not one.
    pub fn build<O: Os>(&self, heap: &mut Heap<O>, apart: bool) {
        heap.reset();
        let mut free = Vec::new();
        for run in self.runs() {
            let taken = heap.take_at_break(run.len());
            if self.pages[taken.start] == Page::Free {
                free.push(taken);
            }
        }
        let spare: Vec<_> = if apart {
            (0..self.spare).map(|_| heap.take_at_break(1)).collect()
        } else {
            (0..self.spare.min(1)).map(|_| heap.take_at_break(self.spare)).collect()
        };
        for run in free {
            // What ends at the break goes to the list if its size is not whole.
            let whole = run.end != heap.model.top();
            heap.give_back(run, whole);
        }
        for region in spare.into_iter().rev() {
            heap.give_back(region, true);
        }
        assert_eq!(
            (&heap.model.pages, heap.model.end),
            (&self.pages, self.pages.len() + self.spare)
        );
    }

    /// Runs of pages that are free, and regions, ascending.
    fn runs(&self) -> Vec<Range<usize>> {
        let mut runs: Vec<Range<usize>> = Vec::new();
        for (page, what) in self.pages.iter().enumerate() {
            let same_run = match what {
                Page::Free => page > 0 && self.pages[page - 1] == Page::Free,
                Page::First => false,
                Page::Rest => true,
            };
            match runs.last_mut().filter(|_| same_run) {
                Some(run) => run.end = page + 1,
                None => runs.push(page..page + 1),
            }
        }
        runs
    }
}
