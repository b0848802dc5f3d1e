#!/usr/bin/env bash
# What users get who have no Rust: DIR/gosbrk-VERSION-linux-ARCH.tar.gz, and DIR/SHA256SUMS of
# all that is in DIR. `make dist` calls it, after `make object`.
# Usage: dist.sh ARCH DIR [quick]
#
# With `quick`, for the short tests, the command in it is compiled without optimising. Nothing
# else differs.
#
# The Go module in it has the library for both machines. Only a release for amd64 may go without
# that for arm64, where the tools are missing (tools/setup-arm64.sh); a line then says so.
#
# The same sources give the same bytes wherever they lie, with the same Rust, binutils, tar and
# gzip. Files carry the time SOURCE_DATE_EPOCH: by default that of the last commit, and 0 where
# there is none.
set -euo pipefail
umask 022
export LC_ALL=C

arch=$1
mkdir -p "$2"
dir=$(realpath "$2")
how=${3:-release}
cd "$(dirname "$0")/.."
cargo=${CARGO:-cargo} go=${GO:-go}
say() { echo "dist: $*" >&2; }

case $how in
release) profile=release built=release settings=() ;;
quick)
    profile=dev built=debug
    settings=(CARGO_PROFILE_DEV_OPT_LEVEL=0 CARGO_PROFILE_DEV_DEBUG=false)
    ;;
*) say "$how: it is quick, or nothing"; exit 2 ;;
esac

case $arch in
amd64) machine=x86_64 ;;
arm64) machine=aarch64 ;;
*) say "there is no gosbrk for $arch"; exit 2 ;;
esac
triple=$machine-unknown-linux-musl
cross=$(tools/cross.sh "$arch")
tools/need.sh "$cargo" "$go" tar gzip sha256sum
version=$(sed -n 's/^#define GOSBRK_VERSION "\(.*\)"$/\1/p' include/gosbrk.h)
name=gosbrk-$version-linux-$arch
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}

# The library for each machine, left in the Go module as well.
modules=
for each in amd64 arm64; do
    case $each in amd64) to=x86_64 ;; arm64) to=aarch64 ;; esac
    [ "$to" != "$(uname -m)" ] || to=release
    [ "$each" != "$arch" ] || library=target/$to/libgosbrk.a
    if CARGO=$cargo tools/library.sh "$each" "target/$to/libgosbrk.a" 2>"$stage/why"; then
        modules="$modules $each"
    elif [ "$each" = "$arch" ]; then
        cat "$stage/why" >&2
        exit 1
    else
        say "the Go module is without the library for linux/$each: $(tail -n 1 "$stage/why")"
    fi
done

# A C library that can be linked in: rustup has it, under this name.
std=$(rustc --print target-libdir --target "$triple")
if ! compgen -G "$std/libstd-*.rlib" >/dev/null; then
    rustup target add "$triple" >&2 || {
        say "a static gosbrk takes Rust's target $triple, which rustup cannot add here"
        exit 1
    }
fi

# No path of this machine gets into the command. These flags are not for build scripts and
# macros, which are those that `make lib` has built.
flags=("--remap-path-prefix=$PWD=/gosbrk" "--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
    -Cstrip=symbols)
# Rust has a linker for every machine, and all that a static program for another one is linked to.
[ -z "$cross" ] || flags+=(-Clinker=rust-lld)
settings+=("CARGO_ENCODED_RUSTFLAGS=$(IFS=$'\x1f' && echo "${flags[*]}")")
env "${settings[@]}" "$cargo" build --quiet --locked \
    --profile "$profile" --target "$triple" --package gosbrk-command
gosbrk=target/$triple/$built/gosbrk

root=$stage/$name
put() { # MODE TO FROM…
    local mode=$1 to=$2
    shift 2
    install -d "$root/$to"
    install -m "$mode" "$@" "$root/$to"
}
put 755 bin "$gosbrk"
put 644 include include/gosbrk.h
put 644 lib "$library"
install -d "$root/lib/pkgconfig"
# Found beside that file, wherever the folder is put.
# shellcheck disable=SC2016 # for pkg-config to expand
sed 's|@PREFIX@|${pcfiledir}/../..|; s|@VERSION@|'"$version|" gosbrk.pc.in >"$root/lib/pkgconfig/gosbrk.pc"
# The pages do not depend on the machine, so one that cannot run the command has them from its own.
if [ -z "$cross" ]; then
    "$gosbrk" manual "$root/share"
else
    "$cargo" run --quiet --locked --release --package gosbrk-command -- manual "$root/share"
fi
put 644 . README.md CHANGELOG.md RATIONALE.md CONTRIBUTING.md LICENSE
put 644 docs docs/*

# The Go module: what a program imports, with the library in it. What only the module's own
# tests and commands use, other modules too, stays behind.
for package in . internal/direct; do
    mapfile -t files < <(find "go/$package" -maxdepth 1 -name '*.go' ! -name '*_test.go' \
        ! -name 'archive_linux_*.go' -o -maxdepth 1 -name '*.s')
    put 644 "go/$package" "${files[@]}"
done
for each in $modules; do
    put 644 go "go/libgosbrk_linux_$each.a" "go/archive_linux_$each.go"
done
put 644 go include/gosbrk.h LICENSE
grep -E '^(module|go) ' go/go.mod >"$root/go/go.mod"

# Everybody whose work is linked in.
install -d "$root/licences"
"$cargo" xtask licences "$triple" >"$root/licences/packages.txt"
put 644 licences tools/licences/musl.txt
put 644 licences "$(rustc --print sysroot)/share/doc/rust/COPYRIGHT-library.html"
mv "$root/licences/COPYRIGHT-library.html" "$root/licences/rust-standard-library.html"

tar --create --format=ustar --sort=name --mtime="@$epoch" --owner=0 --group=0 --numeric-owner \
    --mode=u=rwX,go=rX --directory="$stage" "$name" | gzip -9n >"$stage/packed"
mv "$stage/packed" "$dir/$name.tar.gz"
(cd "$dir" && sha256sum -- *.tar.gz >SHA256SUMS)
echo "$dir/$name.tar.gz"
