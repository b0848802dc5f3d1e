#!/bin/sh
# Installs Debian packages that some tests need: apt.sh MISSING TESTS PACKAGE... Anybody
# but root on a system with apt gets the words MISSING and status 1.
set -eu

missing=$1 tests=$2
shift 2
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "$missing" >&2
    exit 1
fi
echo "installing $* for $tests" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update && apt-get install -y --no-install-recommends "$@"; } >"$log" 2>&1; then
    echo "$missing; apt-get failed: $(tail -n 1 "$log")" >&2
    exit 1
fi
