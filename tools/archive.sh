#!/bin/sh
# Turns the static library that rustc makes, 7 MB with all of Rust's core in
# it, into an archive of one object: what the C functions need, every other name
# local to it. Usage: archive.sh FROM.a TO.a
set -eu

from=$1
to=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The C functions: everything that is exported and has Go's or our own prefix.
nm --defined-only --extern-only "$from" 2>/dev/null |
    sed -n 's/^[0-9a-f]* T \(sys[A-Z][A-Za-z]*\|needZero[A-Za-z]*\|gosbrk_[A-Za-z_]*\)$/\1/p' |
    sort -u >"$work/exported"
[ -s "$work/exported" ] || { echo "archive.sh: no C functions in $from" >&2; exit 1; }

# Link to one relocatable object and drop what nothing reaches.
sed 's/^/--undefined=/' "$work/exported" >"$work/roots"
# shellcheck disable=SC2046 # one option a line, none with a blank in it
ld -r --gc-sections $(cat "$work/roots") -o "$work/gosbrk.o" "$from"
objcopy --strip-debug --keep-global-symbols="$work/exported" \
    --remove-section=.comment "$work/gosbrk.o"

undefined=$(nm --undefined-only "$work/gosbrk.o")
[ -z "$undefined" ] || { printf 'archive.sh: undefined symbols:\n%s\n' "$undefined" >&2; exit 1; }

rm -f "$work/gosbrk.a"
# D: no times and owners, so that the same sources give the same bytes.
ar rcsD "$work/gosbrk.a" "$work/gosbrk.o"
mv "$work/gosbrk.a" "$to"
