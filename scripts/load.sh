#!/usr/bin/env bash
# Puts load on a hub of this build on this machine, as docs/benchmarks.md describes. What follows the name is hubctl's:
#   scripts/load.sh [--tick MS] [OPTION… of hubctl bench]
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
run_client .build/release/hubctl bench --hub-pid "$hub_pid" --postgres-pid "$postgres_pid" "$@"
