#!/usr/bin/env bash
# Puts the map of countries and regions, and their names, where `hubd regions import` looks: two files out of Debian's packages
# qgis-common and iso-codes, which are not installed, under PREFIX/share/presence-hub (/usr/local). Does nothing if they are there.
# Where Debian's packages are not to be had it says so and fails; the import takes files from elsewhere, too (docs/travel.md).
set -euo pipefail

# world_map.gpkg of qgis-common 3.22.16: Natural Earth 10m 4.1. The table of codes is for this file.
sha256=ff5cceefc4b27abea094fa82459d8aef9417023236c326a666978b62ffe85db2
folder=${PREFIX:-/usr/local}/share/presence-hub

if [ -f "$folder/iso_3166-2.json" ] && [ -f "$folder/iso_3166-1.json" ] &&
    echo "$sha256  $folder/world_map.gpkg" | sha256sum --check --status 2>/dev/null; then
    exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ] && ! { mkdir -p "$folder" && [ -w "$folder" ]; } 2>/dev/null; then
    if ! command -v sudo >/dev/null; then
        echo "setup: as root, run: scripts/fetch-map.sh" >&2
        exit 1
    fi
    as_root=(sudo)
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# As root apt would rather download as a user of its own, which must then be able to write here.
chmod 777 "$work"
echo "setup: fetching the map of countries and regions"
(cd "$work" && apt-get -q -q download qgis-common iso-codes </dev/null)
unpack() { dpkg-deb --fsys-tarfile "$work"/"$1"_*.deb | tar -x -O "./usr/share/$2" >"$work/${2##*/}"; }
unpack qgis-common qgis/resources/data/world_map.gpkg
echo "$sha256  $work/world_map.gpkg" | sha256sum --check --quiet
unpack iso-codes iso-codes/json/iso_3166-1.json
unpack iso-codes iso-codes/json/iso_3166-2.json

for file in iso_3166-1.json iso_3166-2.json world_map.gpkg; do
    "${as_root[@]}" install -D -m 644 "$work/$file" "$folder/$file"
done
