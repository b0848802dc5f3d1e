#!/usr/bin/env bash
# Counts the instructions of the ten hot calls (bench/instructions.c) and compares
# them with bench/instructions.txt: to the last one where the compilers are those that
# it was made with, else within 2 %.
#
#   tools/callgrind.sh            compares
#   tools/callgrind.sh --renew    writes bench/instructions.txt anew
set -euo pipefail
cd "$(dirname "$0")/.."
CC=${CC:-cc}
baseline=bench/instructions.txt
most=2 # percent
unset GOSBRK MALLOC_PERTURB_

avx=
if grep -qw avx /proc/cpuinfo; then avx=yes; fi
if [ "${1-}" = --renew ] && [ -z "$avx" ]; then
    echo 'callgrind.sh: the baseline is that of a processor with AVX' >&2
    exit 1
fi
command -v valgrind >/dev/null || { echo "skipped: instruction counts: there is no valgrind"; exit 0; }

"${MAKE:-make}" --no-print-directory archive
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# A tail call would leave a hot function before it is through.
"$CC" -std=c11 -O1 -fno-optimize-sibling-calls -Wall -Wextra -Werror -Iinclude \
    bench/instructions.c target/release/libgosbrk.a -o "$work/instructions"

{
    printf '# Instructions of a call, counted by callgrind; renewed by tools/callgrind.sh --renew.\n'
    printf '# A free clears a page, with AVX: 176 of its instructions.\n'
    printf '# made with: %s; %s\n' "$("${RUSTC:-rustc}" --version)" "$("$CC" --version | head -n 1)"
    "$work/instructions" | while read -r name rounds; do
        said=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null \
            --toggle-collect='hot_*' "$work/instructions" "$name" 2>&1) || {
            printf '%s\n' "$said" >&2
            exit 1
        }
        awk -v name="$name" -v rounds="$rounds" \
            '/Collected :/ { printf "%-16s %9.2f\n", name, $4 / rounds; n++ }
             END { if (n != 1) exit 1 }' <<<"$said" || {
            printf 'callgrind.sh: no count of %s in:\n%s\n' "$name" "$said" >&2
            exit 1
        }
    done
} >"$work/now"

if [ "${1-}" = --renew ]; then
    cp "$work/now" "$baseline"
    cat "$baseline"
    exit 0
fi

# What clears a page where there is no AVX counts one for each byte.
if [ -z "$avx" ]; then
    echo 'skipped: instruction counts of free-break, free-alone, free-merge: no AVX here'
    sed -i '/^free-/d' "$work/now"
    without='^free-'
fi

[ -f "$baseline" ] || { echo "callgrind.sh: no $baseline: run tools/callgrind.sh --renew" >&2; exit 1; }
awk -v most="$most" -v without="${without-^$}" '
    /^# made with: / { if (NR == FNR) before = $0; else if (before == $0) most = 0 }
    /^#/ || $1 ~ without { next }
    NR == FNR { was[$1] = $2; next }
    FNR != NR && !told++ { printf "%-16s %9s %9s %8s   (allowed: %s %%)\n", "call", "was", "is", "%", most }
    !($1 in was) { print $1 " is not in the baseline"; bad++; next }
    {
        change = ($2 - was[$1]) / was[$1] * 100
        off = change > most || -change > most
        bad += off
        printf "%-16s %9.2f %9.2f %+8.2f%s\n", $1, was[$1], $2, change, off ? "   <- changed" : ""
        delete was[$1]
    }
    END {
        for (name in was) { print name " is in the baseline and was not counted"; bad++ }
        if (bad) print "the counts have changed; if that is meant: tools/callgrind.sh --renew"
        exit bad > 0
    }' "$baseline" "$work/now"
