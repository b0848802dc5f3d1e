//! Where free runs are, found by the summaries without a walk over the pages.

use super::bits::{CHUNK, first_bit, last_bit, run_in};
use super::summary::FANOUT;
use super::{PageMap, shift, span};

/// What a search comes to.
enum Search {
    /// This page.
    Found(usize),
    /// This chunk, whose `max` is too large.
    Stale(usize),
    None,
}

impl PageMap {
    /// The lowest page of the lowest run of at least `n` free pages. What it finds
    /// out on the way spares the next search the same steps.
    pub fn lowest_run(&mut self, n: usize) -> Option<usize> {
        if n > self.longest {
            return None;
        }
        // The lowest run of all is often the one, and in a small heap always near.
        let node = self.lowest / CHUNK;
        if self.lowest < self.pages {
            let bits = &self.chunk(node).free;
            let start = first_bit(bits, self.lowest % CHUNK, 0);
            if start < CHUNK && first_bit(bits, start, !0) - start >= n {
                self.lowest = node * CHUNK + start;
                return Some(self.lowest);
            }
        }
        loop {
            match self.search(n) {
                Search::Found(page) => return Some(page),
                Search::Stale(node) => self.refresh(node),
                Search::None => {
                    self.longest = n - 1;
                    return None;
                }
            }
        }
    }

    /// The same, from the top of the tree down, as far as the summaries are right.
    fn search(&self, n: usize) -> Search {
        let mut level = self.top;
        let mut nodes = self.lowest >> shift(level)..self.nodes(level);
        // Free pages right below the node that is looked at.
        let mut run = 0;
        'descend: loop {
            for node in nodes {
                let sum = self.sum(level, node);
                let first = node * span(level);
                if run + sum.start as usize >= n {
                    return Search::Found(first - run);
                }
                if sum.max as usize >= n {
                    if level == 0 {
                        let found = run_in(&self.chunk(node).free, n);
                        return found.map_or(Search::Stale(node), |at| Search::Found(first + at));
                    }
                    level -= 1;
                    nodes = node * FANOUT..self.nodes(level).min((node + 1) * FANOUT);
                    continue 'descend;
                }
                run = if sum.start as usize == span(level) {
                    run + span(level)
                } else {
                    sum.end as usize
                };
            }
            return Search::None;
        }
    }

    /// The first page at or above `page` that is not free.
    #[must_use]
    pub fn end_of_run(&self, page: usize) -> usize {
        if page >= self.pages {
            return page;
        }
        let mut node = page / CHUNK;
        let within = first_bit(&self.chunk(node).free, page % CHUNK, !0);
        if within < CHUNK {
            return node * CHUNK + within;
        }
        // All of a node is free up to its end: look at the next one, and at the
        // largest that starts there.
        let mut level = 0;
        node += 1;
        loop {
            while level < self.top && node % FANOUT == 0 {
                node /= FANOUT;
                level += 1;
            }
            if node >= self.nodes(level) {
                return self.pages.min(node * span(level));
            }
            let start = self.sum(level, node).start as usize;
            if start < span(level) {
                return node * span(level) + start;
            }
            node += 1;
        }
    }

    /// The lowest page of the run that ends right below `page`: `page` itself if
    /// the page below is not free.
    #[must_use]
    pub fn start_of_run(&self, page: usize) -> usize {
        if page == 0 {
            return 0;
        }
        let mut node = (page - 1) / CHUNK;
        if let Some(live) = last_bit(&self.chunk(node).free, (page - 1) % CHUNK, !0) {
            return node * CHUNK + live + 1;
        }
        let mut level = 0;
        loop {
            while level < self.top && node % FANOUT == 0 {
                node /= FANOUT;
                level += 1;
            }
            if node == 0 {
                return 0;
            }
            let end = self.sum(level, node - 1).end as usize;
            if end < span(level) {
                return node * span(level) - end;
            }
            node -= 1;
        }
    }

    /// The first free page in `[from, to)`.
    #[must_use]
    pub fn next_free_below(&self, from: usize, to: usize) -> Option<usize> {
        if from >= self.highest {
            return None;
        }
        let node = from / CHUNK;
        let within = first_bit(&self.chunk(node).free, from % CHUNK, 0);
        let found = if within < CHUNK {
            node * CHUNK + within
        } else if to <= (node + 1) * CHUNK {
            return None;
        } else {
            self.first_free(node + 1)?
        };
        Some(found).filter(|&found| found < to)
    }

    /// The first free page at or above `page`.
    #[must_use]
    pub fn next_free(&self, page: usize) -> Option<usize> {
        self.next_free_below(page, self.highest)
    }

    /// The first free page of a chunk and of those above it.
    fn first_free(&self, mut node: usize) -> Option<usize> {
        let mut level = 0;
        loop {
            while level < self.top && node % FANOUT == 0 {
                node /= FANOUT;
                level += 1;
            }
            if node >= self.nodes(level) {
                return None;
            }
            if self.sum(level, node).max > 0 {
                break;
            }
            node += 1;
        }
        while level > 0 {
            level -= 1;
            node *= FANOUT;
            while self.sum(level, node).max == 0 {
                node += 1;
            }
        }
        Some(node * CHUNK + first_bit(&self.chunk(node).free, 0, 0))
    }

    /// The last free page below `page`.
    #[must_use]
    pub fn prev_free(&self, page: usize) -> Option<usize> {
        if page <= self.lowest {
            return None;
        }
        let mut node = page.checked_sub(1)? / CHUNK;
        if let Some(within) = last_bit(&self.chunk(node).free, (page - 1) % CHUNK, 0) {
            return Some(node * CHUNK + within);
        }
        let mut level = 0;
        loop {
            while level < self.top && node % FANOUT == 0 {
                node /= FANOUT;
                level += 1;
            }
            node = node.checked_sub(1)?;
            if self.sum(level, node).max > 0 {
                break;
            }
        }
        while level > 0 {
            level -= 1;
            node = node * FANOUT + FANOUT - 1;
            while self.sum(level, node).max == 0 {
                node -= 1;
            }
        }
        Some(node * CHUNK + last_bit(&self.chunk(node).free, CHUNK - 1, 0)?)
    }
}
