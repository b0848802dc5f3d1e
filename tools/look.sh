#!/usr/bin/env bash
# The example of docs/seeing-memory.md: what `gosbrk look` says of a server that
# once needed 80 MiB. `tools/look.sh COMMAND` uses another gosbrk than the one of make lib.
set -euo pipefail

cd "$(dirname "$0")/.."
gosbrk=$(realpath "${1:-target/release/gosbrk}")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go build -C testdata/look -o "$dir/server" ./memory

coproc SERVER { exec "$dir/server" kept 80; }
# It answers when it has had its memory and let go of it.
echo >&"${SERVER[1]}"
while read -r line <&"${SERVER[0]}" && [ "$line" != . ]; do :; done

# shellcheck disable=SC2153 # coproc sets it
"$gosbrk" look "$SERVER_PID"
# The end of its input ends it.
# shellcheck disable=SC1083,SC2093 # a redirection of this shell
exec {SERVER[1]}>&-
wait "$SERVER_PID"
