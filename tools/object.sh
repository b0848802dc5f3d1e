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
cross=$(tools/cross.sh "$arch")
tools/need.sh "$cargo" "${cross}ld" "${cross}as" "${cross}objcopy" "${cross}nm" "${cross}readelf"

# Taken first: an edit during the build makes the object stale.
sources=$(tools/sources.sh)
made=$(CARGO=$cargo tools/staticlib.sh "$arch" flat "$target")
mkdir -p "$(dirname "$to")"
tools/flat.sh "$arch" "$made" "$to"
# The same hash keeps its time too: Cargo would run the build script again.
echo "$sources" | cmp -s - "$to.sources" || echo "$sources" >"$to.sources"
