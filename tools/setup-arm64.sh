#!/bin/sh
# What makes and tests gosbrk for linux/arm64 on another machine. Prints the Rust compiler to
# use; status 1, with what is missing in one line, where something is.
# Usage: setup-arm64.sh [--install] [library|tests|vm]
#
# library: Rust's standard library for that machine, and its binutils. tests: also a C
# compiler and qemu-user. vm: also qemu-system-aarch64, and Debian's kernels with pages of 4 and
# of 16 KiB and its busybox in target/setup-arm64/vm. With --install what is missing is installed:
# Rust's part by rustup, else from Debian into target/setup-arm64, where the machine's own Rust
# stays as it is; the kernels there too; the rest by apt, as root.
set -eu

install=
[ "${1-}" != --install ] || { install=1; shift; }
parts=${1:-library}
triple=aarch64-unknown-linux-gnu
top=$(cd "$(dirname "$0")/.." && pwd)
cache=$top/target/setup-arm64
# shellcheck source=tools/debian.sh
. "$top/tools/debian.sh"

has_std() { # RUSTC
    set -- "$("$1" --print target-libdir --target "$triple" 2>/dev/null)"/libstd-*.rlib
    [ -e "$1" ]
}
find_rust() {
    for rustc in "${RUSTC:-rustc}" "$cache/rustc"; do
        if command -v "$rustc" >/dev/null && has_std "$rustc"; then
            rust=$rustc
            return 0
        fi
    done
    return 1
}
find_tools() {
    missing=
    [ "$(uname -m)" = aarch64 ] || {
        for tool in ld as ar nm objcopy objdump readelf; do
            command -v "aarch64-linux-gnu-$tool" >/dev/null || missing="binutils-aarch64-linux-gnu"
        done
        if [ "$parts" != library ]; then
            command -v aarch64-linux-gnu-gcc >/dev/null || missing="$missing gcc-aarch64-linux-gnu"
            command -v qemu-aarch64 >/dev/null || missing="$missing qemu-user"
        fi
        if [ "$parts" = vm ]; then
            command -v qemu-system-aarch64 >/dev/null || missing="$missing qemu-system-arm"
        fi
    }
    [ -z "$missing" ]
}

find_vm() {
    [ "$parts" != vm ] || {
        [ -x "$cache/vm/busybox" ] && [ -e "$cache/vm/linux-4k" ] && [ -e "$cache/vm/linux-16k" ]
    }
}

# Debian's packages for both machines.
rust_from_debian() {
    begin_apt || return 1
    own_apt apt-get -q update || return 1
    # What the compiler is linked to besides the C library, and both standard libraries.
    shared=$(own_apt apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts \
        --no-breaks --no-replaces --no-enhances rustc-web |
        grep -E '^(libstd-rust-web-[0-9.]+|libllvm[0-9]+|libz3-4|libedit2|libxml2|libffi8|libtinfo6|libbsd0|libmd0|libicu[0-9]+)$')
    # shellcheck disable=SC2086 # one name a word
    (cd "$cache/archives" && own_apt apt-get -q download rustc-web libstd-rust-web-dev \
        libstd-rust-web-dev:arm64 $shared) || return 1
    for package in "$cache"/archives/*.deb; do
        dpkg-deb --extract "$package" "$cache/root" || return 1
    done
    end_apt
    cat >"$cache/rustc" <<END
#!/bin/sh
root=$cache/root/usr
LD_LIBRARY_PATH=\$(echo "\$root"/lib/x86_64-linux-gnu "\$root"/lib/llvm-*/lib | tr ' ' :)
export LD_LIBRARY_PATH
exec "\$root/bin/rustc" --sysroot "\$root" "\$@"
END
    chmod +x "$cache/rustc"
}

# The newest kernels of Debian 13, the first that has one with pages of 16 KiB.
vm_from_debian() {
    begin_trixie || return 1
    mkdir -p "$cache/vm"
    # The packages without a version depend on the newest.
    # shellcheck disable=SC2086 # options without blanks
    kernels=$(own_apt apt-cache $trixie depends linux-image-cloud-arm64:arm64 linux-image-arm64-16k:arm64 |
        sed -n 's/^ *Depends: \(linux-image-[^ ]*arm64[^ ]*\)$/\1/p')
    # shellcheck disable=SC2086
    (cd "$cache/archives" && own_apt apt-get $trixie -q download busybox-static:arm64 $kernels) || return 1
    rm -rf "$cache/vm/new"
    mkdir "$cache/vm/new"
    for package in "$cache"/archives/*.deb; do
        dpkg-deb --fsys-tarfile "$package" |
            tar -xf - -C "$cache/vm/new" --wildcards './boot/vmlinuz-*' './*bin/busybox' 2>/dev/null || true
    done
    mv "$cache"/vm/new/boot/vmlinuz-*-cloud-arm64 "$cache/vm/linux-4k" &&
        mv "$cache"/vm/new/boot/vmlinuz-*-arm64-16k "$cache/vm/linux-16k" &&
        mv "$cache"/vm/new/usr/bin/busybox "$cache/vm/busybox" || return 1
    end_apt
    rm -rf "$cache/vm/new"
}

if [ -n "$install" ]; then
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    if ! find_rust; then
        echo "installing Rust's standard library for $triple" >&2
        rustup target add "$triple" >"$log" 2>&1 || rust_from_debian >>"$log" 2>&1 ||
            tail -n 3 "$log" >&2
    fi
    # shellcheck disable=SC2086 # one name a word
    find_tools || "$top/tools/apt.sh" "$missing: missing" "linux/arm64" $missing >&2 || true
    if ! find_vm; then
        echo "getting Debian's kernels for linux/arm64" >&2
        vm_from_debian >>"$log" 2>&1 || tail -n 3 "$log" >&2
    fi
fi
lacks=
find_rust || lacks="Rust's standard library (rustup target add $triple)"
find_tools || lacks="${lacks:+$lacks, }${missing# } (Debian's packages)"
find_vm || lacks="${lacks:+$lacks, }Debian's kernels (tools/setup-arm64.sh --install vm)"
[ -z "$lacks" ] || { echo "linux/arm64 takes what is not here: $lacks" >&2; exit 1; }
echo "$rust"
