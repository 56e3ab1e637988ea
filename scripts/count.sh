#!/usr/bin/env bash
# Counts what a location costs the hub outside the kernel, from frame to frames: one group of 20 that all watch, tick off,
# nothing stored. Instructions under callgrind and allocations are the same on every machine, however busy it is.
#   scripts/count.sh [--update]
# COUNT_CLIENT is a hubctl to use instead of this build's: what it costs is not counted.
# Fails if instructions are more than 5 % above Benchmarks/HotPath/baseline.txt, or allocations half of one above; with --update
# it writes that file.
set -euo pipefail
cd "$(dirname "$0")/.."

baseline=Benchmarks/HotPath/baseline.txt
case ${1:-} in
    '' | --update) ;;
    *)
        sed -n 's/^#   /usage: /p' "$0" >&2
        exit 64
        ;;
esac

./scripts/setup.sh
swift build -c release --product hubd
client=${COUNT_CLIENT:-.build/release/hubctl}
if [ -z "${COUNT_CLIENT:-}" ]; then swift build -c release --product hubctl; fi

source scripts/lib/hub.sh
work=$(mktemp -d)
trap 'stop_all; rm -rf "$work"' EXIT
# The private Postgres runs as a user of its own when this is root; it must be able to pass through.
chmod 755 "$work"
# Valgrind cannot read the debugging sections that Swift writes.
strip -g -o "$work/hubd" .build/release/hubd
port=${COUNT_PORT:-8092}
export HUB__SERVER__LOOPS=1 HUB__LOCATIONS__STORE=off HUB__FANOUT__TICK_MS=0 HUB__LOGGING__LEVEL=warning
start_program "$work/data" "$port" valgrind --tool=callgrind --callgrind-out-file="$work/callgrind" --instr-atstart=no \
    "$work/hubd" serve --data-dir "$work/data" --server-port "$port"
HUBCTL_URL=http://127.0.0.1:$port
HUBCTL_KEY=$(key_of "$work/data" "$port" count)
export HUBCTL_URL HUBCTL_KEY

"$client" bench --quiet --groups 1 --devices 20 --rate 2 --warmup 10s --duration 30s >"$work/bench" &
client_pid=$!
until curl -s "$HUBCTL_URL/metrics" | grep -q '^hub_sessions 20$'; do
    if ! kill -0 "$client_pid" 2>/dev/null; then
        cat "$work/bench" >&2
        exit 1
    fi
    sleep 0.2
done
sleep 5
callgrind_control -i on "$hub_pid" >/dev/null
sleep 20
callgrind_control -i off "$hub_pid" >/dev/null
wait "$client_pid"
client_pid=
stop_process "$hub_pid" 60
hub_pid=

awk -f Benchmarks/HotPath/calls.awk "$work/callgrind" | tee "$work/counts"
if [ "${1:-}" = --update ]; then
    grep -E '^(instructions|allocations)' "$work/counts" >"$baseline"
    exit 0
fi
awk '
    NR == FNR { allowed[$1] = $2; next }
    $1 == "instructions_per_fix" && $2 > allowed[$1] * 1.05 { bad = 1; print $1, "may be", allowed[$1], "and 5 % more" }
    $1 == "allocations_per_fix" && $2 > allowed[$1] + 0.5 { bad = 1; print $1, "may be", allowed[$1], "and half of one more" }
    END { exit bad }
' "$baseline" "$work/counts" || {
    echo "a location costs more than it did; if it has to, run scripts/count.sh --update and say why" >&2
    exit 1
}
