//! What a configuration means for the break.

use super::mem_round;
use crate::addr::is_aligned;
use crate::config::{Config, Profile};
use crate::error::Error;

/// What a configuration means for the break, found to make sense.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    pub(super) profile: Profile,
    pub(super) page: usize,
    pub(super) base: usize,
    pub(super) start: usize,
    pub(super) initial: usize,
    pub(super) limit: usize,
    pub(super) ceiling: usize,
}

impl Layout {
    /// Rounds what is to be rounded and fills in what was left open, on a system with
    /// pages of so many bytes, as a power of two.
    ///
    /// # Errors
    /// [`Error::Config`]: the base is not page-aligned, or not start ≤ initial ≤
    /// limit.
    pub fn new(config: &Config, os_page_shift: u32) -> Result<Self, Error> {
        let &Config { profile, base, .. } = config;
        let page = profile.page_size_on(os_page_shift);
        let round = |n| mem_round(n, page).map_err(|_| Error::Config);
        let start = round(config.start)?;
        let initial = if config.initial == 0 { start } else { round(config.initial)? };
        let limit = if config.limit == 0 { profile.default_limit() } else { config.limit };
        let ceiling = if config.ceiling == 0 { usize::MAX } else { config.ceiling };
        if is_aligned(base, page) && start <= initial && initial <= limit {
            Ok(Self { profile, page, base, start, initial, limit, ceiling })
        } else {
            Err(Error::Config)
        }
    }

    /// Where the segment has to be; 0: anywhere.
    #[must_use]
    pub const fn base(&self) -> usize {
        self.base
    }

    /// Bytes mapped at first: never none, so that nobody else takes the place.
    #[must_use]
    pub fn first_mapped(&self) -> usize {
        self.initial.max(self.page)
    }
}
