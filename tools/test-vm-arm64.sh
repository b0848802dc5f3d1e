#!/bin/sh
# Tests on kernels for linux/arm64, in a virtual machine: what the emulator of programs does not
# honour, such as limits and MAP_FIXED_NOREPLACE, and what it cannot show, such as huge pages and the
# processor's counter as a clock. Skipped where something is missing. Needs `make lib`. With
# GOSBRK_TEST_LONG=1 more system calls are refused, and gosbrk looks at programs. Then a kernel with
# pages of 64 KiB is made; without it one is used where tools/kernel-arm64.sh has made it.
set -eu
cd "$(dirname "$0")/.."

if ! RUSTC=$(tools/setup-arm64.sh vm 2>&1); then
    echo "skipped: kernels for linux/arm64: $RUSTC"
    exit 0
fi
export RUSTC CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The tests of this machine, compiled for the other. "Executable tests/first.rs (target/...)".
cargo test --locked --no-run --target aarch64-unknown-linux-gnu --package gosbrk \
    --test kernel --test locked --test first --package gosbrk-command --test memory_limit \
    --test clock --test refusals 2>"$work/said" || { cat "$work/said" >&2; exit 1; }
for test in kernel locked first memory_limit clock refusals; do
    # Both packages have a test `kernel`. That of the library comes first.
    file=$(sed -n "s|^ *Executable tests/$test\.rs (\(.*\))|\1|p" "$work/said" | head -n 1)
    aarch64-linux-gnu-strip --strip-debug -o "$work/test-$test" "$file"
done

make --no-print-directory archive TARGET=aarch64 >/dev/null
for program in every fork lock_fork lock_signals lock_threads; do
    aarch64-linux-gnu-gcc -std=c11 -O1 -static -pthread -Iinclude "testdata/c/$program.c" \
        target/aarch64/libgosbrk.a -o "$work/$program"
done

top=$PWD
# How the test names programs that were built in this environment.
without=-CGO_ENABLED=0-GOEXPERIMENT=
gosbrk_go() { # LAYOUT PROGRAM
    (cd testdata/go && GOARCH=arm64 CGO_ENABLED=0 "$top/target/release/gosbrk" --layout "$1" \
        go build -o "$work/$2-$1" "./$2")
}
(cd testdata/go && GOARCH=arm64 CGO_ENABLED=0 "${GO:-go}" build -o "$work/hello-stock" ./hello)
(cd testdata/go && GOARCH=arm64 CGO_ENABLED=0 "${GO:-go}" build -o "$work/checked-stock$without" ./checked)
for layout in plain compact; do
    for program in hello forks live clock checked; do
        gosbrk_go "$layout" "$program"
    done
    mv "$work/checked-$layout" "$work/checked-$layout$without"
done

echo "more=${GOSBRK_TEST_LONG-}" >"$work/begin"
cat >>"$work/begin" <<'END'
# As most systems have it: huge pages for who asks for them.
echo madvise >/sys/kernel/mm/transparent_hugepage/enabled
export GOSBRK_TEST_PROGRAMS=$PWD RUST_TEST_THREADS=2
bad=0
fail() { echo "FAILED: $*"; bad=1; }
says() { # WHAT COMMAND...: the command succeeds and says that
    wanted=$1
    shift
    "$@" >/tmp/said 2>&1 || fail "$*: status $?"
    grep -F -e "$wanted" /tmp/said || { cat /tmp/said; fail "$*: it does not say: $wanted"; }
}
tests() { # NAME FILTER LEAST: so many tests pass
    "./test-$1" ${2:+"$2"} >/tmp/said 2>&1 || { cat /tmp/said; fail "tests/$1.rs${2:+ $2}"; }
    passed=$(sed -n 's/^test result: ok\. \([0-9]*\) passed.*/\1/p' /tmp/said)
    echo "tests/$1.rs${2:+ $2}: ${passed:-0} passed"
    [ "${passed:-0}" -ge "$3" ] || fail "tests/$1.rs${2:+ $2}: fewer than $3"
    grep -e '^skipped' -e ' wrong by ' /tmp/said || true
}
lowest() { # PROGRAM MOST: the lowest limit that it runs under in one of three tries
    few=0 enough=2097152
    while [ $((enough - few)) -gt 4 ]; do
        middle=$(((enough + few) / 8 * 4)) runs=
        for _ in 1 2 3; do
            (ulimit -v $middle; exec "./$1") >/dev/null 2>&1 && { runs=1; break; }
        done
        if [ "$runs" ]; then enough=$middle; else few=$middle; fi
    done
    echo "$1: lowest ulimit -v $enough KiB"
    [ "$enough" -le "$2" ] || fail "$1 takes more than $2 KiB"
}
for kind in stock plain compact; do
    says VmPeak "./hello-$kind" memory
done
lowest hello-stock 1300000
# In plain no program starts where stock Go maps a table over itself; docs/arm64.md says more.
lowest hello-plain 1300000
lowest hello-compact 8000
says "base 0x4000000000" ./every
says "51 children, none disturbed" ./fork
says "20 forks, 0 hung" ./lock_fork first 20
refused() {
    tests refusals both_ways_to_release_are_refused 2
    tests refusals stale_bytes_are_noticed 1
}
END
cat >"$work/4k" <<'END'
. ./begin
tests kernel "" 18
tests locked "" 3
tests first "" 3
says "20 forks, 0 hung" ./lock_fork hammer 20
says "signals inside calls" ./lock_signals storm 300
says "every function refused" ./lock_signals inside
says "100000 calls from 32 threads" ./lock_threads own 100000
says "20 turns each" ./lock_threads share 20
tests memory_limit it_comes_from_the 3
tests clock "" 1
! grep -q ^skipped /tmp/said || fail "times that the processor counts were not tested"
for layout in plain compact; do
    says "100 children" "./forks-$layout"
done
refused
[ "$more" != 1 ] || tests refusals memory_is_refused 2
exit $bad
END
# shellcheck disable=SC2016 # the machine has it
echo '. ./begin; exit "$bad"' >"$work/16k"
# shellcheck disable=SC2016
echo '. ./begin; refused; exit "$bad"' >"$work/64k"

[ "${GOSBRK_TEST_LONG-}" != 1 ] || tools/kernel-arm64.sh >/dev/null
pages="4k 16k"
if [ -e target/setup-arm64/vm/linux-64k ]; then
    pages="$pages 64k"
else
    echo "skipped: a kernel with pages of 64 KiB: tools/kernel-arm64.sh makes one, in five minutes"
fi
status=0
for page in $pages; do
    echo "a kernel with pages of ${page%k} KiB:"
    # An emulator's time: a quiet machine takes a tenth of it.
    tools/vm-arm64.sh -p "$page" -t 900 "$work/$page" "$work"/* || status=1
done
if [ "${GOSBRK_TEST_LONG-}" = 1 ]; then
    look=$work/look
    tools/look-arm64.sh "$look" >/dev/null
    for page in $pages; do
        echo "gosbrk look, a kernel with pages of ${page%k} KiB:"
        tools/vm-arm64.sh -p "$page" -t 900 "$look/run.sh" "$look"/* || status=1
    done
fi
exit $status
