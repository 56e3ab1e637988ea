#!/usr/bin/env bash
# Measures the clean-up of a million expired locations beside uploads, and the refresh of the statistics of ten thousand
# groups: scripts/measure-jobs.sh [--rows N] [--groups N] [--rate N] [--port N]
# BUILD=debug takes the programs of the debug build, as they are.
set -euo pipefail
cd "$(dirname "$0")/.."

rows=1000000 groups=10000 rate=100 port=8094
while [ $# -ge 2 ]; do
    case $1 in
        --rows) rows=$2 ;;
        --groups) groups=$2 ;;
        --rate) rate=$2 ;;
        --port) port=$2 ;;
        *) break ;;
    esac
    shift 2
done
if [ $# -gt 0 ]; then
    sed -n 's/^# groups: /usage: /p' "$0" >&2
    exit 64
fi

build=${BUILD:-release}
if [ "$build" = release ]; then
    ./scripts/setup.sh
    swift build -c release --product hubd
fi
hubd=.build/$build/hubd

source scripts/lib/hub.sh
lift_limits
work=$(mktemp -d)
trap 'stop_all; rm -rf "$work"' EXIT
# The private Postgres runs as a user of its own when this is root; it must be able to pass through.
chmod 755 "$work"
export HUB__LOGGING__LEVEL=warning HUB__DATA__DIR=$work/data

start_program "$work/data" "$port" "$hubd" serve --server-port "$port"
key=$("$hubd" keys create --name measure --json | sed -n 's/.*"key" *: *"\([^"]*\)".*/\1/p')
socket=$(sed -n 5p "$work/data/postgres/postmaster.pid" | tr -d ' ')
sql() { psql -X -q -v ON_ERROR_STOP=1 -h "$socket" -U hub -d postgres "$@"; }

# Of one day nothing is younger, and it goes as a whole; in the other a late row keeps the partition, and the rest go in
# batches.
sql <<END
SELECT core.ensure_location_partitions(current_date - 42, current_date - 40);
INSERT INTO core.groups (id) SELECT 'mass-' || g FROM generate_series(1, $groups) g;
INSERT INTO core.devices (device_id, display_name, group_id)
SELECT gen_random_uuid(), 'Device ' || k, 'mass-' || 1 + k % $groups FROM generate_series(1, 20 * $groups) k;
INSERT INTO core.locations (device_id, captured_at, created_at, latitude, longitude, accuracy)
SELECT ('00000001-0000-4000-8000-' || lpad(to_hex(k % 1000), 12, '0'))::uuid, t, t, 48, 16, 8
FROM generate_series(1, 2 * $rows) k,
    LATERAL (SELECT date_trunc('day', now()) - (41 + k % 2) * interval '1 day' + k / 2 * interval '1 hour' / ($rows / 20) AS t) m;
INSERT INTO core.locations (device_id, captured_at, latitude, longitude, accuracy)
VALUES (gen_random_uuid(), date_trunc('day', now()) - interval '41 days' + interval '1 hour', 48, 16, 8);
ANALYZE core.locations, core.devices;
END
echo "$((2 * rows)) expired locations in two days, $groups groups of 20 devices"

# Uploads at a steady rate on eight connections, until it is told to stop; then what they waited.
cat >"$work/load.py" <<'END'
import http.client, json, signal, sys, threading, time, uuid
port, key, rate = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
stopped, waits, failures = threading.Event(), [], []
signal.signal(signal.SIGTERM, lambda *_: stopped.set())

def run(number, count):
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"X-API-Key": key, "Content-Type": "application/json"}
    def post(path, body):
        start = time.monotonic()
        link.request("POST", path, json.dumps(body), headers)
        answer = link.getresponse()
        answer.read()
        return answer.status, time.monotonic() - start
    device = str(uuid.uuid4())
    post("/api/v1/devices/register", {"deviceId": device, "displayName": "Phone", "groupId": f"load-{number}"})
    due = time.monotonic() + number / rate
    while not stopped.is_set():
        # A request that is late because the one before took long counts its wait from when it was due.
        pause = due - time.monotonic()
        if pause > 0: time.sleep(pause)
        status, _ = post("/api/v1/locations", {"deviceId": device, "timestamp": int(time.time() * 1000),
                                                "latitude": 48.2, "longitude": 16.3, "accuracy": 8})
        waits.append(time.monotonic() - due)
        if status != 200: failures.append(status)
        due += count / rate

threads = [threading.Thread(target=run, args=(n, 8)) for n in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
waits.sort()
at = lambda share: 1000 * waits[min(len(waits) - 1, int(share * len(waits)))]
print(f"{len(waits)} uploads, {len(failures)} failed: p50 {at(.5):.1f} ms, p99 {at(.99):.1f} ms, longest {at(1):.1f} ms")
END

# during NAME COMMAND…: what the command says, and what uploads waited meanwhile.
during() {
    local name=$1 load
    shift
    python3 "$work/load.py" "$port" "$key" "$rate" >"$work/load.out" &
    load=$!
    client_pid=$load
    sleep 2
    "$@"
    sleep 1
    kill -TERM "$load"
    wait "$load" || true
    client_pid=
    echo "  $name: $(cat "$work/load.out")"
}

during "quiet" sleep 10
during "clean-up" "$hubd" jobs run location_retention
during "refresh" "$hubd" jobs run group_member_counts
left=$(sql -A -t -c "SELECT count(*) FROM core.locations WHERE created_at < now() - interval '30 days'")
echo "$left expired locations left"
[ "$left" = 0 ]
