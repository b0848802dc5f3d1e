//! Makes the bindings, and links the library of the tree.

use std::path::Path;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let header = root.join("include/gosbrk.h");
    let library = root.join("target/release");
    println!("cargo::rerun-if-changed={}", header.display());
    println!("cargo::rerun-if-changed={}", library.join("libgosbrk.a").display());
    println!("cargo::rustc-link-search=native={}", library.display());
    println!("cargo::rustc-link-lib=static=gosbrk");
    let out = Path::new(&std::env::var_os("OUT_DIR").unwrap()).join("bindings.rs");
    bindgen::builder()
        .header(header.to_str().unwrap())
        .allowlist_file(".*/gosbrk\\.h")
        .derive_default(true)
        .generate()
        .unwrap()
        .write_to_file(out)
        .unwrap();
}
