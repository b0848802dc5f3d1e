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
locks=0 packages=0 parts="bans, licences, sources"

# Where the list of known holes cannot be had, that part is left out, and named.
advisories=advisories
cargo deny fetch db >/dev/null 2>&1 || {
    echo "skipped: known holes: the list of rustsec.org cannot be fetched"
    advisories=
}
[ -z "$advisories" ] || parts="$parts, known holes"

for manifest in Cargo.toml {bench,fuzz,tests/bindgen,tests/loom}/Cargo.toml; do
    # Fails if the lock file would have to change.
    cargo metadata --quiet --locked --format-version 1 --manifest-path "$manifest" >/dev/null
    cargo deny --log-level error --locked --manifest-path "$manifest" --config deny.toml check \
        $advisories bans licenses sources
    locks=$((locks + 1))
    packages=$((packages + $(grep -c '^\[\[package\]\]' "$(dirname "$manifest")/Cargo.lock")))
done
(cd go && go mod verify >/dev/null && go mod tidy -diff)
locks=$((locks + 1))
cargo test --quiet --locked --test archive it_is_the_same_wherever_it_is_built >/dev/null
echo "PASS: $locks lock files, $packages Rust packages ($parts), one archive from two places"
