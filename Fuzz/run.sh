#!/bin/sh
# Fuzzes one parser: Fuzz/run.sh TARGET [SECONDS] [libFuzzer option…]. See Fuzz/README.md.
set -eu

# One line a target: its name | its folder under Fuzz | the modules it is built of, in the order of their imports
# (name, or name=path under Sources, or several joined by commas) | the pkg-config packages they need.
targets='
wire | Wire | Model Wire |
packed | Packed | Model Wire |
http | HTTP | Telemetry Crypto TLS EventLoop HTTP | libuv gnutls openssl
fields | Fields | Telemetry Crypto TLS EventLoop HTTP | libuv gnutls openssl
tokens | Tokens | Crypto Model Wire Tokens | openssl
backup | Backup | Crypto Model Wire BackupArchive=Hub/Backup/Archive | openssl
map | Map | Model H3 GeoPackage Earth | h3 sqlite3
tracks | Tracks | Model TrackFiles | expat zlib
phones | Phones | Telemetry Crypto TLS EventLoop HTTP Model Wire FeatureKit=Features/FeatureKit/Problem.swift,Features/FeatureKit/Callers.swift,Features/FeatureKit/Principal.swift Phones=Features/Phones/Formats/OsmAndReport.swift,Features/Phones/Formats/OwnTracksReport.swift,Features/Phones/Formats/PhoneFixes.swift,Features/Phones/Formats/PhonePosition.swift,Features/Phones/Routes/PhoneCredentials.swift,Features/Phones/Tokens/PhoneToken.swift | libuv gnutls openssl
websocket | WebSocket | Telemetry Crypto TLS EventLoop HTTP WebSocket | libuv gnutls openssl zlib
'

root=$(cd "$(dirname "$0")/.." && pwd)
target=${1:-}
[ $# -gt 0 ] && shift
row=$(printf '%s\n' "$targets" |
    awk -F'|' -v name="$target" '{ line = $0; gsub(/ /, "", $1) } NF > 1 && $1 == name { print line }')
if [ -z "$row" ]; then
    echo "usage: Fuzz/run.sh TARGET [SECONDS] [libFuzzer option…]" >&2
    printf 'targets:%s\n' "$(printf '%s\n' "$targets" | awk -F'|' 'NF > 1 { gsub(/ /, "", $1); printf " %s", $1 }')" >&2
    exit 64
fi
seconds=60
case ${1:-} in
    [0-9]*) seconds=$1; shift ;;
esac

field() { printf '%s\n' "$row" | cut -d'|' -f"$1" | sed 's/^ *//; s/ *$//'; }
folder=$root/Fuzz/$(field 2)
modules=$(field 3)
packages=$(field 4)
build=$root/.build/fuzz/$target
mkdir -p "$build/corpus"

# The modules are built as the package builds them, with coverage for the fuzzer and with the address sanitizer.
flags="-swift-version 6 -O -g -parse-as-library -package-name presence-hub -enable-testing
    -sanitize=fuzzer,address
    -enable-upcoming-feature ExistentialAny -enable-upcoming-feature InternalImportsByDefault
    -enable-upcoming-feature MemberImportVisibility -enable-upcoming-feature NonisolatedNonsendingByDefault -I $build"
for map in "$root"/Sources/CLibraries/*/module.modulemap; do
    flags="$flags -Xcc -fmodule-map-file=$map"
done
libraries=
if [ -n "$packages" ]; then
    for flag in $(pkg-config --cflags $packages); do flags="$flags -Xcc $flag"; done
    libraries=$(pkg-config --libs $packages)
fi

objects=
for module in $modules; do
    name=${module%%=*}
    sources=$(for path in $(printf '%s' "${module##*=}" | tr , ' '); do find "$root/Sources/$path" -name '*.swift'; done)
    swiftc $flags -wmo -module-name "$name" -emit-module -emit-module-path "$build/$name.swiftmodule" \
        -c $sources -o "$build/$name.o"
    objects="$objects $build/$name.o"
done
swiftc $flags -wmo -module-name "Fuzz$target" "$folder"/*.swift $objects $libraries -o "$build/fuzz"

# What is found goes to the build's corpus; the seeds stay as they are. A crash leaves its input beside the binary.
# The runtime's own backtrace would only come between a trap and the fuzzer.
SWIFT_BACKTRACE=enable=no exec "$build/fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -artifact_prefix="$build/" "$@" \
    "$build/corpus" "$folder/corpus"
