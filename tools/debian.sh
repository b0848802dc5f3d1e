#!/bin/sh
# shellcheck disable=SC2154 # who sources this sets cache
# Packages of Debian for another machine. To be sourced by a script that sets $cache, a folder.
# The settings and lists of apt in it are its own: those of the machine stay as they are.

begin_apt() {
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return 1
    mkdir -p "$cache/lists/partial" "$cache/archives/partial" "$cache/root"
    : >"$cache/status"
}
# The first argument is a tool of apt.
own_apt() {
    tool=$1
    shift
    "$tool" -o Dir::State::Lists="$cache/lists" -o Dir::Cache="$cache" \
        -o Dir::Cache::Archives="$cache/archives" -o Dir::State::status="$cache/status" \
        -o APT::Architecture=amd64 -o APT::Architectures::=amd64 -o APT::Architectures::=arm64 \
        -o APT::Sandbox::User=root -o APT::Install-Recommends=false -o Debug::NoLocking=1 "$@"
}
# The options that have apt read Debian 13, whose kernels these are.
begin_trixie() {
    begin_apt || return 1
    keys=/usr/share/keyrings/debian-archive-keyring.gpg
    echo "deb [arch=arm64 signed-by=$keys] http://deb.debian.org/debian trixie main" >"$cache/trixie.list"
    trixie="-o Dir::Etc::SourceList=$cache/trixie.list -o Dir::Etc::SourceParts=- -o Acquire::Languages=none"
    # shellcheck disable=SC2086 # options without blanks
    own_apt apt-get $trixie -q update
}
end_apt() {
    rm -rf "$cache/archives" "$cache/lists"
}
