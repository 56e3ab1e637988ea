#!/usr/bin/env bash
# Measures what TLS costs: memory of an idle connection, and the hub's CPU a delivery, with and without it, on a hub and a
# private Postgres of its own (docs/benchmarks.md).
#   --connections N  idle ones; 5000 if not given
#   --hubd PROGRAM   another hub than that of this build
set -euo pipefail
cd "$(dirname "$0")/.."

connections=5000 hubd=.build/release/hubd
while [ $# -gt 0 ]; do
    case $1 in
    --connections) connections=$2 && shift 2 ;;
    --hubd) hubd=$2 && shift 2 ;;
    *)
        sed -n '2,5s/^# \{0,1\}//p' "$0" >&2
        exit 64
        ;;
    esac
done

swift build -c release --product hubd 2>&1 | tail -n 1
swift build -c release --product hubctl 2>&1 | tail -n 1
source scripts/lib/hub.sh
lift_limits
ulimit -n "$(ulimit -Hn)"
data=$(mktemp -d)
trap 'stop_all; rm -rf "$data"' EXIT
chmod 755 "$data"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=IP:127.0.0.1 -keyout "$data/hub.key" -out "$data/hub.pem" 2>/dev/null
port=${LOAD_PORT:-8091}

for kind in plain tls; do
    arguments=(serve --data-dir "$data" --server-port "$port" --server-loops 1 --logging-level warning)
    if [ "$kind" = tls ]; then
        arguments+=(--server-tls-certificate "$data/hub.pem" --server-tls-key "$data/hub.key")
        export HUBCTL_URL=https://127.0.0.1:$port HUBCTL_CA_FILE=$data/hub.pem
        certificate=(--ca-file "$data/hub.pem")
    else
        export HUBCTL_URL=http://127.0.0.1:$port
        certificate=()
    fi
    setsid "$hubd" "${arguments[@]}" >"$data/hub.log" 2>&1 </dev/null &
    hub_pid=$!
    until [ "$(curl -s -k -o /dev/null -w '%{http_code}' "$HUBCTL_URL/api/health/ready")" = 200 ]; do
        kill -0 "$hub_pid"
        sleep 0.1
    done
    HUBCTL_KEY=$("$hubd" keys create --data-dir "$data" --name "$kind" --json | sed -n 's/.*"key" *: *"\([^"]*\)".*/\1/p')
    export HUBCTL_KEY
    printf '\n== %s\n' "$kind"
    run_client .build/release/hubctl bench --quiet --hub-pid "$hub_pid" "${certificate[@]}" \
        --connections-only "$connections" --as watcher
    run_client .build/release/hubctl bench --quiet --hub-pid "$hub_pid" "${certificate[@]}" \
        --groups 50 --devices 20 --rate 1 --warmup 3s --duration 10s
    stop_process "$hub_pid" 40
    hub_pid=
done
