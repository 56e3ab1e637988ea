#!/usr/bin/env bash
# Installs the system packages that the hub is built from and tested with, those that are missing alone.
#   --build-only  without those that only tests need
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(
    libuv1-dev libpq-dev libssl-dev libgnutls28-dev libsodium-dev zlib1g-dev # the libraries
    libcurl4-openssl-dev libtomlplusplus-dev libsqlite3-dev libexpat1-dev
    g++ pkg-config binutils                                                                           # to build with them
    python3-venv ca-certificates                                                                      # to fetch H3's source
)
if [ "${1:-}" != --build-only ]; then
    packages+=(
        postgresql            # the private Postgres
        openssl curl make     # tests, demo, this
        valgrind perl         # to count instructions
        systemd               # to check the units, and to hand a socket over
        python3               # to check what is in deploy/
        sqlite3               # to make maps for tests
        python3-aiosmtpd      # a mail server for tests
        python3-yaml          # to compare the stream's document with the page's
        libjs-leaflet         # the page's map
        chromium chromium-driver # to open the page in tests
        zsh fish groff        # what completions and manual pages are read by
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

# promtool checks the metrics, the alerts and the rules in tests. Its package is a server's, which would start with the
# machine: the program alone is taken out of it, into .build.
fetch_promtool() {
    local tools=.build/tools folder
    if command -v promtool >/dev/null || [ -x "$tools/promtool" ]; then return; fi
    folder=$(mktemp -d)
    mkdir -p "$tools"
    # As root apt would rather download as a user of its own, which must then be able to write here.
    chmod 777 "$folder"
    if (cd "$folder" && apt-get -q download prometheus </dev/null) &&
        dpkg-deb --fsys-tarfile "$folder"/prometheus_*.deb | tar -x -O ./usr/bin/promtool >"$tools/promtool.new"; then
        chmod 755 "$tools/promtool.new"
        mv "$tools/promtool.new" "$tools/promtool"
    else
        echo "setup: promtool could not be had; tests of the metrics will fail without it" >&2
    fi
    rm -rf "$folder"
}

# Tests compare what the hub reckons of tracks with what Python reckons; its packages are from PyPI, into .build.
install_twin() {
    local folder=.build/tools/travel-twin requirements=Tests/Features/TravelTests/twin-requirements.txt
    if cmp -s "$requirements" "$folder/installed.txt"; then return; fi
    rm -rf "$folder"
    if python3 -m venv "$folder" &&
        "$folder/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: --requirement "$requirements"; then
        cp "$requirements" "$folder/installed.txt"
    else
        rm -rf "$folder"
        echo "setup: Python's packages in $requirements could not be had; records of tracks are not compared" >&2
    fi
}

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "setup: this is no Debian; install what these Debian packages hold, then build: ${packages[*]}" >&2
    scripts/install-h3.sh
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
fetch_promtool
if [ "${1:-}" != --build-only ]; then install_twin; fi
scripts/install-h3.sh
# A hub works without it, and /docs shows no routes.
scripts/install-swagger-ui.sh || echo "setup: Swagger UI could not be had; fetch it later with scripts/install-swagger-ui.sh" >&2
# A hub works without it, and knows no countries; its tests do not run.
scripts/fetch-map.sh || echo "setup: the map of countries could not be had; fetch it later with scripts/fetch-map.sh" >&2
check_swift
