#!/bin/sh
# The tests of linux/arm64 under emulation: the library's unit tests on kernels with pages of 4 and
# of 64 KiB, C programs, whole Go programs and the release, and the tests of the Go module's package.
# Skipped where the tools are missing. Needs `make lib`.
set -eu
cd "$(dirname "$0")/.."

if ! RUSTC=$(tools/setup-arm64.sh tests 2>&1); then
    echo "skipped: the unit tests for linux/arm64: $RUSTC"
    exit 0
fi
# Programs of this machine that start those of the other: compiled as `make test` compiles them.
cargo test --locked --no-fail-fast --workspace --exclude gosbrk-bindgen --no-default-features \
    --test arm64 --test dist_arm64

export RUSTC QEMU_LD_PREFIX=/usr/aarch64-linux-gnu
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
for page in 4096 65536; do
    skip=
    # With pages that are not this machine's the emulator hands through what the kernel says of
    # resident memory, in this machine's pages, and loses a mapping that is put over another one.
    [ "$page" = 4096 ] || skip='--skip the_parts_of_a_process --skip a_mapping_is_found_with'
    # An emulator may hang.
    # shellcheck disable=SC2086 # two words or none
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="timeout 300 qemu-aarch64 -p $page" \
        cargo test --quiet --locked --lib --target aarch64-unknown-linux-gnu -- $skip
done

# On stock Go. The tests also build programs, which the kernel must be able to start. Without that
# only C's conventions are tested against assembly.
go=${GO:-go}
if why=$(tools/emulate-arm64.sh true 2>&1); then
    CARGO=${CARGO:-cargo} tools/library.sh arm64 target/aarch64/libgosbrk.a
    GOARCH=arm64 CGO_ENABLED=1 CC=aarch64-linux-gnu-gcc timeout 2400 tools/emulate-arm64.sh \
        "$go" -C go test -v -vet=off -timeout 30m . ./internal/direct
else
    echo "skipped: the tests of package gosbrk on linux/arm64: $why"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    (cd go && GOARCH=arm64 CGO_ENABLED=0 "$go" test -c -o "$work/direct.test" ./internal/direct)
    timeout 300 qemu-aarch64 "$work/direct.test" -test.v
fi
