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
else
    echo "skipped: nothing_built: this is no Git checkout"
fi
check cargo fmt --all --check
check cargo clippy --quiet --locked --workspace --all-targets -- -D warnings
# What stands in the two objects only.
check cargo clippy --quiet --locked --lib --features object --release -- -D warnings
check cargo clippy --quiet --locked --lib --features flat --profile flat -- -D warnings
# Packages of their own, for what the library's users need not have.
for package in bench fuzz tests/loom tests/bindgen; do
    check cargo fmt --check --manifest-path "$package/Cargo.toml"
done
check cargo clippy --quiet --locked --all-targets --no-default-features \
    --target-dir target/bench --manifest-path bench/Cargo.toml -- -D warnings
check cargo clippy --quiet --locked --lib --tests --target-dir target/fuzz \
    --manifest-path fuzz/Cargo.toml -- -D warnings
check cargo clippy --quiet --locked --all-targets --target-dir target/loom \
    --manifest-path tests/loom/Cargo.toml -- -D warnings
check env RUSTDOCFLAGS='-D warnings' cargo doc --quiet --locked --no-deps --lib
check formatted go testdata
check env -C go go vet ./...
check env -C testdata/gouser go vet ./...
if command -v shellcheck >/dev/null; then
    # SC2317, SC2329 since 0.11: it does not see that check calls functions.
    check shellcheck --exclude=SC2317,SC2329 tools/*.sh .ci/run
else
    echo "skipped: shellcheck is not installed"
fi
exit $status
