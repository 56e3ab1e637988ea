#!/usr/bin/env bash
# Twenty people move, and you can watch: a hub on a Postgres of its own, and twenty clients that stream to it.
#   scripts/demo.sh [--tracks DIR] [--port N] [--devices N] [--group NAME] [-- OPTION… of hubctl demo]
set -euo pipefail
cd "$(dirname "$0")/.."

tracks=() port=8080 devices=20 group=demo
usage() {
    sed -n 's/^#   /usage: /p' "$0"
    exit "$1"
}
while [ $# -gt 0 ]; do
    case $1 in
        --help | -h) usage 0 ;;
        --) shift && break ;;
    esac
    if [ $# -lt 2 ]; then usage 64 >&2; fi
    case $1 in
        --tracks) tracks=(--tracks "$2") ;;
        --port) port=$2 ;;
        --devices) devices=$2 ;;
        --group) group=$2 ;;
        *) usage 64 >&2 ;;
    esac
    shift 2
done

./scripts/setup.sh
swift build -c release --product hubd
swift build -c release --product hubctl

source scripts/lib/hub.sh
data=data/demo
start_hub "$data" "$port"
HUBCTL_URL=http://127.0.0.1:$port
HUBCTL_KEY=$(key_of "$data" "$port" demo)
export HUBCTL_URL HUBCTL_KEY

cat <<END

The hub serves $HUBCTL_URL, its log is $data/hub.log.
Watch the group in another terminal:
    HUBCTL_URL=$HUBCTL_URL HUBCTL_KEY=\$(cat $data/demo.key) .build/release/hubctl watch $group
The API describes itself at $HUBCTL_URL/api/v1/openapi.json.

END
run_client .build/release/hubctl demo --group "$group" --devices "$devices" "${tracks[@]}" "$@"
