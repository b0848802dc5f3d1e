#!/bin/sh
# Compiles the library with its feature `object` or `flat`, by the profile of that name, to
# what tools/archive.sh and tools/flat.sh begin with. Prints where that is.
# Usage: staticlib.sh ARCH FEATURE TARGET-DIR
set -eu

arch=$1
feature=$2
target=$3
cd "$(dirname "$0")/.."
built=$target/$feature
# For this machine by the compiler's own choice, so that all share what it compiles.
option=
if [ -n "$(tools/cross.sh "$arch")" ]; then
    [ "$arch" = arm64 ] || { echo "staticlib.sh: only linux/arm64 is cross-compiled" >&2; exit 2; }
    RUSTC=$(tools/setup-arm64.sh library)
    export RUSTC
    target=$target/arm64
    built=$target/aarch64-unknown-linux-gnu/$feature
    option='--target aarch64-unknown-linux-gnu'
fi

if [ "$feature" = flat ]; then
    set -- -C relocation-model=pie -C relro-level=off -C llvm-args=-switch-to-lookup=false \
        -C symbol-mangling-version=v0
else
    set --
fi
# On AArch64: no functions of libgcc's for atomic operations. Under a Go runtime, whose signal
# handlers read register x28 at any time, the code leaves that alone; and parts refer to each
# other by their distance, not by a distance in pages, which is another one where the object does
# not begin on a page.
case $arch-$feature in
arm64-flat)
    set -- "$@" -C target-feature=-outline-atomics,+reserve-x28 -C code-model=tiny
    ;;
arm64-*) set -- "$@" -C target-feature=-outline-atomics ;;
esac
compile() {
    # shellcheck disable=SC2086 # two words or none
    "${CARGO:-cargo}" rustc --quiet --locked --lib --profile "$feature" --features "$feature" \
        --target-dir "$target" $option --crate-type staticlib -- "$@"
}
if [ "$arch" = arm64 ]; then
    # The compiler says of each of these features that it is not a stable one. What comes of them
    # is read off the object, so that is told only where something else is wrong.
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    compile "$@" 2>"$log" || { cat "$log" >&2; exit 1; }
else
    compile "$@"
fi
echo "$built/libgosbrk.a"
