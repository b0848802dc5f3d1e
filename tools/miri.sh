#!/usr/bin/env bash
# Runs the core under Miri, which looks at every access to memory, and that under both
# of its rules on who may use a pointer. Says why it is skipped where it cannot be had:
# it comes with a nightly Rust only.
set -euo pipefail

cd "$(dirname "$0")/.."
if ! cargo +nightly miri --version >/dev/null 2>&1 &&
    ! rustup component add --toolchain nightly miri rust-src >/dev/null 2>&1; then
    echo "skipped: Miri: it needs rustup toolchain install nightly --component miri,rust-src"
    exit 0
fi

# The addresses of a segment are numbers in between.
for rules in '' -Zmiri-tree-borrows; do
    export MIRIFLAGS="-Zmiri-permissive-provenance $rules"
    miri=(cargo +nightly miri test --quiet --locked --target-dir target/miri)
    # Where pointers are made, errors kept, and headers read and written. Not the layer
    # as a whole: Miri takes hours for that, since a page is 512 words to it.
    for tests in addr names thread_errors runtime::tests::refusals::free_of_nil_does_nothing \
        runtime::tests::memory::mem_check_tells_each_fault_apart; do
        said=$("${miri[@]}" --lib -- "$tests") || { echo "$said"; exit 1; }
        echo "$said"
        # A filter that no test has any more would look at nothing.
        ! grep -q '^running 0 tests' <<<"$said" || { echo "miri.sh: no test is called $tests" >&2; exit 1; }
    done
done
