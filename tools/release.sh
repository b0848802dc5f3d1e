#!/usr/bin/env bash
# Everything that a release must pass, then the release itself: `make release`. It changes
# nothing but target/, and ends with the tag to set. Hours on a small machine.
set -euo pipefail
cd "$(dirname "$0")/.."

stop() { echo "release: $*" >&2; exit 1; }
version=$(sed -n 's/^#define GOSBRK_VERSION "\(.*\)"$/\1/p' include/gosbrk.h)
# What takes no time comes first.
[ -z "$(git status --porcelain)" ] || stop "the work tree has changes: commit them first"
! git rev-parse --quiet --verify "refs/tags/v$version" >/dev/null ||
    stop "v$version is a tag already: put the next version into Cargo.toml, and see tests/versions.rs for the others"
grep -qE "^## $version \([0-9]{4}-[0-9]{2}-[0-9]{2}\)$" CHANGELOG.md ||
    stop "the heading of $version in CHANGELOG.md must have a date, such as ($(date +%F)), in place of another word"
cargo test --quiet --locked --test versions >/dev/null ||
    stop "cargo test --test versions: a file has another version"

make lint
make test
make test-arm64
# Has the short checks of `make dist` in long: two folders, other distributions, the oldest Rust.
make fuzz
make dist
make dist TARGET=aarch64
cat target/dist/SHA256SUMS
echo "release: all passed; now: git tag -s v$version -m 'gosbrk $version'"
