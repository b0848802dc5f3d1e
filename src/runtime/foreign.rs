//! The break, when something foreign is in its way.

use super::Sbrk;
use crate::brk::Step;
use crate::config::Access;
use crate::error::Error;
use crate::os::Os;

impl<O: Os> Sbrk<O> {
    /// Goes over a mapping of others that was in the way of the call before, which
    /// failed with [`Error::ForeignBreak`]: the break is behind it then, as if somebody
    /// had allocated all that lies between, and freed the part below the mapping. That
    /// call can be made again. `None`: nothing is in the way any more.
    ///
    /// # Errors
    /// [`Error::ForeignBreak`]: where the mapping ends cannot be told.
    /// [`Error::NoMem`]: beyond the ceiling, or no memory for the records. The break
    /// has not moved.
    ///
    /// # Safety
    /// As [`Sbrk::sys_alloc_os`].
    pub unsafe fn step_over(&mut self) -> Result<Option<Step>, Error> {
        let closed = self.access == Access::WhenMapped;
        let Some(step) = self.brk.way_over(&mut self.os, closed)? else { return Ok(None) };
        let Step { from, foreign, to } = step;
        self.freelist.cover(&mut self.os, to)?;
        // SAFETY: above everything that is free.
        let verified = unsafe { self.freelist.verify_last(from) };
        self.counted(verified)?;
        self.freelist.begin_region(from, to - from);
        self.brk.step(&step);
        self.in_use += to - foreign;
        if foreign > from {
            // SAFETY: mapped, nobody's, and zero.
            unsafe { self.free_slack(from, foreign - from) }?;
        }
        Ok(Some(step))
    }
}
