#!/usr/bin/env bash
# Formatting and static checks: `make lint`. Every tool that this needs comes with
# Rust and Go; shellcheck is used where it is installed.
set -uo pipefail

cd "$(dirname "$0")/.." || exit
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
# What a build leaves behind is no part of the project.
nothing_built() {
    local built
    built=$(git ls-files --cached --ignored --exclude-standard)
    [ -z "$built" ] || { printf 'tracked, though .gitignore names it:\n%s\n' "$built" >&2; return 1; }
}

if [ -e .git ]; then
    check nothing_built
    check cargo xtask docs
else
    echo "skipped: nothing_built, docs: this is no Git checkout"
fi
check cargo fmt --all --check
# Without the peers that compile C, and without what needs libclang.
check cargo clippy --quiet --locked --workspace --exclude gosbrk-bindgen --no-default-features \
    --all-targets -- -D warnings
# What stands in the two objects only.
check cargo clippy --quiet --locked --lib --features object --profile object -- -D warnings
check cargo clippy --quiet --locked --lib --features flat --profile flat -- -D warnings
if arm64=$(tools/setup-arm64.sh library 2>&1) && [ "$arm64" = rustc ]; then
    check cargo clippy --quiet --locked --lib --target aarch64-unknown-linux-gnu -- -D warnings
else
    echo "skipped: clippy for linux/arm64: $arm64"
fi
# What is newer than that is not only functions, which clippy knows.
check tools/msrv.sh
# Dependencies go one way.
check cargo xtask modules
check env RUSTDOCFLAGS='-D warnings' cargo doc --quiet --locked --no-deps --lib
check formatted go testdata
check env -C go go vet ./...
# Assembly is checked for one machine at a time.
check env -C go GOARCH=arm64 CGO_ENABLED=0 go vet ./internal/direct/...
check env -C testdata/gouser go vet ./...
check env -C testdata/look go vet ./memory ./service
if command -v shellcheck >/dev/null; then
    # SC2317, SC2329 since 0.11: it does not see that check calls functions.
    check shellcheck --exclude=SC2317,SC2329 tools/*.sh .ci/run
else
    echo "skipped: shellcheck is not installed"
fi
exit $status
