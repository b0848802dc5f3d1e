#!/bin/sh
# Prints the paths of Chromium and of its driver, which the tests of the memory page use;
# where they are missing, root on a system with apt installs them first. Users of the
# command need neither: any browser shows the page. Set CHROMIUM and CHROMEDRIVER to name
# them yourself.
set -eu

first() {
    for name in "$@"; do
        if [ -n "$name" ] && command -v "$name"; then return 0; fi
    done
    return 1
}

find_both() {
    browser=$(first "${CHROMIUM-}" chromium chromium-browser google-chrome) || return 1
    driver=$(first "${CHROMEDRIVER-}" chromedriver) || return 1
    echo "$browser $driver"
}

find_both && exit 0
missing="Chromium or its driver is missing: install both (Debian: apt-get install chromium chromium-driver) or set CHROMIUM and CHROMEDRIVER"
"$(dirname "$0")/apt.sh" "$missing" "the tests of the memory page" chromium chromium-driver >&2
find_both || { echo "$missing; apt-get installed none that is found" >&2; exit 1; }
