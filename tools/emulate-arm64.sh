#!/bin/sh
# Runs a command in which programs for linux/arm64 can be started as if this were such a
# machine, by qemu-user. Usage: emulate-arm64.sh COMMAND ARGUMENT...
#
# The kernel learns of the emulator in a namespace of the command (Linux 6.7 and later): nothing
# on the machine changes. What the command starts runs there as root of a user namespace.
set -eu

[ $# -gt 0 ] || { echo "usage: emulate-arm64.sh COMMAND ARGUMENT..." >&2; exit 2; }
emulator=$(command -v qemu-aarch64) || { echo "emulate-arm64.sh: qemu-aarch64 is missing" >&2; exit 1; }
export emulator
# shellcheck disable=SC2016 # the inner shell has these
exec unshare --user --map-root-user --mount sh -c '
    mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
    # ELF, 64 bits, little-endian, executable or position-independent, for AArch64.
    printf %s ":aarch64:M::\\x7fELF\\x02\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02\\x00\\xb7\\x00:\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x00\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xfe\\xff\\xff\\xff:$emulator:F" \
        >/proc/sys/fs/binfmt_misc/register || {
        echo "emulate-arm64.sh: the kernel registers no emulator in a namespace (Linux 6.7 does)" >&2
        exit 1
    }
    unset emulator
    exec "$@"' sh "$@"
