#!/usr/bin/env bash
# Builds the H3 C library, which Debian does not have, from the source in PyPI's package of the same name, and installs
# headers, library and h3.pc under PREFIX (/usr/local). Does nothing if that version is there already.
# The library is static: what is built with it needs nothing of it afterwards.
set -euo pipefail

version=4.5.0
sha256=a1e279a1674fc799445c710e35bc4b1b388a406c881d8b5e59a9b8bebeb5bb43
prefix=${PREFIX:-/usr/local}

if [ "$(sed -n 's/^Version: //p' "$prefix/lib/pkgconfig/h3.pc" 2>/dev/null)" = "$version" ] &&
    [ -f "$prefix/lib/libh3.a" ] && [ -f "$prefix/include/h3/h3api.h" ]; then
    exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ] && ! { mkdir -p "$prefix/lib/pkgconfig" && [ -w "$prefix/lib/pkgconfig" ]; } 2>/dev/null; then
    if ! command -v sudo >/dev/null; then
        echo "setup: as root, run: scripts/install-h3.sh" >&2
        exit 1
    fi
    as_root=(sudo)
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
echo "setup: building H3 $version"
python3 -m venv "$folder/venv"
# Only this package as source: pip would otherwise also compile what it is built with.
"$folder/venv/bin/pip" --quiet --disable-pip-version-check download --no-deps --no-binary h3 "h3==$version" \
    --dest "$folder" </dev/null
echo "$sha256  $folder/h3-$version.tar.gz" | sha256sum --check --quiet
tar -x -z -f "$folder/h3-$version.tar.gz" -C "$folder"
source=$folder/h3-$version/src/h3lib/src/h3lib

# What its CMake files do, without CMake: the version goes into the header, and every file is compiled alike.
IFS=. read -r major minor patch <<<"$version"
sed -e "s/@H3_VERSION_MAJOR@/$major/" -e "s/@H3_VERSION_MINOR@/$minor/" -e "s/@H3_VERSION_PATCH@/$patch/" \
    "$source/include/h3api.h.in" >"$source/include/h3api.h"
mkdir "$folder/objects"
for file in "$source"/lib/*.c; do
    cc -std=c99 -O3 -DNDEBUG -fPIC -DH3_PREFIX= -DBUILDING_H3=1 -DH3_HAVE_VLA -I "$source/include" \
        -c "$file" -o "$folder/objects/$(basename "$file" .c).o"
done
ar -r -c -s "$folder/libh3.a" "$folder"/objects/*.o
cat >"$folder/h3.pc" <<END
prefix=$prefix
libdir=\${prefix}/lib
includedir=\${prefix}/include

Name: h3
Description: Hexagonal hierarchical geospatial indexing system
Version: $version
Libs: -L\${libdir} -lh3 -lm
Cflags: -I\${includedir}
END

"${as_root[@]}" install -D -m 644 "$source/include/h3api.h" "$prefix/include/h3/h3api.h"
"${as_root[@]}" install -D -m 644 "$folder/libh3.a" "$prefix/lib/libh3.a"
# Last: whoever finds it finds the rest.
"${as_root[@]}" install -D -m 644 "$folder/h3.pc" "$prefix/lib/pkgconfig/h3.pc"
