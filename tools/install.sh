#!/bin/sh
# Installs what `make lib` left: the library, its header, a pkg-config file, and the
# command with its manual pages and completions, where it was built. Usage: install.sh PREFIX [DESTDIR]
#
# PREFIX is where programs will look for it; DESTDIR is put before it when the files
# are to be packed up rather than used from here.
set -eu

prefix=$1
destdir=${2-}
case $prefix in
/*) ;;
*) echo "install: PREFIX must be an absolute path, not '$prefix'" >&2; exit 2 ;;
esac
top=$(dirname "$0")/..
built=$top/target/release
root=$destdir$prefix

version=$(sed -n 's/^#define GOSBRK_VERSION "\(.*\)"$/\1/p' "$top/include/gosbrk.h")
[ -n "$version" ] || { echo "install: include/gosbrk.h has no GOSBRK_VERSION" >&2; exit 1; }

put() { # MODE FROM TO
    install -D -m "$1" "$2" "$root/$3"
    echo "$root/$3"
}

put 644 "$built/libgosbrk.a" lib/libgosbrk.a
put 644 "$top/include/gosbrk.h" include/gosbrk.h
pc=$(mktemp)
trap 'rm -f "$pc"' EXIT
# Only what sed would take for its own is escaped in the path.
escaped=$(printf '%s\n' "$prefix" | sed 's/[&|\\]/\\&/g')
sed "s|@PREFIX@|$escaped|; s|@VERSION@|$version|" "$top/gosbrk.pc.in" >"$pc"
put 644 "$pc" lib/pkgconfig/gosbrk.pc
if [ -x "$built/gosbrk" ]; then
    put 755 "$built/gosbrk" bin/gosbrk
    "$built/gosbrk" manual "$root/share"
    echo "$root/share/man/man1/gosbrk.1"
else
    echo "install: no command: target/release/gosbrk was not built"
fi
