#!/usr/bin/env bash
# How fast the memory page of a million calls opens and zooms in Chromium: `make bench-page`.
# Prints it, and writes bench/page.md.
set -euo pipefail
cd "$(dirname "$0")/.."
CARGO=${CARGO:-cargo}

tools/setup-chromium.sh >/dev/null || { echo "left out: the memory page"; exit 0; }
BENCH_PAGE=$PWD/bench/page.md "$CARGO" test --quiet --locked --release --package gosbrk-page \
    --test browser -- --ignored --exact speed::a_million_calls
cat bench/page.md
