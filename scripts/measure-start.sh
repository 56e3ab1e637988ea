#!/usr/bin/env bash
# Measures how long a hub takes until it serves and until it has stopped, with a million devices in its database and with
# many open connections: scripts/measure-start.sh [--devices N] [--connections N] [--port N]
set -euo pipefail
cd "$(dirname "$0")/.."

devices=1000000 connections=18000 port=8093
while [ $# -ge 2 ]; do
    case $1 in
        --devices) devices=$2 ;;
        --connections) connections=$2 ;;
        --port) port=$2 ;;
        *) break ;;
    esac
    shift 2
done
if [ $# -gt 0 ]; then
    sed -n 's/^# many open connections: /usage: /p' "$0" >&2
    exit 64
fi

./scripts/setup.sh
swift build -c release --product hubd
swift build -c release --product hubctl
ulimit -n $((connections + 1000))

source scripts/lib/hub.sh
lift_limits
work=$(mktemp -d)
other_pid=
trap 'if [ -n "$other_pid" ]; then stop_process "$other_pid" 40; fi; stop_all; rm -rf "$work"' EXIT
# The private Postgres runs as a user of its own when this is root; it must be able to pass through.
chmod 755 "$work"
export HUB__LOGGING__LEVEL=warning HUB__SERVER__MAX_CONNECTIONS=$((connections + 1000))

milliseconds() { echo $(($(date +%s%N) / 1000000)); }

# until_ready PORT: waits until the hub there is ready; looks every few milliseconds.
until_ready() {
    local deadline=$((SECONDS + 60))
    until curl -s -f -o /dev/null "http://127.0.0.1:$1/api/health/ready"; do
        if [ "$SECONDS" -ge "$deadline" ]; then
            echo "the hub on port $1 was not ready after 60 seconds" >&2
            exit 1
        fi
        sleep 0.005
    done
}

start_hub "$work/data" "$port"
socket=$(sed -n 5p "$work/data/postgres/postmaster.pid" | tr -d ' ')
psql -X -q -v ON_ERROR_STOP=1 -h "$socket" -U hub -d postgres <<END
INSERT INTO core.groups (id) SELECT 'mass-' || g FROM generate_series(0, ($devices - 1) / 20) g;
INSERT INTO core.devices (device_id, display_name, group_id)
SELECT ('00000001-0000-4000-8000-' || lpad(to_hex(k), 12, '0'))::uuid, 'Device ' || k, 'mass-' || k / 20
FROM generate_series(0, $devices - 1) k;
ANALYZE core.devices;
END
echo "$devices devices in the database"

other=$((port + 1))
start=$(milliseconds)
HUB__DATABASE__URL="postgres://hub@/postgres?host=$socket" setsid .build/release/hubd serve --data-dir "$work/other" \
    --server-port "$other" >"$work/other.log" 2>&1 </dev/null &
other_pid=$!
until_ready "$other"
echo "serves after $(($(milliseconds) - start)) ms on a Postgres that runs"
stop_process "$other_pid" 40
other_pid=

stop_process "$hub_pid" 40
start=$(milliseconds)
setsid .build/release/hubd serve --data-dir "$work/data" --server-port "$port" >"$work/data/hub.log" 2>&1 </dev/null &
hub_pid=$!
until_ready "$port"
echo "serves after $(($(milliseconds) - start)) ms with its private Postgres"

HUBCTL_URL=http://127.0.0.1:$port
HUBCTL_KEY=$(key_of "$work/data" "$port" start)
export HUBCTL_URL HUBCTL_KEY
.build/release/hubctl bench --quiet --connections-only "$connections" --as watcher --warmup 1s --duration 60s \
    >"$work/bench" 2>&1 &
client_pid=$!
until curl -s "$HUBCTL_URL/metrics" | grep -q "^hub_sessions $connections\$"; do
    if ! kill -0 "$client_pid" 2>/dev/null; then
        cat "$work/bench" >&2
        exit 1
    fi
    sleep 0.2
done
start=$(milliseconds)
kill -TERM "$hub_pid"
wait "$hub_pid" || true
hub_pid=
echo "exits $(($(milliseconds) - start)) ms after SIGTERM with $connections open streams"
stop_process "$client_pid" 10
client_pid=
