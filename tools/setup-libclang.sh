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
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "$missing" >&2
    exit 1
fi
echo "installing libclang-dev for the tests of the header" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update && apt-get install -y --no-install-recommends libclang-dev; } >"$log" 2>&1; then
    echo "$missing; apt-get failed: $(tail -n 1 "$log")" >&2
    exit 1
fi
find_libclang || { echo "$missing; apt-get installed none that is found" >&2; exit 1; }
