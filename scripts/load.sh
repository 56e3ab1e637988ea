#!/usr/bin/env bash
# Puts load on a hub of this build on this machine, as docs/benchmarks.md describes. What follows is hubctl's:
#   scripts/load.sh [--tick MS] [OPTION… of hubctl bench]
#   scripts/load.sh [--tick MS] --scenario phone-manager [OPTION… of hubctl load]
set -euo pipefail
cd "$(dirname "$0")/.."

tick=0
if [ "${1:-}" = --tick ] && [ $# -ge 2 ]; then
    tick=$2
    shift 2
fi

./scripts/setup.sh
swift build -c release --product hubd
swift build -c release --product hubctl

source scripts/lib/hub.sh
lift_limits
data=$(mktemp -d)
trap 'stop_all; rm -rf "$data"' EXIT
# The private Postgres runs as a user of its own when this is root; it must be able to pass through.
chmod 755 "$data"
port=${LOAD_PORT:-8090}
start_hub "$data" "$port" --fanout-tick-ms "$tick" --logging-level warning
HUBCTL_URL=http://127.0.0.1:$port
HUBCTL_KEY=$(key_of "$data" "$port" bench)
export HUBCTL_URL HUBCTL_KEY
postgres_pid=$(head -n 1 "$data/postgres/postmaster.pid")
command=bench
if [ "${1:-}" = --scenario ]; then command=load; fi
run_client .build/release/hubctl "$command" --hub-pid "$hub_pid" --postgres-pid "$postgres_pid" "$@"
