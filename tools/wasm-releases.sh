#!/usr/bin/env bash
# docs/wasm-releases.svg: the memory of one program on every Go release. Compiles
# testdata/guest/json for WASI with each, has it work on the same input, draws the
# recordings, and prints the table of docs/webassembly.md. Releases that the go command
# cannot get are named and left out. Of three runs the one with the median of the
# memory is drawn: when collections come depends on the clock. `tools/wasm-releases.sh COMMAND` uses another gosbrk
# than the one of make lib; RELEASES= names other releases.
set -euo pipefail

cd "$(dirname "$0")/.."
gosbrk=$(realpath "${1:-target/release/gosbrk}")
releases=${RELEASES:-1.21.13 1.22.10 1.23.9 1.24.11 1.25.5 1.26.6 1.27.3}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# What encoding/json reads: the same bytes everywhere, 600 KB.
awk 'BEGIN { for (i = 0; i < 4000; i++)
    printf "{\"id\": %d, \"name\": \"user %d\", \"tags\": [\"a%d\", \"b%d\"], \"point\": {\"x\": %d.5, \"y\": -%d}, \"text\": \"%s\"}\n",
        i, i * 7919 % 10007, i % 31, i % 17, i * 31 % 1009, i * 17 % 997, substr("what a message says, more or less of it", 1, 10 + i % 30)
}' >"$dir/input.json"

recordings=()
for release in $releases; do
    file=$dir/$release.gosbrk
    if GOTOOLCHAIN=go$release go version >"$dir/log" 2>&1; then
        env -C testdata/guest GOTOOLCHAIN="go$release" GOSBRK= \
            "$gosbrk" trace wasm build -o "$dir/json.wasm" ./json
        for run in 1 2 3; do
            GOSBRK='' "$gosbrk" trace wasm run -o "$file.$run" "$dir/json.wasm" <"$dir/input.json" 2>"$dir/log" ||
                { cat "$dir/log" >&2; exit 1; }
            printf '%s %s\n' "$("$gosbrk" trace stat --json "$file.$run" | sed 's/.*"high_water":\([0-9]*\).*/\1/')" "$file.$run"
        done | tee -a "$dir/runs" | sort -n | sed -n '2s/[^ ]* //p' >"$dir/median"
        mv "$(cat "$dir/median")" "$file"
        recordings+=("$file")
    else
        echo "skipped: Go $release: the go command cannot get it" >&2
    fi
done
cargo run --quiet --release -p gosbrk-page --example releases -- docs/wasm-releases.svg "${recordings[@]}"
echo 'the memory of all runs, in bytes:' >&2
sed 's|/.*/||' "$dir/runs" >&2
