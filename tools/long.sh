#!/usr/bin/env bash
# The long amounts of what `make test` does in small: `make fuzz`. Prints a line when
# a run begins, and at the end one table: run, amount, faults, seed, time. Goes on
# after a fault. With arguments, only the runs whose names begin with one of them.
set -uo pipefail

cd "$(dirname "$0")/.." || exit
logs=target/long
mkdir -p "$logs"
seed=${SEED:-$(date +%s)}
rows=()
faults=0

# run NAME SEED COMMAND…: amount and faults are read off what the command prints.
# SEED: "-" where nothing is random, "fixed" where it is always the same.
run() {
    local name=$1 of=$2 start=$SECONDS fault=0
    shift 2
    if [ ${#only[@]} -gt 0 ]; then
        local wanted=
        for prefix in "${only[@]}"; do [[ $name == "$prefix"* ]] && wanted=yes; done
        [ -n "$wanted" ] || return 0
    fi
    printf '%s  %s (log: %s/%s)\n' "$(date +%H:%M:%S)" "$name" "$logs" "$name"
    "$@" >"$logs/$name" 2>&1 || { fault=1; faults=$((faults + 1)); tail -n 30 "$logs/$name"; }
    rows+=("$(printf '%-16s %-78s %6d  %-10s %6d s' "$name" "$(amount_of "$logs/$name")" "$fault" "$of" $((SECONDS - start)))")
}

# What a log says of how much was done. The tests in Rust say "reached: 1234 calls …",
# which is added up by the noun, others close with a line of their own.
amount_of() {
    awk '
        function grouped(n) {
            n = sprintf("%.0f", n)
            while (n ~ /[0-9][0-9][0-9][0-9]/) sub(/[0-9][0-9][0-9](,|$)/, ",&", n)
            return n
        }
        /^(PASS|FAIL):|^[0-9]+ mutants,|^skipped:/ { last = $0; sub(/^PASS: /, "", last) }
        /^fuzz: .*execs:/ { last = $0; sub(/.*execs: /, "", last); last = grouped(last + 0) " inputs" }
        /^test result:/ { tests += $4; failed += $6; skipped += $8 }
        /^skipped:/ { skips++ }
        match($0, /reached: [0-9]+ [A-Za-z]+/) {
            split(substr($0, RSTART, RLENGTH), words, " ")
            if (!(words[3] in amount)) nouns[++n] = words[3]
            amount[words[3]] += words[2]
        }
        END {
            if (!tests) { print last; exit }
            said = tests " tests"
            if (failed) said = said ", " failed " failed"
            if (skips) said = said ", " skips " skipped"
            for (i = 1; i <= n; i++) said = said (i == 1 ? ": " : ", ") grouped(amount[nouns[i]]) " " nouns[i]
            print said
        }' "$1" | cut -c1-78
}

# The long amounts of files of tests in Rust.
rust() { # FILE…
    GOSBRK_TEST_LONG=1 cargo test --locked --no-fail-fast --release "${@/#/--test=}"
}

fuzz_in_go() ( # in a shell of its own, which may go elsewhere
    cd go || return
    overlay=$(go run ./cmd/lockstep -overlay -release 1.27.3) || return
    go test -vet=off -overlay "$overlay" -run '^$' -fuzz Ops -fuzztime "${GO_INPUTS:-5000000}x" \
        -fuzzminimizetime 1x ./internal/lockstep
)

loom() {
    GOSBRK_TEST_LONG=1 cargo test --locked --package gosbrk-loom -- --nocapture
}

only=("$@")
make lib || exit
run every-state - env -C go go run ./cmd/lockstep -release 1.27.3 -profile plan9 -exhaustive 12
run boundary-sizes - env -C go go run ./cmd/lockstep -release 1.27.3,1.23.9 -sweep
run random-source "$seed" env -C go go run ./cmd/lockstep -release all -least 3 -ops 3000000 -seed "$seed"
run random-runtime "$seed" env -C go go run ./cmd/lockstep -runtime all -least 2 -runtime-ops 1500000 -seed "$seed"
run misuse - rust misuse
run rows - rust rows policy
run model fixed rust model
run faults fixed rust faults kernel
run limits - rust limits first
run overwrites fixed rust corrupt
run threads fixed rust threads
run forks - rust fork
run signals - rust signals
run soak fixed rust soak
run lock-orders fixed loom
run sanitizers - rust sanitizers
run abi - rust header archive c stack install flat
run miri fixed tools/miri.sh
run supply-chain - tools/supply.sh
run mutants - tools/mutants.sh
run peers fixed make test-bench
run fuzz-model "$seed" tools/fuzz.sh -r "${MODEL_INPUTS:-8000000}" -s "$seed"
run fuzz-source - fuzz_in_go

if [ ${#rows[@]} -eq 0 ]; then
    echo "long.sh: no run begins with: $*" >&2
    exit 2
fi
printf '\n%-16s %-78s %6s  %-10s %8s\n' test amount faults seed time
printf '%s\n' "${rows[@]}"
[ "$faults" -eq 0 ]
