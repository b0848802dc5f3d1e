#!/bin/sh
# Turns the static library that rustc makes, with the feature `flat`, into the
# object that goes into a Go root. Go's own linker applies no relocation to such
# an object and says nothing, so this one has none: it is linked here, to one
# piece that runs wherever it lies. Usage: flat.sh FROM.a TO.syso
set -eu

from=$1
to=$2
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

entries='gosbrk_runtime_init gosbrk_runtime gosbrk_runtime_stack_full'
# shellcheck disable=SC2086 # one name a word
roots=$(printf -- '--undefined=%s ' $entries)
# shellcheck disable=SC2086 # one option a word
ld -pie --no-dynamic-linker --no-warn-rwx-segments --fatal-warnings --gc-sections \
    $roots --entry=gosbrk_runtime --script="$here/flat.ld" -o "$work/flat.elf" "$from"
objcopy --output-target=binary --only-section=.text "$work/flat.elf" "$work/flat.bin"

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
    nm --print-size "$work/flat.elf" | while read -r at size _ name; do
        printf '.type %s, @function\n.size %s, 0x%s\n.set %s, flat + 0x%s\n' \
            "$name" "$name" "$size" "$name" "$at"
    done
    echo '.section .note.GNU-stack, "", @progbits'
} >"$work/flat.s"
as -o "$work/flat.o" "$work/flat.s"
objcopy --strip-symbol=flat --remove-section=.data --remove-section=.bss "$work/flat.o"

loose=$(readelf --relocs "$work/flat.o" | grep -c R_X86_64 || true)
undefined=$(nm --undefined-only "$work/flat.o")
if [ "$loose" != 0 ] || [ -n "$undefined" ]; then
    echo "flat.sh: the object is not self-contained: $loose relocations, undefined: $undefined" >&2
    exit 1
fi
# The same bytes keep their time, so that the command is not linked again.
cmp -s "$work/flat.o" "$to" || mv "$work/flat.o" "$to"
