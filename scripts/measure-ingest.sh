#!/usr/bin/env bash
# Measures what it costs to store locations durably (docs/benchmarks.md): over the stream one by one, twenty on their way, and
# fifty a message, as fast as it goes and at 60 % of that on a timetable; one by one with a read for each, at the highest rate that
# is carried, at 60 % of it, and at 36,000 a second; and over POST /api/v1/locations by wrk; each on a hub and a private Postgres of
# its own, which share the machine with the clients. Needs wrk and python3. Nothing may be refused, lost or left unacknowledged
# but in the search for the highest rate. A bulk statement that only inserts, on a Postgres of its own with nothing beside it,
# stands before and after the first, for comparison.
#   --seconds N  of each; 15 if not given
#
# In the closed loop twenty locations of a device come with one read, as from one that was offline, and so they do on its timetable.
# Those that come one at a time cost the hub and the client twice as much, and have a ceiling of their own. A rate is carried if the
# p99 of the acknowledgements stays below half a second and nothing is refused or left unacknowledged; it is sought in steps of a
# tenth of the closed loop's. Beyond the ceiling they wait longer and longer, a tenth of the time gone by if a tenth is too much,
# until the journal is full.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=15
if [ $# -eq 2 ] && [ "$1" = --seconds ]; then
    seconds=$2
elif [ $# -gt 0 ]; then
    sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
    exit 64
fi
if ! command -v wrk >/dev/null; then
    echo "wrk is not installed (Debian: wrk)" >&2
    exit 69
fi

./scripts/setup.sh
swift build -c release --product hubd 2>&1 | tail -n 1
swift build -c release --product hubctl 2>&1 | tail -n 1
swift build -c release --product PersistenceBenchmark 2>&1 | tail -n 1
source scripts/lib/hub.sh
lift_limits
data=$(mktemp -d)
trap 'stop_all; rm -rf "$data"' EXIT
# The private Postgres runs as a user of its own when this is root; it must be able to pass through.
chmod 755 "$data"
port=${LOAD_PORT:-8094}
export HUBCTL_URL=http://127.0.0.1:$port

# A hub and a database that nothing was done with: what Postgres still owes to the row before is none of the next one's.
fresh_hub() {
    if [ -n "$hub_pid" ]; then stop_process "$hub_pid" 40; fi
    rm -rf "$data/hub"
    start_hub "$data/hub" "$port" --fanout-tick-ms 100 --logging-level warning
    HUBCTL_KEY=$(key_of "$data/hub" "$port" ingest)
    export HUBCTL_KEY
    postgres_pid=$(head -n 1 "$data/hub/postgres/postmaster.pid")
}

# stream NAME OPTION…: a run of hubctl bench, of which a line is printed; `rate` is what was reached, `p99` that of the
# acknowledgements in milliseconds, `missed` how many messages were refused or not acknowledged, and connections lost.
stream() {
    local name=$1
    shift
    fresh_hub
    run_client .build/release/hubctl bench --quiet --json --hub-pid "$hub_pid" --postgres-pid "$postgres_pid" \
        --groups 20 --devices 20 --no-watch --warmup 3s --duration "${seconds}s" "$@" >"$data/run.json" ||
        # Not all was acknowledged, which is told below.
        [ $? = 75 ]
    read -r rate p99 missed < <(python3 - "$name" "$data/run.json" <<'PYTHON'
import json, sys
run = json.load(open(sys.argv[2]))
fixes, cpu, ack = run["fixes"], run["cpuSeconds"], run["microseconds"]["ack"]
rate = fixes / run["load"]["seconds"]
print(f"{sys.argv[1]:<28} {rate:9,.0f} fixes/s   hub {cpu['hub'] / fixes * 1e6:5.2f} µs a fix   "
      f"Postgres {cpu['postgres'] / fixes * 1e6:5.2f} µs a fix   ack p50 {ack['p50'] / 1000:.1f} ms, "
      f"p99 {ack['p99'] / 1000:.1f} ms, p99.9 {ack['p99.9'] / 1000:.1f} ms", file=sys.stderr)
missed = sum(run["errors"].values()) + run["lostConnections"] + max(0, run["messages"] - run["acked"])
if missed:
    print(f"{'':28} {missed:9,} refused, lost or not acknowledged", file=sys.stderr)
print(int(rate), int(ack["p99"] / 1000), missed)
PYTHON
)
}

# timetable NAME RATE OPTION…: so many locations a second of all devices together.
timetable() {
    local name=$1 together=$2
    shift 2
    stream "$name" --rate "$(python3 -c "print(round($together / 400, 2))")" "$@"
}

# cpu PID: user and system time of a process and its children so far, in hundredths of a second.
cpu() {
    local pid sum=0
    for pid in "$1" $(cat "/proc/$1/task/$1/children"); do
        read -r user system < <(sed 's/^.*) //' "/proc/$pid/stat" 2>/dev/null | cut -d ' ' -f 12,13) || continue
        sum=$((sum + user + system))
    done
    echo "$sum"
}

# What the best statement takes that only inserts, on the machine as it is today.
bare() {
    local told
    told=$(.build/release/PersistenceBenchmark bare)
    rm -rf "$(sed -n 's/^the cluster.s files are in //p' <<<"$told")"
    head -n 1 <<<"$told" >&2
}

bare
stream 'one a message, window 20' --window 20
[ "$missed" = 0 ]
bare
ceiling=$rate
timetable 'the same at 60 % of that' $((ceiling * 60 / 100)) --burst 20
[ "$missed" = 0 ]
stream '50 a message, window 2' --window 2 --batch 50
[ "$missed" = 0 ]
timetable 'the same at 60 % of that' $((rate * 60 / 100)) --batch 50
[ "$missed" = 0 ]
carried=
for percent in 90 80 70 60 50 40; do
    timetable "on a timetable, $percent % of 1st" $((ceiling * percent / 100))
    if [ "$p99" -lt 500 ] && [ "$missed" = 0 ]; then
        carried=$rate
        break
    fi
done
if [ -z "$carried" ]; then
    echo "no rate is carried" >&2
    exit 1
fi
timetable 'on a timetable, 60 % of that' $((carried * 60 / 100))
[ "$missed" = 0 ]
timetable 'on a timetable, 36,000/s' 36000
[ "$missed" = 0 ]

fresh_hub
# 400 devices, each location a moment of its own.
for number in $(seq 0 399); do
    printf '{"deviceId":"0000feed-0000-4000-8000-%012x","displayName":"Device","groupId":"wrk-%d","platform":"other"}\n' \
        "$number" $((number / 20))
done | while read -r body; do
    printf 'url = "%s/api/v1/devices/register"\nheader = "X-API-Key: %s"\nheader = "Content-Type: application/json"\n' \
        "$HUBCTL_URL" "$HUBCTL_KEY"
    printf 'data = "%s"\noutput = "/dev/null"\nnext\n' "${body//\"/\\\"}"
done | sed '$d' | curl -s -f -K -
cat >"$data/post.lua" <<'LUA'
local sent, start = 0, os.time() * 1000 - 3600000
local headers = { ["X-API-Key"] = os.getenv("HUBCTL_KEY"), ["Content-Type"] = "application/json" }
function request()
    sent = sent + 1
    local body = string.format(
        '{"deviceId":"0000feed-0000-4000-8000-%012x","timestamp":%d,"latitude":48.%05d,"longitude":17.1077,"accuracy":8}',
        sent % 400, start + sent, sent % 100000)
    return wrk.format("POST", "/api/v1/locations", headers, body)
end
LUA
hub_before=$(cpu "$hub_pid") postgres_before=$(cpu "$postgres_pid")
run_client wrk -t1 -c64 "-d${seconds}s" --latency -s "$data/post.lua" "$HUBCTL_URL" >"$data/wrk"
hub_after=$(cpu "$hub_pid") postgres_after=$(cpu "$postgres_pid")
awk -v hub=$((hub_after - hub_before)) -v postgres=$((postgres_after - postgres_before)) '
    $1 == "50%" { median = $2 } $1 == "99%" { most = $2 } $2 == "requests" { count = $1 } /Non-2xx/ { bad = $NF }
    /^Requests\/sec/ { rate = $2 }
    END {
        printf "%-28s %9.0f fixes/s   hub %5.1f µs a fix   Postgres %5.1f µs a fix   answer p50 %s, p99 %s\n",
            "POST, 64 connections", rate, hub * 1e4 / count, postgres * 1e4 / count, median, most
        if (bad) { print bad " were refused"; exit 1 }
    }' "$data/wrk"
