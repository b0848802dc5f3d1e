#!/usr/bin/env bash
# The long amounts of what `make test` does in small: `make fuzz`. Prints a line when
# a run begins, and at the end one table: run, amount, faults, seed, time. Goes on
# after a fault. With arguments, only the runs whose names begin with one of them.
set -uo pipefail

cd "$(dirname "$0")/.."
logs=target/long
mkdir -p "$logs"
seed=${SEED:-$(date +%s)}
rows=()
faults=0

# run NAME COMMAND…: amount and faults are read off what the command prints last.
run() {
    local name=$1 start=$SECONDS status=0 amount fault=0
    shift
    if [ ${#only[@]} -gt 0 ]; then
        local wanted=
        for prefix in "${only[@]}"; do [[ $name == "$prefix"* ]] && wanted=yes; done
        [ -n "$wanted" ] || return 0
    fi
    printf '%s  %s (log: %s/%s)\n' "$(date +%H:%M:%S)" "$name" "$logs" "$name"
    "$@" >"$logs/$name" 2>&1 || { status=$?; fault=1; faults=$((faults + 1)); }
    [ "$status" -eq 0 ] || tail -n 30 "$logs/$name"
    amount=$(amount_of "$logs/$name")
    rows+=("$(printf '%-22s %-62s %6d  %-12s %6d s' "$name" "$amount" "$fault" "$seed" $((SECONDS - start)))")
}

# What a log says of how much was done: the last line of those that tell.
amount_of() {
    grep -E '^(PASS|FAIL):|^stat::number_of_executed_units|^fuzz: .*execs:|^[0-9]+ mutants|^test result:|skipped:' "$1" |
        sed -E 's/^stat::number_of_executed_units: */inputs: /; s/^fuzz: .*execs: ([0-9]+).*/inputs: \1/' |
        awk '/^test result:/ { tests += $4; next } { last = $0 }
            END { print last != "" ? last : tests " tests, their long amounts" }' | cut -c1-62
}

fuzz_in_go() {
    local overlay
    cd go || return
    overlay=$(go run ./cmd/lockstep -overlay -release 1.27.3) || return
    go test -vet=off -overlay "$overlay" -run '^$' -fuzz Ops -fuzztime "${GO_INPUTS:-5000000}x" \
        -fuzzminimizetime 1x ./internal/lockstep
}

only=("$@")
make lib || exit
run every-state env -C go go run ./cmd/lockstep -release 1.27.3 -profile plan9 -exhaustive 12
run boundary-sizes env -C go go run ./cmd/lockstep -release 1.27.3,1.23.9 -sweep
run random-source env -C go go run ./cmd/lockstep -release all -least 3 -ops 5000000 -seed "$seed"
run random-runtime env -C go go run ./cmd/lockstep -runtime all -least 2 -runtime-ops 1500000 -seed "$seed"
run mutants tools/mutants.sh
run peers make test-bench
run long-tests env GOSBRK_TEST_LONG=1 cargo test --locked --release --lib --tests
run lock-orders env GOSBRK_TEST_LONG=1 make test-loom
run fuzz-model tools/fuzz.sh -r "${MODEL_INPUTS:-8000000}"
run fuzz-source fuzz_in_go

printf '\n%-22s %-62s %6s  %-12s %8s\n' run amount faults seed time
printf '%s\n' "${rows[@]}"
[ "$faults" -eq 0 ]
