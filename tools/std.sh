#!/usr/bin/env bash
# Go's own test suites on gosbrk, with Go as it is for comparison: `make std`. All
# of std and cmd in the layout plain on the Go of the machine, std in the
# layout compact, the long tests of the build modes in both, and what depends most on
# the memory layer on the releases before. In the end Go's own toolchain runs on gosbrk.
# RELEASE, OLDER and PARTS choose less: RELEASE=go1.27.3 PARTS='plain compact'. PARTS=arm64
# is what depends most on the memory layer, built for linux/arm64 and run by qemu-user.
set -uo pipefail
cd "$(dirname "$0")/../go" || exit

RELEASE=${RELEASE:-}
OLDER=${OLDER:-go1.26.6 go1.25.5 go1.24.11}
PARTS=${PARTS:-plain cmd modes compact older toolchain}
known=$PWD/cmd/gosuite/known.txt
status=0

suite() {
    echo "==> $*"
    go run ./cmd/gosuite -gosbrk ../target/release/gosbrk -known "$known" "$@" || status=1
}

for part in $PARTS; do
    case $part in
    plain) suite -release "$RELEASE" -layout plain std ;;
    cmd) suite -release "$RELEASE" -layout plain cmd ;;
    modes) # without -short, which leaves most of these out
        for layout in plain compact; do
            suite -release "$RELEASE" -layout $layout -args -timeout=60m \
                cmd/cgo/internal/test{plugin,cshared,carchive,shared,sanitizers}
        done
        ;;
    compact) suite -release "$RELEASE" -layout compact std ;;
    older)
        for release in $OLDER; do
            for layout in plain compact; do
                suite -release "$release" -layout $layout \
                    runtime sync os/exec net/http encoding/json database/sql
            done
        done
        ;;
    arm64)
        suites=$(mktemp -d)
        trap 'rm -rf "$suites"' EXIT
        go build -o "$suites/gosuite" ./cmd/gosuite || exit
        echo "==> linux/arm64, layout compact"
        GOARCH=arm64 CGO_ENABLED=0 GO_TEST_TIMEOUT_SCALE=10 "$suites/gosuite" \
            -gosbrk ../target/release/gosbrk -known "$known" -release "$RELEASE" -layout compact \
            -args "-short -timeout=60m -exec=$PWD/../tools/emulate-arm64.sh" \
            runtime sync os/exec || status=1
        ;;
    toolchain)
        for layout in plain compact; do
            echo "==> tools/toolchain.sh, layout $layout"
            LAYOUT=$layout ../tools/toolchain.sh || status=1
        done
        ;;
    *) echo "std.sh: PARTS are plain, cmd, modes, compact, older, arm64, toolchain; not $part" >&2; exit 2 ;;
    esac
done
exit $status
