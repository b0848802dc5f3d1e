#!/usr/bin/env bash
# What the project is made of: every package that it names is locked, comes from where
# it should, and has a licence that allows it; no one has reported a hole in it; and the
# library has the same bytes wherever it is built. cargo-deny itself goes to target/tools.
set -euo pipefail

cd "$(dirname "$0")/.."
version=0.20.2
export PATH=$PWD/target/tools/bin:$PATH
cargo deny --version 2>/dev/null | grep -qxF "cargo-deny $version" ||
    cargo install --quiet --locked --root target/tools --version $version cargo-deny
parts="bans, licences, sources"

# Where the list of known holes cannot be had, that part is left out, and named.
advisories=advisories
cargo deny fetch db >/dev/null 2>&1 || {
    echo "skipped: known holes: the list of rustsec.org cannot be fetched"
    advisories=
}
[ -z "$advisories" ] || parts="$parts, known holes"

# Fails if the lock file would have to change.
cargo metadata --quiet --locked --format-version 1 >/dev/null
# shellcheck disable=SC2086 # none, or one word
cargo deny --log-level error --locked --workspace check $advisories bans licenses sources
packages=$(grep -c '^\[\[package\]\]' Cargo.lock)
(cd go && go mod verify >/dev/null && go mod tidy -diff)
cargo test --quiet --locked --test archive it_is_the_same_wherever_it_is_built >/dev/null
echo "PASS: $packages Rust packages ($parts), one archive from two places"
