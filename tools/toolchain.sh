#!/usr/bin/env bash
# Go's own toolchain on gosbrk: builds go, compile, asm and link with gosbrk, has
# them build programs and all of std from nothing, and compares every byte with
# what the toolchain as it is makes. LAYOUT is compact unless it is set. Then the
# same with the tools that `gosbrk goroot --tools` puts into a root, under a limit
# that the stock ones do not start under. PARTS=root does the second alone.
set -euo pipefail
cd "$(dirname "$0")/.."

gosbrk=$PWD/target/release/gosbrk
programs=$PWD/testdata/go
layout=${LAYOUT:-compact}
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
root=$(go env GOROOT)
export GOTOOLCHAIN=local GOFLAGS='' GOWORK=off
cd "$root/src"

# What a root's tools build in a fresh cache, with the root's path in it: programs with
# and without C code.
build_with_root() {
    local out=$1
    shift
    CGO_ENABLED=0 GOCACHE=$out-cache "$@" go build -C "$programs" -o "$out/" ./hello ./freed
    CGO_ENABLED=1 GOCACHE=$out-cache "$@" go build -C "$programs" -o "$out/" ./threads
    rm -rf "$out-cache"
}
tools_of_a_root() {
    local ours
    export XDG_CACHE_HOME=$work/roots
    ours=$("$gosbrk" --layout "$layout" goroot)
    build_with_root "$work/before" "$gosbrk" --layout "$layout"
    [ "$("$gosbrk" --layout "$layout" goroot --tools)" = "$ours" ]
    (
        ulimit -v 500000
        build_with_root "$work/after" "$gosbrk" --layout "$layout"
    )
    for program in hello freed threads; do
        cmp "$work/before/$program" "$work/after/$program"
    done
    echo "the tools of goroot --tools, under ulimit -v 500000, make the same bytes as the stock ones"
}
if [ "${PARTS:-}" = root ]; then
    tools_of_a_root
    exit
fi

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
tools_of_a_root
