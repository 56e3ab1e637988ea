#!/usr/bin/env bash
# Measures the export of one device: how long it takes, and how much the hub's memory grows by it. A fast reader and a slow
# one (1 MB/s), each with a hub of its own.
#   scripts/measure-export.sh [--locations N] [--format json|geojson|gpx|csv] [--port N]
set -euo pipefail
cd "$(dirname "$0")/.."

locations=100000 format=json port=8093
while [ $# -ge 2 ]; do
    case $1 in
        --locations) locations=$2 ;;
        --format) format=$2 ;;
        --port) port=$2 ;;
        *) break ;;
    esac
    shift 2
done
if [ $# -gt 0 ] || ! [[ $locations =~ ^[1-9][0-9]*$ ]]; then
    sed -n 's/^#   /usage: /p' "$0" >&2
    exit 64
fi

./scripts/setup.sh
swift build -c release --product hubd

source scripts/lib/hub.sh
work=$(mktemp -d)
trap 'stop_all; rm -rf "$work"' EXIT
# The private Postgres runs as a user of its own when this is root; it must be able to pass through.
chmod 755 "$work"
device=0190d2f4-7d3a-7c61-b0d1-5f0a4c1e2b3d

# peak_kib: the most memory the hub has had since reset_peak.
peak_kib() { awk '/^VmHWM:/ { print $2 }' "/proc/$hub_pid/status"; }
reset_peak() { echo 5 >"/proc/$hub_pid/clear_refs"; }

measure() {
    local name=$1 rate=$2 data=$work/$1 key before after seconds bytes
    start_hub "$data" "$port"
    key=$(key_of "$data" "$port" export)
    curl -sf -o /dev/null -H @- -H 'Content-Type: application/json' \
        -d "{\"deviceId\":\"$device\",\"displayName\":\"Export\",\"groupId\":\"export\"}" \
        "http://127.0.0.1:$port/api/v1/devices/register" <<<"X-API-Key: $key"
    # A month of days, ten seconds from one location to the next.
    psql -q -h "$data/run" -U hub -d postgres -v ON_ERROR_STOP=1 >/dev/null <<SQL
SELECT core.ensure_location_partitions((now() - interval '30 days')::date, now()::date);
INSERT INTO core.locations (device_id, captured_at, latitude, longitude, accuracy, altitude, bearing, speed, provider,
    battery_level, network_type)
SELECT '$device', now() - n * interval '10 seconds', 48 + random(), 16 + random(), 5, 170 + random(), random() * 360,
    random() * 30, 'gps', (n % 100)::smallint, 'lte' FROM generate_series(1, $locations) n;
ANALYZE core.locations;
SQL
    reset_peak
    before=$(peak_kib)
    read -r seconds bytes < <(curl -sf -o "$work/out" --limit-rate "$rate" -w '%{time_total} %{size_download}\n' -H @- \
        "http://127.0.0.1:$port/api/v1/devices/$device/data-export?format=$format" <<<"X-API-Key: $key")
    after=$(peak_kib)
    printf '%s: %s locations as %s, %s bytes in %s s, the hub at %s KiB before and %s KiB at its peak: %s KiB more\n' \
        "$name" "$locations" "$format" "$bytes" "$seconds" "$before" "$after" "$((after - before))"
    if [ "$format" = json ] && ! tail -c 40 "$work/out" | grep -q "\"locationCount\":$locations}"; then
        echo "the export is not whole" >&2
        exit 1
    fi
    stop_all
    trap 'exit 0' INT TERM
}

measure fast 0
measure slow 1M
