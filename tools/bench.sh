#!/usr/bin/env bash
# The comparison with every peer: `make bench`, or with options for a part of it; see
# `tools/bench.sh --help`, and bench/README.md for what is done. Builds what it needs
# into target/release, target/bench and target/oracle.
set -euo pipefail
cd "$(dirname "$0")/.."
CARGO=${CARGO:-cargo} GO=${GO:-go} CC=${CC:-cc}

say() { echo "bench: $*" >&2; }
args=()
without() { # SIDE REASON
    say "left out: $1: $2"
    args+=(--missing "$1=$2")
}

# The peers that compile C are each left out if they do not build here.
features=()
build() {
    "$CARGO" build --quiet --locked --release --package gosbrk-bench \
        --no-default-features --features "${features[*]}"
}
mkdir -p target/bench
features=(jemalloc mimalloc)
if ! build 2>/dev/null; then
    features=()
    build
    for peer in jemalloc mimalloc; do
        features+=("$peer")
        if ! build 2>target/bench/error; then
            without "$peer" "it does not build here: $(grep -m1 -i error target/bench/error)"
            unset 'features[-1]'
        fi
    done
    build
fi

"${MAKE:-make}" --no-print-directory archive
if "$CC" -std=c11 -O2 -Iinclude bench/side.c target/release/libgosbrk.a \
    -pthread -o target/bench/side-c; then
    args+=(--program c=target/bench/side-c)
else
    without c "$CC cannot build bench/side.c"
fi

if program=$(cd go && "$GO" run ./cmd/bench build); then
    for side in cgo direct go; do args+=(--program "$side=$program"); done
else
    for side in cgo direct go; do without "$side" "$GO cannot build go/cmd/bench"; done
fi

exec target/release/gosbrk-bench "${args[@]}" "$@"
