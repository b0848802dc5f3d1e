//! How the break gets over what others have mapped.

use super::Brk;
use crate::error::Error;
use crate::os::Os;

/// A range of others that the break went over. All addresses are absolute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where the break was.
    pub from: usize,
    /// Where the foreign range begins; what lies below it is free from now on.
    pub foreign: usize,
    /// Where the break is: the end of the foreign range.
    pub to: usize,
}

impl Brk {
    /// Finds out how the break gets over what was in the way when it was to grow last.
    /// What lies below that is mapped, if the system agrees; else it counts as foreign.
    /// `None`: nothing is there any more. The break itself stays, until [`Self::step`];
    /// what lies below may stay mapped if that does not come.
    ///
    /// # Errors
    /// [`Error::ForeignBreak`]: where the way goes on cannot be told.
    /// [`Error::NoMem`]: not below the ceiling.
    pub fn way_over<O: Os>(&mut self, os: &mut O, closed: bool) -> Result<Option<Step>, Error> {
        if self.refused <= self.mapped {
            return Ok(None);
        }
        let Some((foreign, to)) = os.obstacle(self.mapped, self.refused)? else { return Ok(None) };
        if to >= self.ceiling {
            return Err(Error::NoMem);
        }
        let (at, n) = (self.mapped, foreign - self.mapped);
        let below = n > 0 && if closed { os.map_closed(at, n) } else { os.map(at, n) }.is_ok();
        if below {
            self.mapped = foreign;
        }
        Ok(Some(Step { from: self.bloc, foreign: self.mapped, to }))
    }

    /// Goes over a foreign range, as if `sbrk` had handed it out to others, with
    /// all that lies below it.
    pub fn step(&mut self, step: &Step) {
        // It takes nothing of what the layer may have.
        self.limit = self.limit.saturating_add(step.to - step.foreign);
        self.bloc = step.to;
        self.bloc_max = step.to;
        self.end = step.to;
        self.mapped = step.to;
    }
}
