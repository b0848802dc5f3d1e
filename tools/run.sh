#!/usr/bin/env bash
# The main job: `make run`. The library in lock step with Go; a Go program in an address
# space that stock Go does not start in; and the memory page of a program, in target/run.
# OPS=N makes N random calls beside each Go source, and a tenth of that beside each runtime.
set -euo pipefail
cd "$(dirname "$0")/.."
gosbrk=$PWD/target/release/gosbrk
go=${GO:-go}
ops=${OPS:-200000}
out=$PWD/target/run
mkdir -p "$out"

# The Go releases whose source is compared with, one of each since 1.21, and those whose
# runtime is, in a running program.
releases=all
runtimes=1.27.3,1.26.6,1.25.5,1.24.11,1.23.9
traces=()
for trace in testdata/traces/*.gz; do traces+=(-trace "../$trace"); done

echo "1. In lock step with Go: each call's result is compared, and every byte of memory except in traces."
env -C go "$go" run ./cmd/lockstep -release $releases -least 3 -ops "$ops" \
    -runtime $runtimes -runtime-ops $((ops / 10)) "${traces[@]}" | tee "$out/lockstep" |
    sed '/^PASS: /d' # for the end
verdict=$(grep '^PASS: ' "$out/lockstep")

echo
echo "2. A Go program, hello world, in a small address space:"
export CGO_ENABLED=0
"$go" build -C testdata/go -o "$out/stock" ./hello
"$gosbrk" go build -C testdata/go -o "$out/hello" ./hello
peak() { "$1" memory | sed -n 's/^VmPeak //p'; }
case $("$go" env GOVERSION) in
go1.24* | go1.25*) limit=8000 ;; # arenas of 4 MiB, not of 1
*) limit=6000 ;;
esac
said=$(ulimit -v $limit && "$out/hello")
if (ulimit -c 0 && ulimit -v $limit && "$out/stock") >/dev/null 2>&1; then
    echo "run.sh: stock Go starts under ulimit -v $limit too" >&2
    exit 1
fi
printf '   %-9s VmPeak %9d KiB, under ulimit -v %d: %s\n' \
    stock "$(peak "$out/stock")" $limit "does not start" \
    gosbrk "$(peak "$out/hello")" $limit "$said"

echo
echo "3. Where the memory of a Go program went:"
unset CGO_ENABLED
"$gosbrk" go build -C testdata/look -o "$out/service" ./service
rm -f "$out/service.gosbrk" "$out/service.html"
"$gosbrk" trace record -o "$out/service.gosbrk" "$out/service" 2>"$out/log" || { cat "$out/log" >&2; exit 1; }
"$gosbrk" trace stat "$out/service.gosbrk" | sed -n '3s/^/   /p'
env -C "$out" "$gosbrk" trace view -o service.html service.gosbrk >/dev/null
echo "   its memory page, for the browser: ${out#"$PWD"/}/service.html"

echo
echo "$verdict"
echo "Next: target/release/gosbrk go run . for a program of yours, target/release/gosbrk look for those that run"
