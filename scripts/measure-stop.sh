#!/usr/bin/env bash
# Measures how long a hub takes to stop when Postgres has fallen behind: scripts/measure-stop.sh [--rows N]
#   [--connections N] [--port N]
# Postgres is held up until that many locations wait to be written, beside that many open streams; then it goes on, and in
# the same moment the hub is told to stop. Everything the hub had taken must be in the database afterwards.
set -euo pipefail
cd "$(dirname "$0")/.."

rows=95000 connections=18000 port=8096
while [ $# -ge 2 ]; do
    case $1 in
        --rows) rows=$2 ;;
        --connections) connections=$2 ;;
        --port) port=$2 ;;
        *) break ;;
    esac
    shift 2
done
if [ $# -gt 0 ]; then
    sed -n '2,3s/^# *//p' "$0" | sed 's/^.*behind: /usage: /' >&2
    exit 64
fi

./scripts/setup.sh
swift build -c release --product hubd
swift build -c release --product hubctl
ulimit -n $((connections + 2000))

source scripts/lib/hub.sh
lift_limits
work=$(mktemp -d)
idle_pid=
held=()
# shellcheck disable=SC2317
finish() {
    for pid in "${held[@]}"; do kill -CONT "$pid" 2>/dev/null || true; done
    if [ -n "$idle_pid" ]; then stop_process "$idle_pid" 10; fi
    stop_all
    rm -rf "$work"
}
trap finish EXIT
# The private Postgres runs as a user of its own when this is root; it must be able to pass through.
chmod 755 "$work"
export HUB__LOGGING__LEVEL=warning HUB__SERVER__MAX_CONNECTIONS=$((connections + 2000))

start_hub "$work/data" "$port"
HUBCTL_URL=http://127.0.0.1:$port
HUBCTL_KEY=$(key_of "$work/data" "$port" stop)
export HUBCTL_URL HUBCTL_KEY

metric() { curl -s "$HUBCTL_URL/metrics" | awk -v name="$1" '$1 == name { print int($2) }'; }

# until_metric NAME LEAST PID FILE: waits until a metric is there, while the program that makes it so runs.
until_metric() {
    local deadline=$((SECONDS + 90))
    until [ "$(metric "$1")" -ge "$2" ]; do
        if ! kill -0 "$3" 2>/dev/null || [ "$SECONDS" -ge "$deadline" ]; then
            echo "$1 did not come to $2" >&2
            cat "$4" >&2
            exit 1
        fi
        sleep 0.05
    done
}

.build/release/hubctl bench --quiet --connections-only "$connections" --as watcher --warmup 1s --duration 120s \
    >"$work/idle" 2>&1 &
idle_pid=$!
until_metric hub_sessions "$connections" "$idle_pid" "$work/idle"
.build/release/hubctl bench --quiet --groups 50 --rate 40 --no-watch --warmup 0s --duration 120s >"$work/bench" 2>&1 &
client_pid=$!
until_metric hub_journal_rows_committed_total 1000 "$client_pid" "$work/bench"

postmaster=$(head -n 1 "$work/data/postgres/postmaster.pid")
mapfile -t held < <(ps -o pid= --ppid "$postmaster" | tr -d ' ')
for pid in "${held[@]}"; do kill -STOP "$pid"; done
until_metric hub_journal_rows_held "$rows" "$client_pid" "$work/bench"
# Nothing new while the figures are read.
kill -STOP "$client_pid"
until [ "$(metric hub_journal_rows_held)" = "$(sleep 0.2 && metric hub_journal_rows_held)" ]; do :; done
waiting=$(metric hub_journal_rows_held)
committed=$(metric hub_journal_rows_committed_total)

start=$(($(date +%s%N) / 1000000))
for pid in "${held[@]}"; do kill -CONT "$pid"; done
kill -TERM "$hub_pid"
kill -CONT "$client_pid"
wait "$hub_pid" || true
hub_pid=
echo "exits $(($(date +%s%N) / 1000000 - start)) ms after SIGTERM with $((connections + 1000)) open streams and $waiting rows to write"
stop_process "$idle_pid" 10
idle_pid=
stop_process "$client_pid" 10
client_pid=
held=()

start_hub "$work/data" "$port"
socket=$(sed -n 5p "$work/data/postgres/postmaster.pid" | tr -d ' ')
stored=$(psql -X -A -t -h "$socket" -U hub -d postgres -c 'SELECT count(*) FROM core.locations')
echo "$((committed + waiting)) rows taken, $stored in the database"
[ "$stored" -ge $((committed + waiting)) ]
