#!/usr/bin/env bash
# That the oldest Rust which Cargo.toml allows compiles what users compile: the library, its two
# objects and the command. rustup brings that Rust.
set -euo pipefail
cd "$(dirname "$0")/.."
oldest=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
rustup run "$oldest" cargo --version >/dev/null 2>&1 ||
    rustup toolchain install "$oldest" --profile minimal --no-self-update >&2 || {
    echo "skipped: Rust $oldest: rustup cannot install it here"
    exit
}
check=(cargo "+$oldest" check --quiet --locked --target-dir target/msrv)
"${check[@]}" --lib --profile object --features object
"${check[@]}" --lib --profile flat --features flat
"${check[@]}" --package gosbrk-command
echo "PASS: Rust $oldest compiles the library and the command"
