#!/usr/bin/env bash
# Measures what a location costs with travel and without: CPU of the hub and its Postgres together, per location stored, while
# every device of a bench counts for a person and while none does.
#   scripts/measure-travel-live.sh [--groups N] [--rate N] [--seconds N] [--rounds N]
# N groups of 20 devices (5), each sending N locations a second (1), for N seconds after a minute and a half (180), N times
# each (3). Prints microseconds per location of every round, their medians and the ratio. For a machine that does nothing else.
set -euo pipefail
cd "$(dirname "$0")/.."

groups=5 rate=1 seconds=180 rounds=3 port=8097
while [ $# -ge 2 ]; do
    case $1 in
        --groups) groups=$2 ;;
        --rate) rate=$2 ;;
        --seconds) seconds=$2 ;;
        --rounds) rounds=$2 ;;
        *) break ;;
    esac
    shift 2
done
if [ $# -gt 0 ]; then
    sed -n 's/^#   //p' "$0" >&2
    exit 64
fi

./scripts/setup.sh
swift build -c release --product hubd
swift build -c release --product hubctl

source scripts/lib/hub.sh
lift_limits
export HUB__LOGGING__LEVEL=warning
# Travel works things in after a minute.
warmup=90
work=$(mktemp -d)
trap 'stop_all; rm -rf "$work"' EXIT
chmod 755 "$work"

# sql DATA QUERY: asks the private Postgres.
sql() { psql -X -q -A -t -h "$1/run" -U hub -d postgres -c "$2"; }

# ticks DATA: CPU of the hub, and of the postmaster with all its children that are or were, in clock ticks.
ticks() {
    local postmaster
    postmaster=$(head -n 1 "$1/postgres/postmaster.pid")
    {
        cat "/proc/$hub_pid/stat" "/proc/$postmaster/stat"
        for pid in $(pgrep -P "$postmaster"); do cat "/proc/$pid/stat" 2>/dev/null || true; done
    } | sed 's/^.*) //' | awk -v hub="$hub_pid" 'NR == 1 { sum += $12 + $13 } NR == 2 { sum += $12 + $13 + $14 + $15 }
        NR > 2 { sum += $12 + $13 } END { print sum }'
}

# round on|off NUMBER: prints microseconds per location.
round() {
    local mode=$1 data=$work/$1-$2
    start_hub "$data" "$port" >&2
    HUBCTL_URL=http://127.0.0.1:$port
    HUBCTL_KEY=$(key_of "$data" "$port" travel)
    export HUBCTL_URL HUBCTL_KEY
    .build/release/hubctl bench --quiet --groups "$groups" --devices 20 --rate "$rate" --warmup 5s \
        --duration "$((warmup + seconds))s" >"$work/bench" 2>&1 &
    client_pid=$!
    local devices=$((groups * 20)) deadline=$((SECONDS + 60))
    until [ "$(sql "$data" 'SELECT count(*) FROM core.devices')" = "$devices" ]; do
        if [ "$SECONDS" -ge "$deadline" ]; then
            cat "$work/bench" >&2
            exit 1
        fi
        sleep 0.2
    done
    if [ "$mode" = on ]; then
        sql "$data" "
            INSERT INTO core.users (id, username, username_key, display_name)
            SELECT device_id, 'p' || left(device_id::text, 20), 'p' || left(device_id::text, 20), 'P' FROM core.devices;
            UPDATE core.devices SET owner_id = device_id;
            INSERT INTO travel.travellers (user_id, device_id) SELECT device_id, device_id FROM core.devices;
            INSERT INTO travel.tracked_devices SELECT device_id, device_id, now() FROM core.devices;" >&2
    fi
    sleep "$warmup"
    local before after stored
    before=$(ticks "$data")
    stored=$(sql "$data" 'SELECT count(*) FROM core.locations')
    sleep "$((seconds - 10))"
    after=$(ticks "$data")
    stored=$(($(sql "$data" 'SELECT count(*) FROM core.locations') - stored))
    if [ "$mode" = on ] && [ "$(sql "$data" 'SELECT count(*) FROM travel.visits')" -lt "$devices" ]; then
        echo "nothing was worked in" >&2
        exit 1
    fi
    wait "$client_pid" || true
    client_pid=
    stop_process "$hub_pid" 60
    hub_pid=
    rm -rf "$data"
    awk -v ticks="$((after - before))" -v rows="$stored" -v hz="$(getconf CLK_TCK)" \
        'BEGIN { printf "%.1f\n", ticks / hz * 1e6 / rows }'
}

for number in $(seq "$rounds"); do
    for mode in off on; do
        # Not in a subshell, which would keep the hub to itself.
        round "$mode" "$number" >"$work/result"
        result=$(cat "$work/result")
        echo "$mode $result"
        echo "$result" >>"$work/$mode.results"
    done
done
median() { sort -n "$work/$1.results" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
off=$(median off) on=$(median on)
awk -v off="$off" -v on="$on" 'BEGIN { printf "median: off %s on %s µs a location, %.2f times\n", off, on, on / off }'
