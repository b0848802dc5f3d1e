#!/usr/bin/env bash
# What recording costs: `make bench-record`. A million calls of the C library, recorded and
# not, in turns; the goal is 100 ns a call. Then what it costs a program to begin and end a
# trace: hello, 100 times over. Then the processor time of each program that is named on the
# command line (built by gosbrk go build; with its arguments, quoted as one), in pairs; the
# goal is 1 percent. Where that is less than what two runs differ by, its calls say more:
# how many they are, and the share of its time that they take at the cost of a call above.
set -euo pipefail
cd "$(dirname "$0")/.."
pairs=${PAIRS:-11}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"${CC:-cc}" -std=c11 -O2 -Iinclude bench/record.c target/release/libgosbrk.a -o "$work/calls"

# The median and the middle half of the numbers on standard input.
spread() {
    sort -g | awk -v unit="$1" '{ x[NR] = $1 }
        END { if (!NR) { print "not measured: too short"; exit 1 }
              printf "%.1f %s (middle half %.1f to %.1f, %d pairs)\n",
              x[int((NR + 1) / 2)], unit, x[int((NR + 3) / 4)], x[int((3 * NR + 1) / 4)], NR }'
}

for ((i = 0; i < pairs; i++)); do
    rm -f "$work"/trace*
    plain=$("$work/calls")
    recorded=$(GOSBRK=trace="$work/trace" "$work/calls")
    echo "$plain" >>"$work/plain"
    awk -v a="$recorded" -v b="$plain" 'BEGIN { print a - b }' >>"$work/more"
done
printf 'a call, not recorded: '; spread ns <"$work/plain"
printf 'a recorded call takes longer by: '; spread ns <"$work/more"

# Seconds of processor time.
cpu() {
    local TIMEFORMAT='%U %S'
    { time "$@" </dev/null >/dev/null 2>&1; } 2>&1 | awk '{ print $1 + $2 }'
}

gosbrk=$PWD/target/release/gosbrk
"$gosbrk" go build -C testdata/go -o "$work/hello" ./hello
hundred() {
    local run
    for ((run = 0; run < 100; run++)); do "$work/hello"; done
}
for ((i = 0; i < pairs; i++)); do
    rm -f "$work"/trace*
    plain=$(cpu hundred)
    recorded=$(GOSBRK=trace="$work/trace" cpu hundred)
    awk -v a="$recorded" -v b="$plain" 'BEGIN { print (a - b) * 10 }' >>"$work/start"
done
printf 'a recorded program, to begin and end its trace, takes longer by: '; spread ms <"$work/start"

a_call=$(sort -g "$work/more" | awk '{ x[NR] = $1 } END { print x[int((NR + 1) / 2)] }')
for program in "$@"; do
    read -ra command <<<"$program"
    rm -f "$work/share" "$work/seconds"
    for ((i = 0; i < pairs; i++)); do
        rm -f "$work"/trace*
        plain=$(cpu "${command[@]}")
        recorded=$(GOSBRK=trace="$work/trace" cpu "${command[@]}")
        echo "$plain" >>"$work/seconds"
        awk -v a="$recorded" -v b="$plain" 'BEGIN { if (b > 0) print 100 * (a / b - 1) }' >>"$work/share"
    done
    printf '%s, recorded, takes more processor time: ' "$program"; spread % <"$work/share"
    calls=$("$gosbrk" trace stat --json "$work/trace" | sed -n 's/.*"calls": *\([0-9]*\).*/\1/p')
    sort -g "$work/seconds" | awk -v calls="$calls" -v ns="$a_call" '{ x[NR] = $1 }
        END { cpu = x[int((NR + 1) / 2)]; if (!cpu) exit
              printf "    its %d calls take %.4f %% of its %.3f s\n", calls, calls * ns / cpu / 1e7, cpu }'
done
