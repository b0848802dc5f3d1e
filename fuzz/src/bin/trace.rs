//! The fuzzer: any input is a trace, or not.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let _ = gosbrk_fuzz::trace::run(input);
});
