//! The fuzzer: any input is one run of calls.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let _ = gosbrk_fuzz::session::run(input);
});
