#!/usr/bin/env bash
# Measures whether a hub grows while devices come and go: scripts/measure-churn.sh [--minutes N] [--devices N] [--port N]
# Again and again as many new devices as asked for, in groups of 20, connect, watch each other, move for some seconds and
# leave. The hub's memory is read whenever nobody is connected. The first quarter of the time is not judged: a group that
# nobody uses stays for five minutes.
set -euo pipefail
cd "$(dirname "$0")/.."

minutes=30 devices=1000 port=8095
while [ $# -ge 2 ]; do
    case $1 in
        --minutes) minutes=$2 ;;
        --devices) devices=$2 ;;
        --port) port=$2 ;;
        *) break ;;
    esac
    shift 2
done
if [ $# -gt 0 ]; then
    sed -n '2s/^[^:]*: /usage: /p' "$0" >&2
    exit 64
fi

./scripts/setup.sh
swift build -c release --product hubd
swift build -c release --product hubctl
ulimit -n $((devices + 1000))

source scripts/lib/hub.sh
lift_limits
work=$(mktemp -d)
trap 'stop_all; rm -rf "$work"' EXIT
# The private Postgres runs as a user of its own when this is root; it must be able to pass through.
chmod 755 "$work"
# Of its own, so that a build meanwhile changes nothing here.
cp .build/release/hubd .build/release/hubctl "$work"
export HUB__LOGGING__LEVEL=warning
start_program "$work/data" "$port" "$work/hubd" serve --data-dir "$work/data" --server-port "$port"
HUBCTL_URL=http://127.0.0.1:$port
HUBCTL_KEY=$(key_of "$work/data" "$port" churn)
export HUBCTL_URL HUBCTL_KEY

end=$((SECONDS + minutes * 60)) rounds=0
while [ "$SECONDS" -lt "$end" ]; do
    if ! run_client "$work/hubctl" bench --quiet --groups $((devices / 20)) --rate 0.5 --warmup 1s --duration 5s \
        >"$work/bench" 2>&1; then
        cat "$work/bench" >&2
        exit 1
    fi
    until curl -s "$HUBCTL_URL/metrics" | grep -q '^hub_sessions 0$'; do sleep 0.1; done
    rounds=$((rounds + 1))
    awk -v at=$SECONDS '/^VmRSS/ { print at, $2 }' "/proc/$hub_pid/status" >>"$work/memory"
done

echo "$rounds rounds of $devices devices in $minutes minutes"
awk '
    { time[NR] = $1; memory[NR] = $2 }
    END {
        first = int(NR / 4) + 1
        for (i = first; i <= NR; i++) { n++; x += time[i]; y += memory[i] }
        for (i = first; i <= NR; i++) { xy += (time[i] - x / n) * (memory[i] - y / n); xx += (time[i] - x / n) ^ 2 }
        printf "memory after the first round %.1f MB, after a quarter of the time %.1f MB, at the end %.1f MB\n",
            memory[1] / 1024, memory[first] / 1024, memory[NR] / 1024
        if (xx > 0) printf "it grows by %.2f MB an hour over the last three quarters\n", xy / xx * 3600 / 1024
    }' "$work/memory"
