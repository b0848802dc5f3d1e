//! This library, as a Rust program has it and through its C functions.

use crate::plan::{NIL, Op, PAGE, Plan, Step};
use crate::side::{Layer, Side, fail};
use gosbrk::os::linux::Linux;
use gosbrk::{Config, Profile, Sbrk, abi};
use std::ptr::{NonNull, null_mut, with_exposed_provenance_mut};

/// What every allocation of a plan is for.
const NAME: &str = "bench";

/// A layer of the program's own.
pub struct Direct(Sbrk<Linux>);

impl Direct {
    pub fn new() -> Self {
        let mut layer = Sbrk::new(Linux);
        // SAFETY: there is no segment yet.
        if unsafe { layer.init(&Config::default()) }.is_err() {
            fail("gosbrk finds no room for its segment");
        }
        Self(layer)
    }
}

impl Side for Direct {
    fn alloc(&mut self, n: usize, align: usize) -> Option<NonNull<u8>> {
        assert_eq!(align, PAGE, "plans of slots are for pages");
        // SAFETY: plans keep the rules of the layer.
        let p = unsafe { self.0.sys_alloc_os(n, NAME.as_bytes()) }.ok()?;
        NonNull::new(with_exposed_provenance_mut(p))
    }

    unsafe fn free(&mut self, p: NonNull<u8>, n: usize, _: usize) {
        // SAFETY: the caller's promise.
        if unsafe { self.0.sys_free_os(p.as_ptr().expose_provenance(), n) }.is_err() {
            fail("gosbrk refused a free");
        }
    }
}

impl Layer for Direct {
    unsafe fn init(&mut self, plan: &Plan) {
        // SAFETY: the caller's promise.
        if unsafe { self.0.init(&config(plan)) }.is_err() {
            fail("gosbrk refused to start afresh");
        }
    }

    fn base(&self) -> usize {
        self.0.base()
    }

    unsafe fn call(&mut self, base: usize, step: &Step) -> usize {
        let (n, at) = (step.bytes, absolute(base, step.at));
        let (layer, name) = (&mut self.0, step.name.as_bytes());
        // SAFETY: what the trace's program owned there, the caller owns here.
        let done = unsafe {
            match step.op {
                Op::SysAlloc => layer.sys_alloc_os(n, name),
                Op::SysFree => layer.sys_free_os(at, n).map(|()| 0),
                Op::SysReserve => layer.sys_reserve_os(at, n, name),
                Op::SysReserveAligned => {
                    layer.sys_reserve_aligned_sbrk(n, step.at).map(|given| given.addr)
                }
                Op::SysMap => layer.sys_map_os(at, n, name).map(|()| 0),
                Op::SysUnused => layer.sys_unused_os(at, n).map(|()| 0),
                Op::SysUsed => layer.sys_used_os(at, n).map(|()| 0),
                Op::SysHugePage => layer.sys_huge_page_os(at, n).map(|()| 0),
                Op::SysNoHugePage => layer.sys_no_huge_page_os(at, n).map(|()| 0),
                Op::SysHugePageCollapse => layer.sys_huge_page_collapse_os(at, n).map(|()| 0),
                Op::SysFault => layer.sys_fault_os(at, n).map(|()| 0),
                _ => unreachable!("a step of slots among those of the layer"),
            }
        };
        offset(base, done.unwrap_or(0))
    }
}

/// The process-wide layer behind the C functions.
#[derive(Clone, Copy)]
pub struct Functions;

impl Side for Functions {
    fn alloc(&mut self, n: usize, align: usize) -> Option<NonNull<u8>> {
        assert_eq!(align, PAGE, "plans of slots are for pages");
        // SAFETY: the name is text of the program's own.
        NonNull::new(unsafe { abi::sysAllocOS(n, NAME.as_ptr().cast(), NAME.len()) }.cast())
    }

    unsafe fn free(&mut self, p: NonNull<u8>, n: usize, _: usize) {
        // SAFETY: the caller's promise.
        unsafe { abi::sysFreeOS(p.as_ptr().cast(), n) };
    }
}

impl Layer for Functions {
    unsafe fn init(&mut self, plan: &Plan) {
        // SAFETY: the caller's promise.
        if unsafe { gosbrk::process::init(&config(plan)) }.is_err() {
            fail("gosbrk refused to start afresh");
        }
    }

    fn base(&self) -> usize {
        abi::gosbrk_base()
    }

    unsafe fn call(&mut self, base: usize, step: &Step) -> usize {
        let (n, len) = (step.bytes, step.name.len());
        let name = if len == 0 { null_mut() } else { step.name.as_ptr().cast_mut().cast() };
        let at = with_exposed_provenance_mut(absolute(base, step.at));
        let mut reserved = 0;
        // SAFETY: what the trace's program owned there, the caller owns here; the
        // name is as long as it says.
        let p = unsafe {
            match step.op {
                Op::SysAlloc => abi::sysAllocOS(n, name, len),
                Op::SysReserve => abi::sysReserveOS(at, n, name, len),
                Op::SysReserveAligned => abi::sysReserveAlignedSbrk(n, step.at, &raw mut reserved),
                _ => {
                    match step.op {
                        Op::SysFree => abi::sysFreeOS(at, n),
                        Op::SysMap => abi::sysMapOS(at, n, name, len),
                        Op::SysUnused => abi::sysUnusedOS(at, n),
                        Op::SysUsed => abi::sysUsedOS(at, n),
                        Op::SysHugePage => abi::sysHugePageOS(at, n),
                        Op::SysNoHugePage => abi::sysNoHugePageOS(at, n),
                        Op::SysHugePageCollapse => abi::sysHugePageCollapseOS(at, n),
                        Op::SysFault => abi::sysFaultOS(at, n),
                        _ => unreachable!("a step of slots among those of the layer"),
                    }
                    null_mut()
                }
            }
        };
        offset(base, p.expose_provenance())
    }
}

fn config(plan: &Plan) -> Config {
    let profile = Profile::from_number(plan.profile).unwrap_or_default();
    Config { profile, start: plan.start, initial: plan.initial, ..Config::default() }
}

fn absolute(base: usize, offset: usize) -> usize {
    if offset == NIL { 0 } else { base.wrapping_add(offset) }
}

fn offset(base: usize, p: usize) -> usize {
    if p == 0 { NIL } else { p - base }
}
