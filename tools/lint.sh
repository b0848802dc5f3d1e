#!/usr/bin/env bash
# Formatting and static checks: `make lint`. Every tool that this needs comes with
# Rust and Go; shellcheck is used where it is installed.
set -uo pipefail

cd "$(dirname "$0")/.."
status=0
check() {
    printf '==> %s\n' "$*"
    "$@" || { status=1; echo "    failed: $*" >&2; }
}
formatted() {
    local loose
    loose=$(gofmt -l "$@")
    [ -z "$loose" ] || { printf 'run gofmt -w on:\n%s\n' "$loose" >&2; return 1; }
}

check cargo fmt --check
check cargo clippy --quiet --locked --all-targets -- -D warnings
check env RUSTDOCFLAGS='-D warnings' cargo doc --quiet --locked --no-deps --lib
check formatted go testdata
check env -C go go vet ./...
check env -C testdata/gouser go vet ./...
if command -v shellcheck >/dev/null; then
    check shellcheck tools/*.sh .ci/run
else
    echo "skipped: shellcheck is not installed"
fi
exit $status
