#!/usr/bin/env bash
# Everything a change must pass: `make test`. Runs every suite even after one has
# failed, shows what was skipped and why, and closes with a line that counts.
set -uo pipefail

cd "$(dirname "$0")/.." || exit
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT
before=$(git status --porcelain 2>/dev/null)
passed=0 failed=0 skipped=0

# suite NAME COMMAND…: runs it, counts its tests, shows its end if it failed. A
# command that fails without naming a failed test counts as one itself.
suite() {
    local name=$1 start=$SECONDS status=0 p f s
    shift
    printf '==> %s\n' "$name"
    "$@" >"$log/out" 2>&1 || status=$?
    # cargo's summaries, go's verbose lines, and our own closing lines.
    read -r p f s < <(awk '
        /^test result:/ { p += $4; f += $6; s += $8 }
        /^ *--- PASS/ { p++ } /^ *--- FAIL/ { f++ } /^ *--- SKIP/ { s++ }
        /^[0-9]+ passed, [0-9]+ failed$/ { p += $1; f += $3 }
        END { print p + 0, f + 0, s + 0 }' "$log/out")
    if [ "$status" -ne 0 ]; then
        [ "$f" -gt 0 ] || f=1
        grep -vE '^ *(=== |--- PASS|test .* ok$)' "$log/out" | tail -n 80
    fi
    grep -iE '^ *(skipped:|--- SKIP|[a-z_]+\.go:[0-9]+: skipped:)' "$log/out" | sed 's/^ */    /' | sort -u
    printf '    %d passed, %d failed, %d skipped in %d s\n' "$p" "$f" "$s" $((SECONDS - start))
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

# one COMMAND…: a check that is a single test, passed or failed.
one() {
    if "$@"; then echo "1 passed, 0 failed"; else echo "0 passed, 1 failed"; return 1; fi
}

suite "build" one make lib
suite "the library (cargo test)" cargo test --locked --no-fail-fast
suite "the header through bindgen" make test-bindgen
suite "the lock in every order of two threads" make test-loom
suite "the library beside a model, with fixed inputs" \
    cargo test --locked --package gosbrk-fuzz
suite "the comparison with other allocators" \
    cargo test --locked --package gosbrk-bench --no-default-features
suite "whole Go programs (cargo test)" make test-whole
suite "the Go module (go test)" env -C go go test -v ./...
suite "a module that imports it" one env -C testdata/gouser go run .
suite "every state of 10 pages, in lock step" one env -C go go run ./cmd/lockstep -exhaustive 10
suite "Go's historic bugs put back into the library" \
    tools/mutants.sh testdata/mutants/{01,02,03,04,05,06,07,08,09,10,11,12}-*.patch
suite "instruction counts" one tools/callgrind.sh

after=$(git status --porcelain 2>/dev/null)
if [ "$before" != "$after" ]; then
    printf 'the work tree has changed:\n%s\n' "$after"
    failed=$((failed + 1))
fi
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
