//! Go programs that are compiled to WebAssembly and record themselves: each release, under
//! WASI (wazero, Node), under JavaScript (Node, Chromium).

#[path = "../common/mod.rs"]
mod common;
#[path = "../../../page/tests/browser/driver.rs"]
#[allow(dead_code, reason = "these tests use a part of it")]
mod driver;
#[path = "../../../page/tests/browser/http.rs"]
mod http;

mod browser;
mod files;
mod hosts;
mod program;
mod releases;
