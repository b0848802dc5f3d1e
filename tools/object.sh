#!/bin/sh
# Makes the object that the command puts into a Go root, and beside it, in TO.sources, the
# hash of what it was made from. `make object` and command/build.rs run it.
# Usage: object.sh ARCH TO.syso [TARGET-DIR]
set -eu

arch=$1
to=$2
target=${3:-target}
cd "$(dirname "$0")/.."
cargo=${CARGO:-cargo}
[ "$arch" = amd64 ] || { echo "object.sh: there is no object for $arch" >&2; exit 2; }
tools/need.sh "$cargo" ld as objcopy nm readelf

# Taken first: an edit during the build makes the object stale.
sources=$(tools/sources.sh)
"$cargo" rustc --quiet --locked --lib --profile flat --features flat --target-dir "$target" \
    --crate-type staticlib -- -C relocation-model=pie -C relro-level=off \
    -C llvm-args=-switch-to-lookup=false -C symbol-mangling-version=v0
mkdir -p "$(dirname "$to")"
tools/flat.sh "$target/flat/libgosbrk.a" "$to"
# The same hash keeps its time too: Cargo would run the build script again.
echo "$sources" | cmp -s - "$to.sources" || echo "$sources" >"$to.sources"
