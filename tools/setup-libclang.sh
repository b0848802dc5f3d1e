#!/bin/sh
# Prints the directory of libclang, which the tests read the header back with; where
# there is none, root on a system with apt installs it first. Users of the library
# never need it. Set LIBCLANG_PATH to name one yourself.
set -eu

holds() {
    for file in "$1"/libclang.so* "$1"/libclang-[0-9]*.so*; do
        [ -e "$file" ] && return 0
    done
    return 1
}

find_libclang() {
    for dir in "${LIBCLANG_PATH-}" "$(llvm-config --libdir 2>/dev/null || true)" \
        /usr/lib/llvm-*/lib /usr/lib64 /usr/lib /usr/lib/*-linux-gnu /usr/local/lib; do
        if [ -n "$dir" ] && holds "$dir"; then
            echo "$dir"
            return 0
        fi
    done
    return 1
}

find_libclang && exit 0
missing="libclang is missing: install it (Debian: apt-get install libclang-dev) or set LIBCLANG_PATH"
"$(dirname "$0")/apt.sh" "$missing" "the tests of the header" libclang-dev >&2
find_libclang || { echo "$missing; apt-get installed none that is found" >&2; exit 1; }
