#!/bin/sh
# Makes a kernel for linux/arm64 with pages of 64 KiB, from Debian's source, because Debian has none:
# target/setup-arm64/vm/linux-64k. tools/test-vm-arm64.sh tests on it from then on.
# Usage: kernel-arm64.sh
#
# Takes about five minutes on two processors, and 2 GB that are removed afterwards. Needs a C compiler
# for arm64, flex, bison and bc, which apt installs, as root.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
cache=$top/target/setup-arm64
kernel=$cache/vm/linux-64k
# shellcheck source=tools/debian.sh
. "$top/tools/debian.sh"
[ ! -e "$kernel" ] || { echo "$kernel"; exit 0; }

missing=
for tool in flex bison bc; do
    command -v "$tool" >/dev/null || missing="$missing $tool"
done
command -v aarch64-linux-gnu-gcc >/dev/null || missing="$missing gcc-aarch64-linux-gnu"
# shellcheck disable=SC2086 # one name a word
[ -z "$missing" ] || "$top/tools/apt.sh" "missing:$missing" "the kernel" $missing >&2

work=$cache/linux
mkdir -p "$cache/vm"
rm -rf "$work"
mkdir "$work"
trap 'rm -rf "$work"' EXIT
say() { echo "$*" >&2; }
fail() { say "kernel-arm64.sh: $1; the end of what was said:"; tail -n 5 "$work/log" >&2; exit 1; }

say "getting the source, 150 MB"
begin_trixie >"$work/log" 2>&1 || fail "no list of Debian's packages"
# The package without a version depends on the newest.
# shellcheck disable=SC2086 # options without blanks
source=$(own_apt apt-cache $trixie depends linux-source | sed -n 's/^ *Depends: //p')
# shellcheck disable=SC2086
(cd "$cache/archives" && own_apt apt-get $trixie -q download "$source") >>"$work/log" 2>&1 || fail "no $source"
dpkg-deb --fsys-tarfile "$cache"/archives/linux-source-*.deb |
    tar -xOf - --wildcards './usr/src/*.tar.xz' | tar -xJf - -C "$work" --strip-components=1
end_apt

cd "$work"
build() {
    make -s -j"$(nproc)" ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- "$@" >>"$work/log" 2>&1 || fail "make $*"
}
build KCONFIG_ALLCONFIG="$top/tools/kernel-arm64.config" allnoconfig
lost=$(grep -v '^#' "$top/tools/kernel-arm64.config" | grep -vxFf .config || true)
[ -z "$lost" ] || { say "kernel-arm64.sh: this source has no such setting:" "$lost"; exit 1; }
say "making it"
build Image
cp arch/arm64/boot/Image "$kernel"
echo "$kernel"
