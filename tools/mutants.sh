#!/usr/bin/env bash
# Puts bugs into a copy of the library, one at a time, and makes sure that the checks
# turn red. Usage: mutants.sh [PATCH...] (default: all of testdata/mutants)
#
# A patch begins with text that says which bug it is, and names what has to catch it,
# a line each:
#
#   Caught by: script NAME      lock-step with Go's source, over testdata/scripts/NAME.txt
#   Caught by: exhaustive N     the same, in every state of N pages
#   Caught by: random N         the same, in N random calls
#   Caught by: trace NAME       lock-step with a recorded program, testdata/traces
#   Caught by: rust NAME        the library's unit test of that name
#   Caught by: test FILE NAME   the test of that name in tests/FILE.rs
#   Caught by: loom NAME        the test of that name in tests/loom/tests/complete.rs
#   Caught by: fuzz NAME        the test of that name in fuzz/, which needs no fuzzer
#
# All that a patch names has to be red with it, and green without, which is tried
# first. A patch that does not apply or build catches nothing: it is to be brought up
# to date with the sources.
set -euo pipefail

cd "$(dirname "$0")/.."
patches=("$@")
[ $# -gt 0 ] || patches=(testdata/mutants/*.patch)
# The release whose source is compared with: the first that does nothing on free(nil).
release=1.27.3
work=$PWD/target/mutants
tree=$work/tree
log=$work/log
mkdir -p "$tree"
# One run at a time: they share the copy, so that little is compiled anew.
exec 9>"$work/lock"
flock 9

# Copies what is built from. Not with its times: what a patch had changed must look
# newer than what was built of the patch.
copy() { # PATH
    rm -rf "${tree:?}/$1"
    cp -R "$1" "$tree/$1"
}

# check KIND NAME: 0: it is green, 1: it is red, anything else: it could not be made.
# What it says goes to the log.
check() {
    case $1 in
    script) lockstep -release $release -script "../testdata/scripts/$2.txt" ;;
    exhaustive) lockstep -release $release -exhaustive "$2" ;;
    random) lockstep -release $release -ops "$2" ;;
    trace) lockstep -trace "../testdata/traces/$2.ops.gz" ;;
    rust) unit_test gosbrk --lib "$2" ;;
    test) unit_test gosbrk --test="$2" "$3" ;;
    loom) unit_test gosbrk-loom --test=complete "$2" ;;
    fuzz) unit_test gosbrk-fuzz --test=seeds "$2" ;;
    *)
        echo "there is no check \"$1\""
        return 2
        ;;
    esac >"$log" 2>&1
}

# The command links the library itself, whichever is there.
lockstep() {
    make -C "$tree" archive || return 2
    (cd "$tree/go" && timeout 120 "$work/lockstep" "$@")
}

unit_test() { # PACKAGE TARGET NAME
    local test=(cargo test --quiet --locked --package "$1" "$2")
    (cd "$tree" && "${test[@]}" --no-run) || return 2
    (cd "$tree" && timeout 300 "${test[@]}" -- --exact "$3") || return 1
    grep -q '^test result: ok. 1 passed' "$log" || {
        echo "there is no such test"
        return 2
    }
}

checks_of() {
    sed -n 's/^Caught by: //p' "$@"
}

passed=0 failed=0
# fail WHAT WRONG: counts it, and shows the end of the log.
fail() {
    failed=$((failed + 1))
    printf '%-38s %s\n' "$1" "$2"
    tail -n 20 "$log" | sed 's/^/    /'
}

try() { # PATCH
    local name caught=() words line status
    name=$(basename "$1" .patch)
    copy src
    if ! (cd "$tree" && GIT_CEILING_DIRECTORIES=$work git apply -C1 - <&8) 8<"$1" >"$log" 2>&1; then
        fail "$name" "DOES NOT APPLY"
        return
    fi
    while read -r line; do
        read -ra words <<<"$line"
        status=0
        check "${words[@]}" || status=$?
        case $status in
        1) caught+=("$line") ;;
        0)
            fail "$name" "NOT CAUGHT by $line"
            return
            ;;
        *)
            fail "$name" "NOT TRIED by $line"
            return
            ;;
        esac
    done < <(checks_of "$1")
    if [ ${#caught[@]} -eq 0 ]; then
        : >"$log"
        fail "$name" "NAMES NO CHECK"
        return
    fi
    passed=$((passed + 1))
    printf -v line '%s, ' "${caught[@]}"
    printf '%-38s caught by %s\n' "$name" "${line%, }"
}

for path in *; do
    [ "$path" = target ] || copy "$path"
done
make -C "$tree" archive >"$log" 2>&1 || {
    fail "no bug" "DOES NOT BUILD"
    exit 1
}
(cd "$tree/go" && go build -o "$work/lockstep" ./cmd/lockstep)

# What is not green without a bug catches none.
while read -r line; do
    read -ra words <<<"$line"
    check "${words[@]}" || fail "no bug" "$line IS NOT GREEN"
done < <(checks_of "${patches[@]}" | sort -u)
if [ $failed -eq 0 ]; then
    for patch in "${patches[@]}"; do
        try "$patch"
    done
    copy src
fi
echo "${#patches[@]} mutants, $passed caught"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
