#!/usr/bin/env bash
# How much of the library its Rust tests run: `make coverage`. Prints lines and regions
# (the pieces of an expression that can be skipped) of each file of src/, without the
# tests inside them. With -l, also what was not run.
#
# What is left out adds calls and no code: the exhaustive frees, the soak, the storms of
# threads and forks, and whole Go programs. Children that abort and C programs count:
# the counters are in files that are mapped, not written at the end of a process.
set -euo pipefail

cd "$(dirname "$0")/.."

# llvm-cov has to be of the compiler's LLVM, which rustup has and distributions may.
# Prints the folder.
tools() {
    local host own major dir
    host=$(rustc -vV | sed -n 's/^host: //p')
    major=$(rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
    own=$(rustc --print sysroot)/lib/rustlib/$host/bin
    for dir in "$own" /usr/lib/llvm-{$((major + 1)),$major}/bin; do
        [ ! -x "$dir/llvm-cov" ] || { echo "$dir"; return; }
    done
    if rustup component add llvm-tools >&2; then
        echo "$own"
    elif [ "$(id -u)" = 0 ] && { apt-get update && apt-get install -y "llvm-$major"; } >&2; then
        echo "/usr/lib/llvm-$major/bin"
    else
        echo "coverage needs llvm-cov $major: rustup component add llvm-tools, or Debian's llvm-$major" >&2
        return 1
    fi
}
llvm=$(tools 2> >(tail -n 1 >&2))

work=$PWD/target/coverage
counts=$work/counts
rm -rf "$counts"
mkdir -p "$counts"
# %c: the counters are mapped. Cargo's own programs are not asked for theirs.
unset GOSBRK GOSBRK_TEST_LONG
export LLVM_PROFILE_FILE=$counts/%m-%p%c.profraw
export CARGO_TARGET_DIR=$work
instrument='-C instrument-coverage -C llvm-args=-runtime-counter-relocation'

# The library as C programs link it here: as rustc leaves it, since what counts needs a libc.
CARGO_PROFILE_RELEASE_LTO=off RUSTFLAGS=$instrument cargo rustc --quiet --locked --lib --release \
    --features object --crate-type staticlib
export GOSBRK_TEST_ARCHIVE=$work/release/libgosbrk.a
# Rust's core mentions what unwinds a panic, which nothing here does, but the linker wants;
# and what writes the counters is linked only where it is mentioned.
cc -c -xc - -o "$work/counts.o" <<'END'
extern int __llvm_profile_runtime;
int *rust_eh_personality(void) { return &__llvm_profile_runtime; }
END
"$llvm/llvm-ar" rc "$GOSBRK_TEST_ARCHIVE" "$work/counts.o"

tests=(--lib)
for test in corrupt faults first fork kernel limits misuse model policy rows signals threads; do
    tests+=(--test "$test")
done
test=(cargo test --quiet --locked --config profile.dev.package.gosbrk.opt-level=3 "${tests[@]}")
RUSTFLAGS=$instrument "${test[@]}" --no-run --message-format=json >"$work/built"
skip=(every_free_of_pages every_free_in_steps_of_a_header no_call_goes_by_a_header
    random_overwrites no_two_threads a_child_of_any_instruction a_child_hangs)
RUSTFLAGS=$instrument "${test[@]}" -- "${skip[@]/#/--skip=}" >"$work/log" 2>&1 || {
    tail -n 40 "$work/log" >&2
    exit 1
}

"$llvm/llvm-profdata" merge --sparse "$counts"/*.profraw -o "$work/merged"
# The C programs that the tests have built, which have the library in them, and the tests.
objects=()
for program in "$work"/tmp/*/{script,lock_fork,lock_signals,lock_threads}; do
    [ ! -x "$program" ] || objects+=("--object=$program")
done
while read -r object; do
    objects+=("--object=$object")
done < <(sed -n '/"kind":\["custom-build"\]/d; s/.*"executable":"\([^"]*\)".*/\1/p' "$work/built")
objects[0]=${objects[0]#--object=} # The first is named without.
report() {
    "$llvm/llvm-cov" export "$@" --instr-profile="$work/merged" "${objects[@]}" \
        "$PWD/src" 2>"$work/warnings"
}
report --format=lcov >"$work/lines"
report --skip-functions --skip-expansions >"$work/points"

# xtask is built as always.
exec env -u CARGO_TARGET_DIR -u LLVM_PROFILE_FILE cargo xtask coverage "$work/lines" "$work/points" "$@"
