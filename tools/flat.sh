#!/bin/sh
# Turns the static library that rustc makes, with the feature `flat`, into the
# object that goes into a Go root. Go's own linker applies no relocation to such
# an object and says nothing, so this one has none: it is linked here, to one
# piece that runs wherever it lies. Usage: flat.sh ARCH FROM.a TO.syso
set -eu

arch=$1
from=$2
to=$3
here=$(dirname "$0")
cross=$("$here/cross.sh" "$arch")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

entries='gosbrk_runtime_init gosbrk_runtime gosbrk_runtime_stack_full'
# shellcheck disable=SC2086 # one name a word
roots=$(printf -- '--undefined=%s ' $entries)
head=0
[ "$arch" != arm64 ] || head=32
sed "s/GOT_HEAD/$head/" "$here/flat.ld" >"$work/flat.ld"
# shellcheck disable=SC2086 # one option a word
"${cross}ld" -pie --no-dynamic-linker --no-warn-rwx-segments --fatal-warnings --gc-sections \
    $roots --entry=gosbrk_runtime --script="$work/flat.ld" -o "$work/flat.elf" "$from"
"${cross}objcopy" --output-target=binary --only-section=.text "$work/flat.elf" "$work/flat.bin"

# One section with the bytes as they are, and the name of each function: profiles
# show it, and Go's linker wants one at the very start. The entry points are
# hidden: only the runtime in the same file calls them, and a plugin does not link
# where its own jump could be bound to another file's function.
{
    echo '.text'
    echo '.balign 64'
    echo 'flat:'
    echo ".incbin \"$work/flat.bin\""
    for entry in $entries; do
        printf '.globl %s\n.hidden %s\n' "$entry" "$entry"
    done
    "${cross}nm" --print-size "$work/flat.elf" | grep -v ' _GLOBAL_OFFSET_TABLE_$' | while read -r at size _ name; do
        printf '.type %s, %%function\n.size %s, 0x%s\n.set %s, flat + 0x%s\n' \
            "$name" "$name" "$size" "$name" "$at"
    done
    echo '.section .note.GNU-stack, "", %progbits'
} >"$work/flat.s"
"${cross}as" -o "$work/flat.o" "$work/flat.s"
"${cross}objcopy" --strip-symbol=flat --remove-section=.data --remove-section=.bss "$work/flat.o"

loose=$("${cross}readelf" --relocs "$work/flat.o" | grep -cE 'R_(X86_64|AARCH64)_' || true)
undefined=$("${cross}nm" --undefined-only "$work/flat.o")
if [ "$loose" != 0 ] || [ -n "$undefined" ]; then
    echo "flat.sh: the object is not self-contained: $loose relocations, undefined: $undefined" >&2
    exit 1
fi
# Go keeps the running goroutine in x28. An adrp counts in pages from where it stands, so it is
# right only where the object begins on a page.
if [ "$arch" = arm64 ]; then
    unfit=$("${cross}objdump" --disassemble --no-show-raw-insn "$work/flat.elf" |
        grep -E '[^0-9a-z_][xw]28([^0-9a-z_]|$)|[[:space:]]adrp[[:space:]]' || true)
    [ -z "$unfit" ] || {
        printf 'flat.sh: the object uses x28 or adrp:\n%s\n' "$unfit" >&2
        exit 1
    }
fi
# The same bytes keep their time, so that the command is not linked again.
cmp -s "$work/flat.o" "$to" || mv "$work/flat.o" "$to"
