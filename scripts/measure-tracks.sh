#!/usr/bin/env bash
# Streams every recorded track at 100 times its speed through four groups, a client process each, with a watcher of each
# group, and compares what clients were told with what is stored. Takes about four minutes. With --kill, the hub or its
# Postgres is killed (kill -9) three times under way, and the clients must go on by themselves.
#   scripts/measure-tracks.sh [--tracks DIR] [--speed 100x] [--kill hub|postgres] [--port N]
set -euo pipefail
cd "$(dirname "$0")/.."

tracks=../shared/data/traces speed=100x victim='' port=8091
while [ $# -ge 2 ]; do
    case $1 in
        --tracks) tracks=$2 ;;
        --speed) speed=$2 ;;
        --kill) victim=$2 ;;
        --port) port=$2 ;;
        *) break ;;
    esac
    shift 2
done
case $victim in '' | hub | postgres) ;; *) set -- "$victim" ;; esac
if [ $# -gt 0 ]; then
    sed -n 's/^#   /usage: /p' "$0" >&2
    exit 64
fi
mapfile -t files < <(find "$tracks" -maxdepth 1 -name '*.csv' ! -name INDEX.csv | sort)
if [ "${#files[@]}" -eq 0 ]; then
    echo "there are no tracks in $tracks" >&2
    exit 66
fi

./scripts/setup.sh
swift build -c release --product hubd
swift build -c release --product hubctl

source scripts/lib/hub.sh
lift_limits
work=$(mktemp -d)
streams=() watches=()
stop_clients() {
    local pid
    for pid in "${streams[@]}" "${watches[@]}"; do stop_process "$pid" 10; done
    streams=() watches=()
}
trap 'stop_clients; stop_all; rm -rf "$work"' EXIT
# The private Postgres runs as a user of its own when this is root; it must be able to pass through.
chmod 755 "$work"
data=$work/data
start_hub "$data" "$port"
HUBCTL_URL=http://127.0.0.1:$port
HUBCTL_KEY=$(key_of "$data" "$port" tracks)
export HUBCTL_URL HUBCTL_KEY

start=$SECONDS
for group in 0 1 2 3; do
    .build/release/hubctl watch "tracks-$group" --json >"$work/watch-$group" 2>/dev/null </dev/null &
    watches+=($!)
    own=()
    for ((index = group; index < ${#files[@]}; index += 4)); do own+=(--track "${files[index]}"); done
    .build/release/hubctl stream --group "tracks-$group" --speed "$speed" --json --quiet \
        --report "$work/report-$group" "${own[@]}" >"$work/summary-$group" </dev/null &
    streams+=($!)
done

if [ -n "$victim" ]; then
    for attempt in 1 2 3; do
        sleep 20
        if [ "$victim" = hub ]; then
            kill -KILL "$hub_pid"
            wait "$hub_pid" 2>/dev/null || true
            start_hub "$data" "$port"
        else
            kill -KILL "$(head -n 1 "$data/postgres/postmaster.pid")"
        fi
        echo "killed the $victim ($attempt of 3)"
    done
fi

failed=0
for pid in "${streams[@]}"; do wait "$pid" || failed=1; done
streams=()
echo "streamed ${#files[@]} tracks at $speed in $((SECONDS - start)) s"
cat "$work"/summary-*
# The last tick, and a watcher that was just connecting again.
sleep 2
held=$(curl -s "$HUBCTL_URL/metrics" | sed -n 's/^hub_journal_rows_held //p')
points=$(($(cat "${files[@]}" | wc -l) - ${#files[@]}))

cat "$work"/report-* >"$work/reports"
cat "$work"/watch-? >"$work/watched"
lines="WITH (FORMAT csv, DELIMITER E'\\x02', QUOTE E'\\x01')"
psql -X -q -v ON_ERROR_STOP=1 -v points="$points" -v held="${held:--1}" -h "$data/run" -U hub -d postgres <<SQL | tee "$work/result"
CREATE TEMP TABLE report (line jsonb);
CREATE TEMP TABLE watched (place serial, line jsonb);
\copy report FROM '$work/reports' $lines
\copy watched (line) FROM '$work/watched' $lines
CREATE TEMP TABLE acked AS
    SELECT (line->>'deviceId')::uuid AS device_id, to_timestamp(moment::bigint / 1000.0) AS captured_at
    FROM report, jsonb_array_elements_text(line->'acked') AS moment;
CREATE TEMP TABLE seen AS
    SELECT DISTINCT ON (device_id) device_id, moment, latitude, longitude FROM (
        SELECT place, (item->>'deviceId')::uuid AS device_id, (item->>'timestamp')::timestamptz AS moment,
            (item->>'latitude')::float8 AS latitude, (item->>'longitude')::float8 AS longitude
        FROM watched, jsonb_array_elements(line->'positions') AS item WHERE line->>'type' = 'positions'
        UNION ALL
        SELECT place, (member->>'deviceId')::uuid, (member->'lastLocation'->>'timestamp')::timestamptz,
            (member->'lastLocation'->>'latitude')::float8, (member->'lastLocation'->>'longitude')::float8
        FROM watched, jsonb_array_elements(line->'members') AS member WHERE line->>'type' = 'snapshot'
    ) AS message WHERE moment IS NOT NULL ORDER BY device_id, place DESC;
\pset tuples_only on
\pset format unaligned
\pset fieldsep ' '
WITH newest AS (
    SELECT DISTINCT ON (device_id) device_id, captured_at, latitude, longitude
    FROM core.locations ORDER BY device_id, captured_at DESC
), checks (name, found, expected) AS (VALUES
    ('fixes acknowledged', (SELECT count(*) FROM acked), :points),
    ('acknowledged twice', (SELECT count(*) FROM acked) - (SELECT count(*) FROM (SELECT DISTINCT * FROM acked) AS a), 0),
    ('acknowledged and not stored', (SELECT count(*) FROM (TABLE acked EXCEPT
        SELECT device_id, captured_at FROM core.locations) AS missing), 0),
    ('fixes stored', (SELECT count(*) FROM core.locations), :points),
    ('watchers that ended elsewhere', (SELECT count(*) FROM newest LEFT JOIN seen USING (device_id)
        WHERE (moment, seen.latitude, seen.longitude)
            IS DISTINCT FROM (captured_at, newest.latitude, newest.longitude)), 0),
    ('rows left in a buffer', :held, 0)
) SELECT CASE WHEN found = expected THEN 'ok  ' ELSE 'BAD ' END, name || ':', found, 'of', expected FROM checks;
SQL
if grep -q '^BAD' "$work/result" || [ "$failed" -ne 0 ]; then exit 1; fi
