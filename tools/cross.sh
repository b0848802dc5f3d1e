#!/bin/sh
# Prints what the names of binutils for a machine begin with: nothing where it is this one.
# Usage: cross.sh ARCH
set -eu

case $1 in
amd64) machine=x86_64 ;;
arm64) machine=aarch64 ;;
*) echo "cross.sh: gosbrk is not made for $1" >&2; exit 2 ;;
esac
[ "$(uname -m)" = "$machine" ] || echo "$machine-linux-gnu-"
