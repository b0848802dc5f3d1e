//! Performs a call, whatever is in its way.

use super::record::record;
use super::request::{COLLAPSE, HUGE_PAGE, MAP, NOTE, RESERVE, Request};
use super::state::State;
use crate::addr::{align_up, is_aligned};
use crate::call_format::{Call, ReturnValue};
use crate::error::Error;
use crate::os::Os;
use crate::os::linux::whole::Whole;
use crate::runtime::Sbrk;

/// Most foreign mappings that one call goes over.
const STEPS: usize = 4096;

/// Performs a call and traces it. When mappings of others are in its way, the break
/// goes over them first, and the trace has what that is equal to.
///
/// # Safety
/// What the function of [`Sbrk`] asks.
pub unsafe fn perform(
    state: &mut State,
    request: &Request,
    call: &Call<'_>,
) -> Result<ReturnValue, Error> {
    if state.trace.is_some() {
        state.follow();
    }
    // SAFETY: the caller's promise.
    let mut outcome = unsafe { ask(&mut state.sbrk, request, call) };
    if outcome == Err(Error::Range) && state.unbacked {
        return outside(&mut state.sbrk, request);
    }
    for _ in 0..STEPS {
        if outcome != Err(Error::ForeignBreak) {
            break;
        }
        // SAFETY: as above.
        if let Err(error) = unsafe { step_over(state) } {
            outcome = Err(error);
            break;
        }
        // SAFETY: as above.
        outcome = unsafe { ask(&mut state.sbrk, request, call) };
    }
    state.unbacked |= request.function == RESERVE && outcome.is_err();
    if state.trace.is_some() {
        // SAFETY: as above.
        unsafe { record(state, request, call, outcome) };
    }
    outcome
}

/// Moves the break over what is mapped above it by others, and traces that.
///
/// # Safety
/// As [`Sbrk::step_over`].
#[cold]
#[inline(never)] // Calls that meet nothing need not have its frame on their stack.
unsafe fn step_over(state: &mut State) -> Result<(), Error> {
    // SAFETY: the caller's promise.
    if let Some(step) = unsafe { state.sbrk.step_over() }? {
        state.trace_step(&step);
    }
    Ok(())
}

/// Performs a call on a range outside the segment. After a refused reservation Go's
/// runtime can go on without looking at the answer, and map parts of what it believes to
/// have (the scavenge index of Go 1.24 to 1.27, at nil and an offset). Stock programs
/// get them wherever that is, so they get them here, if nothing else is there.
#[cold]
fn outside(sbrk: &mut Sbrk<Whole>, request: &Request) -> Result<ReturnValue, Error> {
    let page = 1 << sbrk.os_mut().page_shift();
    let whole = align_up(request.n, page).filter(|_| is_aligned(request.v, page));
    match (request.function, whole) {
        (MAP, Some(n)) => sbrk.os_mut().map(request.v, n).map(|()| ReturnValue::Nothing),
        (HUGE_PAGE..=COLLAPSE, _) => Ok(ReturnValue::Nothing),
        _ => Err(Error::Range),
    }
}

/// Performs a call.
///
/// # Safety
/// What the function of [`Sbrk`] asks.
#[expect(clippy::multiple_unsafe_ops_per_block, reason = "one of them is done, by one promise")]
unsafe fn ask(
    sbrk: &mut Sbrk<Whole>,
    request: &Request,
    call: &Call<'_>,
) -> Result<ReturnValue, Error> {
    let &Request { v, n, align, .. } = request;
    // What was refused earlier is not why this call fails, if it does.
    let _ = sbrk.os_mut().take_errno();
    // SAFETY: the caller's promise.
    unsafe {
        match request.function {
            1 => sbrk.sys_alloc_os(n, call.name).map(ReturnValue::from),
            2 => sbrk.sys_free_os(v, n).map(ReturnValue::from),
            3 => sbrk.sys_reserve_os(v, n, call.name).map(ReturnValue::from),
            4 => sbrk.sys_reserve_aligned_sbrk(n, align).map(ReturnValue::from),
            5 => sbrk.sys_map_os(v, n, call.name).map(ReturnValue::from),
            6 => sbrk.sys_unused_os(v, n).map(ReturnValue::from),
            7 => sbrk.sys_used_os(v, n).map(ReturnValue::from),
            8 => sbrk.sys_huge_page_os(v, n).map(ReturnValue::from),
            9 => sbrk.sys_no_huge_page_os(v, n).map(ReturnValue::from),
            10 => sbrk.sys_huge_page_collapse_os(v, n).map(ReturnValue::from),
            NOTE => Ok(ReturnValue::Nothing),
            _ => sbrk.sys_fault_os(v, n).map(ReturnValue::from),
        }
    }
}
