#!/usr/bin/env bash
# Installs the system packages that the hub is built from and tested with, those that are missing alone.
#   --build-only  without those that only tests need
set -euo pipefail

packages=(
    libuv1-dev libpq-dev libssl-dev zlib1g-dev libcurl4-openssl-dev libtomlplusplus-dev # the libraries
    g++ pkg-config binutils                                                             # to build with them
)
if [ "${1:-}" != --build-only ]; then
    packages+=(
        postgresql            # the private Postgres
        openssl curl make     # tests, demo, this
        valgrind perl         # to count instructions
        systemd               # to check the units, and to hand a socket over
        python3 python3-venv  # to check what is in deploy/
    )
fi

missing_packages() {
    local package
    for package in "${packages[@]}"; do
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
    done
}

check_swift() {
    if ! command -v swift >/dev/null; then
        echo "setup: Swift 6.3 or newer is needed and there is no 'swift' in PATH; see https://www.swift.org/install/linux/" >&2
        exit 1
    fi
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    if [ "$(printf '%s\n' 6.3 "$version" | sort -V | head -n 1)" != 6.3 ]; then
        echo "setup: Swift 6.3 or newer is needed; 'swift' in PATH is ${version:-of no known version}" >&2
        exit 1
    fi
}

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "setup: this is no Debian; install what these Debian packages hold, then build: ${packages[*]}" >&2
    check_swift
    exit 0
fi

mapfile -t missing < <(missing_packages)
if [ "${#missing[@]}" -gt 0 ]; then
    as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "setup: as root, run: apt-get install ${missing[*]}" >&2
            exit 1
        fi
        as_root=(sudo)
    fi
    echo "setup: installing ${missing[*]}"
    apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300)
    "${apt[@]}" update </dev/null
    "${apt[@]}" install --no-install-recommends "${missing[@]}" </dev/null
fi
check_swift
