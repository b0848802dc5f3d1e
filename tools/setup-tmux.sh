#!/bin/sh
# Prints the path of tmux, in which `gosbrk top` is tested; where it is missing, root on a
# system with apt installs it first. Users of the command do not need it.
set -eu

command -v tmux && exit 0
missing="tmux is missing: install it (Debian: apt-get install tmux)"
"$(dirname "$0")/apt.sh" "$missing" "the tests of gosbrk top in a terminal" tmux >&2
command -v tmux
