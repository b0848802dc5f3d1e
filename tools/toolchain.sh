#!/usr/bin/env bash
# Go's own toolchain on gosbrk: builds go, compile, asm and link with gosbrk, has
# them build programs and all of std from nothing, and compares every byte with
# what the toolchain as it is makes. LAYOUT is compact unless it is set.
set -euo pipefail
cd "$(dirname "$0")/.."

gosbrk=$PWD/target/release/gosbrk
layout=${LAYOUT:-compact}
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
root=$(go env GOROOT)
export GOTOOLCHAIN=local GOFLAGS='' GOWORK=off
cd "$root/src"

mkdir -p "$work/tools"
for tool in go compile asm link; do
    "$gosbrk" --layout "$layout" go build -o "$work/tools/$tool" "cmd/$tool"
    # Not grep -q, which would leave nm with nobody to write to.
    go tool nm "$work/tools/$tool" | grep 'gosbrk_runtime$' >/dev/null || {
        echo "toolchain.sh: $tool is not on gosbrk" >&2
        exit 1
    }
done
# What the go command runs in place of a tool: ours, where there is one.
cat >"$work/exec" <<END
#!/bin/sh
tool=\$1
ours=$work/tools/\${tool##*/}
[ -x "\$ours" ] && { shift; echo x >>$work/ran; exec "\$ours" "\$@"; }
exec "\$@"
END
chmod +x "$work/exec"

# -a: nothing from a cache but what std is made of here.
GOROOT=$root GOCACHE=$work/stock-cache go build -a -trimpath -o "$work/stock/" cmd/gofmt cmd/vet std
GOROOT=$root GOCACHE=$work/our-cache "$work/tools/go" build -a -trimpath -toolexec "$work/exec" \
    -o "$work/ours/" cmd/gofmt cmd/vet std
[ "$(wc -l <"$work/ran")" -gt 200 ] || { echo "toolchain.sh: our tools did not run" >&2; exit 1; }
for program in gofmt vet; do
    cmp "$work/stock/$program" "$work/ours/$program"
done
# What was made of every package of std: build IDs are hashes of content.
ids='{{.ImportPath}} {{.BuildID}}'
GOROOT=$root GOCACHE=$work/stock-cache go list -export -trimpath -f "$ids" std >"$work/stock-ids"
GOROOT=$root GOCACHE=$work/our-cache "$work/tools/go" list -export -trimpath \
    -toolexec "$work/exec" -f "$ids" std >"$work/our-ids"
diff "$work/stock-ids" "$work/our-ids"
echo "every package of std is the same bytes ($(wc -l <"$work/our-ids"))"
echo "gofmt and vet, linked from all that they need, are the same bytes ($(wc -l <"$work/ran") runs of our tools)"
