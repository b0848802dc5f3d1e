#!/usr/bin/env bash
# What recording costs: `make bench-record`. A million calls of the C library, recorded and
# not, in turns; the goal is 100 ns a call. Then what it costs a process to begin and end a
# trace: hello, recorded and not, in turns, with what the file alone takes. Then the
# processor time of the programs of `make programs` that are named on the command line, or of
# all for `all`, in pairs; the goal is 1 percent. Where two runs differ by more than that, the
# last column says more: what their calls and processes take at the costs above.
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

gosbrk=$PWD/target/release/gosbrk
"${CC:-cc}" -std=c11 -O2 bench/record_process.c -o "$work/process"
"$gosbrk" go build -C testdata/go -o "$work/hello" ./hello
# No trace is removed before the end: where files were removed a short time ago, ext4 takes
# long to make new ones.
mkdir "$work/traces"
"$work/process" "$((pairs * 50))" "$work/hello" "$work/traces" >"$work/told"
cat "$work/told"

[ $# -gt 0 ] || exit 0
only=$(IFS=,; echo "$*")
[ "$only" != all ] || only=
a_call=$(sort -g "$work/more" | awk '{ x[NR] = $1 } END { print x[int((NR + 1) / 2)] }')
a_process=$(sed -n 's/^a recorded process takes longer by: \([0-9]*\) us.*/\1/p' "$work/told")
echo
dir=${WORK:+$(realpath -m "$WORK")}
cd go
"${GO:-go}" run ./cmd/programs -gosbrk "$gosbrk" -only "$only" -on stock,compact \
    -record "$pairs" -call "$a_call" -process "$a_process" -work "$dir"
