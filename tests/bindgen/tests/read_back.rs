//! Calls the library through bindings made of its header alone.
#![allow(unsafe_op_in_unsafe_fn, reason = "there is nothing but foreign calls in them")]

#[path = "../../common/declarations.rs"]
mod declarations;

use gosbrk_bindgen::*;
use std::collections::BTreeSet;
use std::ffi::{CStr, c_void};
use std::mem::size_of;
use std::ptr::null_mut;

const BINDINGS: &str = include_str!(concat!(env!("OUT_DIR"), "/bindings.rs"));
const HEADER: &str = include_str!("../../../include/gosbrk.h");
const CALLS: &str = include_str!("read_back.rs");

const PAGE: usize = 4096;

#[test]
fn bindings_have_the_functions_of_the_header() {
    let bound = BINDINGS.lines().filter_map(|line| line.trim().strip_prefix("pub fn "));
    let bound: BTreeSet<_> = bound.map(|rest| rest.split('(').next().unwrap().to_owned()).collect();
    assert_eq!(bound, declarations::functions(HEADER));
}

#[test]
fn every_function_is_called_here() {
    let (_, calls) = CALLS.split_once("fn every_function_works").unwrap();
    for function in declarations::functions(HEADER) {
        assert!(calls.contains(&format!("{function}(")), "{function}");
    }
}

/// One test, since a process has one instance.
#[test]
fn every_function_works() {
    // SAFETY: pointers are to what the header asks for, and no memory is used
    // after it was freed.
    unsafe {
        set_up();
        memory();
        hints();
        statistics();
    }
}

unsafe fn set_up() {
    let mut config = gosbrk_config::default();
    gosbrk_config_init(&mut config);
    assert_eq!(config.size, size_of::<gosbrk_config>());
    config.misuse = GOSBRK_MISUSE_REPORT;
    config.advice = GOSBRK_ADVICE_OS;
    assert_eq!(gosbrk_init(&config), GOSBRK_OK as i32);
    let version = CStr::from_ptr(gosbrk_version());
    assert_eq!(version, CStr::from_bytes_with_nul(GOSBRK_VERSION).unwrap());
    assert_ne!(gosbrk_base(), 0);
    assert_eq!((gosbrk_bloc(), gosbrk_blocMax()), (gosbrk_base(), gosbrk_base()));
}

unsafe fn memory() {
    let base = gosbrk_base() as *mut c_void;
    let name = "bindings";
    let p = sysAllocOS(2 * PAGE, name.as_ptr().cast(), name.len());
    assert_eq!(p, base);
    let q = sysReserveOS(gosbrk_bloc() as *mut c_void, PAGE, null_mut(), 0);
    assert_eq!(q, base.byte_add(2 * PAGE));
    let mut reserved = 0;
    let r = sysReserveAlignedSbrk(PAGE, 4 * PAGE, &mut reserved);
    assert_eq!((r, reserved), (base.byte_add(4 * PAGE), PAGE));

    sysFreeOS(p, PAGE);
    let mut blocks = [gosbrk_block { addr: 0, size: 0 }; 2];
    assert_eq!(gosbrk_freelist(blocks.as_mut_ptr(), 2), 2);
    assert_eq!((blocks[0].addr, blocks[0].size), (base as usize, PAGE));
    assert_eq!((blocks[1].addr, blocks[1].size), (base as usize + 3 * PAGE, PAGE));
    assert_eq!(gosbrk_check(), GOSBRK_OK as i32);

    sysFreeOS(p, PAGE);
    let error = gosbrk_last_error();
    assert_eq!(error, GOSBRK_E_DOUBLE_FREE as i32);
    assert!(!CStr::from_ptr(gosbrk_error_text(error)).is_empty());
}

unsafe fn hints() {
    let p = (gosbrk_base() + PAGE) as *mut c_void;
    assert!(!needZeroAfterSysUnusedOS());
    p.cast::<u8>().write(1);
    sysUnusedOS(p, PAGE);
    assert_eq!(p.cast::<u8>().read(), 0);
    sysUsedOS(p, PAGE);
    sysHugePageOS(p, PAGE);
    sysHugePageCollapseOS(p, PAGE);
    sysNoHugePageOS(p, PAGE);
    sysFaultOS(p, PAGE);
    sysMapOS(p, PAGE, null_mut(), 0);
    p.cast::<u8>().write(1);
    assert_eq!(gosbrk_last_error(), GOSBRK_OK as i32);
}

unsafe fn statistics() {
    let mut stats = gosbrk_stats { size: size_of::<gosbrk_stats>(), ..Default::default() };
    gosbrk_get_stats(&mut stats);
    assert_eq!((stats.in_use, stats.free, stats.free_blocks), (3 * PAGE, 2 * PAGE, 2));
    assert_eq!((stats.growths, stats.refusals, stats.names), (3, 1, 2));
    let first = &stats.by_name[0];
    assert_eq!(CStr::from_ptr(first.name.as_ptr()), c"bindings");
    assert_eq!((first.calls, first.bytes), (1, 2 * PAGE as u64));
}
