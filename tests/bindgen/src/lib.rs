//! What bindgen reads in `include/gosbrk.h`. Sizes and offsets are asserted in
//! it when it is compiled.
#![allow(non_camel_case_types, non_snake_case, reason = "the names are C's")]

include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
