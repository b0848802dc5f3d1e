#!/usr/bin/env bash
# The pictures of the memory page in docs/: records testdata/look/service on gosbrk, makes
# its page, and has Chromium draw the top of it, light and dark, and as on a phone.
# `tools/pictures.sh COMMAND` uses another gosbrk than the one of make lib.
set -euo pipefail

cd "$(dirname "$0")/.."
gosbrk=$(realpath "${1:-target/release/gosbrk}")
browser=$(tools/setup-chromium.sh | cut -d' ' -f1)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

env -C testdata/look GOSBRK= "$gosbrk" --layout compact go build -o "$dir/service" ./service
env -C "$dir" GOSBRK=trace=service.gosbrk ./service
page=$(env -C "$dir" "$gosbrk" trace view service.gosbrk)

# One picture: its name, the size of the window, and light or dark.
picture() {
    "$browser" --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --hide-scrollbars \
        --blink-settings="preferredColorScheme=$3" --window-size="$2" --virtual-time-budget=10000 \
        --screenshot="$PWD/docs/$1.png" "file://$dir/$page$4" 2>"$dir/log" ||
        { cat "$dir/log" >&2; return 1; }
    [ -s "docs/$1.png" ] || { echo "Chromium drew no docs/$1.png" >&2; return 1; }
    echo "docs/$1.png"
}
picture page-light 1200,1570 1 ""
picture page-dark 1200,1570 0 ""
