#!/usr/bin/env bash
# Measures how long a million fixes take from a file into somebody's record, and what memory the hub needs for it, on a hub and
# a Postgres of its own (docs/benchmarks.md, "Imports"):
#   scripts/measure-import.sh [--points N] [--format csv|gpx|geojson] [--port N]
# BUILD=debug takes the programs of the debug build, as they are. MAP names the map of the earth. KEEP=DIR keeps the data there.
set -euo pipefail
cd "$(dirname "$0")/.."

points=1000000 format=gpx port=8097
while [ $# -ge 2 ]; do
    case $1 in
        --points) points=$2 ;;
        --format) format=$2 ;;
        --port) port=$2 ;;
        *) break ;;
    esac
    shift 2
done
if [ $# -gt 0 ]; then
    sed -n 's/^#   /usage: /p' "$0" >&2
    exit 64
fi

build=${BUILD:-release}
map=${MAP:-/usr/local/share/presence-hub/world_map.gpkg}
if [ "$build" = release ]; then
    ./scripts/setup.sh
    for product in hubd hubctl; do swift build -c release --product "$product"; done
fi
source scripts/lib/hub.sh
export HUB__LOGGING__LEVEL=warning
work=${KEEP:-$(mktemp -d)}
mkdir -p "$work/data" "$work/bin"
leave() {
    trap '' INT TERM
    stop_all
    if [ -z "${KEEP:-}" ]; then rm -rf "$work"; fi
}
trap leave EXIT
# The private Postgres runs as a user of its own when this is root; it must be able to pass through.
chmod 755 "$work"
# Of its own, so that a build meanwhile changes nothing here.
cp ".build/$build/hubd" ".build/$build/hubctl" "$work/bin"
url=http://127.0.0.1:$port

# A year's way: hours on the road with a fix every 5 s, at 14 m/s and turning, and nights at one place.
python3 - "$points" "$format" >"$work/track.$format" <<'END'
import math, random, sys
from datetime import datetime, timedelta, timezone

count, form = int(sys.argv[1]), sys.argv[2]
random.seed(45)
latitude, longitude, course = 48.1, 11.5, 0.3
time = datetime(2020, 1, 1, tzinfo=timezone.utc)
head = {"gpx": '<?xml version="1.0"?>\n<gpx version="1.1" creator="measure" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>\n',
        "csv": "time,latitude,longitude,accuracy\n", "geojson": '{"type":"FeatureCollection","features":[\n'}
tail = {"gpx": "</trkseg></trk></gpx>\n", "csv": "", "geojson": "\n]}\n"}
out = sys.stdout
out.write(head[form])
for number in range(count):
    moves = number % 3000 < 2400
    time += timedelta(seconds=5 if moves else 60)
    if moves:
        course += random.gauss(0, 0.03)
        if not 40 < latitude < 55: course = math.pi - course
        latitude += 70 * math.cos(course) / 111_195
        longitude += 70 * math.sin(course) / (111_195 * math.cos(math.radians(latitude)))
        longitude = (longitude + 180) % 360 - 180
    north, east = latitude + random.gauss(0, 3e-5), longitude + random.gauss(0, 3e-5)
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ")
    if form == "gpx":
        out.write(f'<trkpt lat="{north:.7f}" lon="{east:.7f}"><ele>512.3</ele><time>{moment}</time></trkpt>\n')
    elif form == "csv":
        out.write(f"{moment},{north:.7f},{east:.7f},5\n")
    else:
        comma = "," if number else ""
        out.write(f'{comma}{{"type":"Feature","geometry":{{"type":"Point","coordinates":[{east:.7f},{north:.7f}]}},"properties":{{"time":"{moment}"}}}}\n')
out.write(tail[form])
END
ls -l "$work/track.$format" | awk '{ print $5 " bytes of '"$format"'" }'

if [ -f "$map" ]; then
    "$work/bin/hubd" regions import --data-dir "$work/data" --file "$map" >/dev/null
fi
start_program "$work/data" "$port" "$work/bin/hubd" serve --data-dir "$work/data" --server-port "$port"
export XDG_CONFIG_HOME=$work/config HUBCTL_URL=$url HUBCTL_PASSWORD=seven-violet-umbrellas
"$work/bin/hubctl" register --email measure@example.org --username measure >/dev/null
memory() { awk '/^Vm(HWM|RSS)/ { printf "%s %d MiB  ", $1, $2 / 1024 }' "/proc/$hub_pid/status"; }
echo "before: $(memory)"
start=$(date +%s.%N)
"$work/bin/hubctl" import "$work/track.$format"
end=$(date +%s.%N)
echo "after: $(memory)"
awk -v a="$start" -v b="$end" -v n="$points" \
    'BEGIN { printf "%d points in %.1f s, %d a second\n", n, b - a, n / (b - a) }'
start=$(date +%s.%N)
"$work/bin/hubctl" export --format "$format" --output "$work/out.$format"
end=$(date +%s.%N)
awk -v a="$start" -v b="$end" 'BEGIN { printf "exported in %.1f s\n", b - a }'
echo "at the end: $(memory)"
