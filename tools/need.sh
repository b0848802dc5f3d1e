#!/bin/sh
# Says in one line what a fresh machine still lacks. Usage: need.sh COMMAND…
set -eu

missing=
for command in "$@"; do
    command -v "$command" >/dev/null || missing="$missing $command"
done
[ -z "$missing" ] || {
    echo "gosbrk needs on the PATH, and does not find:$missing (Rust: rustup.rs; Go: go.dev/dl; the others: your system's packages)" >&2
    exit 1
}
