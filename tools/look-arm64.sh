#!/bin/sh
# Makes a folder with all that compares gosbrk look with Go programs on an arm64 machine, real or
# virtual: the command of the release, the programs, and run.sh, which is to be run in the folder.
# Usage: look-arm64.sh [DIR]
set -eu

cd "$(dirname "$0")/.."
dir=${1:-target/look-arm64}
rm -rf "$dir"
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
tarball=$(make dist TARGET=aarch64)
tar -xzf "$tarball" -C "$dir" --strip-components=2 --wildcards '*/bin/gosbrk'

gosbrk=$PWD/target/release/gosbrk
export GOARCH=arm64 CGO_ENABLED=0
cd testdata/look
"${GO:-go}" build -o "$dir/beside" ./beside
"${GO:-go}" build -ldflags=-w -o "$dir/memory-table" ./memory
for layout in plain compact; do
    "$gosbrk" --layout "$layout" go build -o "$dir/memory-$layout" ./memory
    "$gosbrk" --layout "$layout" go build -ldflags=-s -o "$dir/memory-$layout-content" ./memory
done
printf '#!/bin/sh\nexec ./beside ./gosbrk ./memory-*\n' >"$dir/run.sh"
echo "$dir/run.sh"
