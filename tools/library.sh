#!/bin/sh
# Makes the library that C programs link, and its copy in the Go module. `make archive` runs it.
# Usage: library.sh ARCH TO.a
set -eu

arch=$1
to=$2
cd "$(dirname "$0")/.."
cross=$(tools/cross.sh "$arch")
tools/need.sh "${CARGO:-cargo}" "${cross}ld" "${cross}objcopy" "${cross}nm" "${cross}ar"
made=$(tools/staticlib.sh "$arch" object target)
mkdir -p "$(dirname "$to")"
tools/archive.sh "$arch" "$made" "$to" go
