#!/bin/sh
# Prints a hash of everything in the tree that the command's object is made from.
# command/build.rs compares it with the one that tools/object.sh left beside the object.
set -eu
cd "$(dirname "$0")/.."
{
    find src -type f
    ls Cargo.toml Cargo.lock tools/object.sh tools/staticlib.sh tools/cross.sh tools/flat.sh tools/flat.ld
} | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -d' ' -f1
