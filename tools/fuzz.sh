#!/usr/bin/env bash
# Drives the library with inputs of the fuzzer's making (libFuzzer, guided by coverage,
# under the address sanitizer), beside a model of it; or what reads traces, with -b trace.
#
#   fuzz.sh [-b ops|trace] [-t SECONDS] [-r RUNS] [-s SEED] [-m]
#
# -t: how long, 30 s unless -r says how many. -s: where its choices begin. -m: keep of
# what was found only what is needed to cover as much, as fuzz/corpus (of traces:
# fuzz/traces). What fails is left in target/found; the message has all calls, and
# `cargo test -p gosbrk-fuzz` runs what is put into those folders.
#
# Any Rust will do. What the fuzzer needs of the compiler is not yet of the stable kind,
# and RUSTC_BOOTSTRAP=1 lets a stable one do it. libFuzzer itself is C++.
set -euo pipefail

cd "$(dirname "$0")/.."
seconds=30 inputs='' seed=0 minimise='' body=ops
while getopts b:t:r:s:m option; do
    case $option in
    b) body=$OPTARG ;;
    t) seconds=$OPTARG ;;
    r) inputs=$OPTARG ;;
    s) seed=$OPTARG ;;
    m) minimise=yes ;;
    *) exit 2 ;;
    esac
done
case $body in
ops) corpus=fuzz/corpus ;;
trace) corpus=fuzz/traces ;;
*) exit 2 ;;
esac
command -v "${CXX:-c++}" >/dev/null || {
    echo "skipped: fuzzing: it needs a C++ compiler (Debian: apt-get install g++)"
    exit 0
}

target=x86_64-unknown-linux-gnu
flags=(
    --cfg fuzzing
    -Zsanitizer=address
    -Cpasses=sancov-module
    -Cllvm-args=-sanitizer-coverage-level=4
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
    -Cllvm-args=-sanitizer-coverage-pc-table
    -Cllvm-args=-sanitizer-coverage-trace-compares
)
# For the target only: with --target, what runs while building is built without.
RUSTC_BOOTSTRAP=1 RUSTFLAGS=${flags[*]} cargo build --quiet --locked --profile fuzz \
    --package gosbrk-fuzz --target $target --features libfuzzer --bin "$body"
ops=target/$target/fuzz/$body
found=target/found/$body
mkdir -p "$found"/corpus

if [ -n "$minimise" ]; then
    mkdir -p "$found"/minimal
    # What covers as much of the code; how often it runs would keep thousands.
    $ops -set_cover_merge=1 -use_counters=0 -use_cmp=0 "$found"/minimal $corpus "$found"/corpus
    rm -f $corpus/*
    mv "$found"/minimal/* $corpus/
    du -sh $corpus
    exit
fi
# As many inputs, or for so long, of at most so many bytes. New ones go to the first
# folder. Leaves how many were run, and how many a second.
drive() { # LIMIT LONGEST
    $ops "$1" -seed="$seed" -max_len="$2" -print_final_stats=1 -artifact_prefix="$found"/ \
        "$found"/corpus $corpus >"$found"/log 2>&1 || {
        grep -Ev '^(#[0-9]|INFO|NOTE)' "$found"/log | tail -n 80
        echo "FAIL: an input that shows it is in $found; put it into $corpus, for \`cargo test -p gosbrk-fuzz\`"
        exit 1
    }
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$found"/log)
    rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$found"/log)
}
# Most with small segments, as short inputs have; then some that may have large ones,
# which take ten times as long and more.
if [ -n "$inputs" ]; then
    most=-runs=$inputs some=-runs=$((inputs / 80))
else
    most=-max_total_time=$((seconds - seconds / 4)) some=-max_total_time=$((seconds / 4))
fi
drive "$most" 256
told="$runs inputs, $rate a second"
drive "$some" 512
echo "PASS: $told, and $runs of any segment: none fails"
