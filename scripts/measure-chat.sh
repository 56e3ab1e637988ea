#!/usr/bin/env bash
# Measures people who talk, on a hub and a Postgres of its own (docs/benchmarks.md, "Conversations"):
#   scripts/measure-chat.sh delivery [OPTION…]  every message once, in order, though clients vanish and the hub is killed
#   scripts/measure-chat.sh ceiling [OPTION…]   messages a second without a growing backlog
#   scripts/measure-chat.sh logins [OPTION…]    the fan-out of locations beside a storm of sign-ins
# OPTIONs are ChatBenchmark's, such as --users 50 --messages 2000 --kills 2; it lists them if one is wrong. Before them may
# stand --port N. BUILD=debug takes the programs of the debug build, as they are. KEEP=DIR keeps the data there.
set -euo pipefail
cd "$(dirname "$0")/.."

scenario=${1:-} port=8096
case $scenario in
    delivery | ceiling | logins) shift ;;
    *)
        sed -n 's/^#   /usage: /p' "$0" >&2
        exit 64
        ;;
esac
if [ "${1:-}" = --port ] && [ $# -ge 2 ]; then
    port=$2
    shift 2
fi

build=${BUILD:-release}
if [ "$build" = release ]; then
    ./scripts/setup.sh
    for product in hubd hubctl ChatBenchmark; do swift build -c release --product "$product"; done
fi

source scripts/lib/hub.sh
lift_limits
# One address registers everybody, and a message waits for nothing but the hub.
export HUB__SECURITY__USER_RATE_LIMIT_PER_MINUTE=0 HUB__CHAT__MESSAGES_PER_SECOND=0
policies="register 0/hour by ip"
export HUB__LOGGING__LEVEL=warning
work=${KEEP:-$(mktemp -d)}
mkdir -p "$work/data"
keeper=
leave() {
    trap '' INT TERM
    if [ -n "$keeper" ]; then
        if [ -n "$client_pid" ]; then stop_process "$client_pid" 10; fi
        client_pid=
        # The keeper first, or it would start another.
        disown "$keeper" 2>/dev/null || true
        kill -KILL "$keeper" 2>/dev/null || true
        hub_pid=$(cat "$work/data/hub.pid" 2>/dev/null || true)
    fi
    stop_all
    if [ -z "${KEEP:-}" ]; then rm -rf "$work"; fi
}
trap leave EXIT
# The private Postgres runs as a user of its own when this is root; it must be able to pass through.
chmod 755 "$work"
# Of its own, so that a build meanwhile changes nothing here.
mkdir -p "$work/bin"
cp ".build/$build/hubd" ".build/$build/hubctl" ".build/$build/ChatBenchmark" "$work/bin"
url=http://127.0.0.1:$port

# keep_hub: starts a hub, and another with the same data as long as it ends by SIGKILL. data/hub.pid tells which runs.
keep_hub() {
    while :; do
        setsid "$work/bin/hubd" serve --data-dir "$work/data" --server-port "$port" >>"$work/data/hub.log" 2>&1 </dev/null &
        local hub_pid=$!
        echo "$hub_pid" >"$work/data/hub.pid.new"
        mv "$work/data/hub.pid.new" "$work/data/hub.pid"
        local status=0
        # Without the shell's word on it.
        { wait "$hub_pid" || status=$?; } 2>/dev/null
        if [ "$status" -ne 137 ]; then
            echo "the hub ended with status $status; see $work/data/hub.log" >&2
            tail -n 5 "$work/data/hub.log" >&2
            exit 1
        fi
    done
}

if [ "$scenario" = logins ]; then
    rate=200 duration=30 users=200 tick=0
    while [ $# -ge 2 ]; do
        case $1 in
            --rate) rate=$2 ;;
            --duration) duration=$2 ;;
            --users) users=$2 ;;
            --tick) tick=$2 ;;
            *) break ;;
        esac
        shift 2
    done
    if [ $# -gt 0 ]; then
        echo "logins takes --users N, --rate N, --duration SECONDS and --tick MS" >&2
        exit 64
    fi
    # Every sign-in comes from an address of its own.
    export HUB__SERVER__TRUSTED_PROXIES=127.0.0.1/32 HUB__SECURITY__RATE_POLICIES=$policies
    start_program "$work/data" "$port" "$work/bin/hubd" serve --data-dir "$work/data" --server-port "$port" \
        --fanout-tick-ms "$tick"
    HUBCTL_KEY=$("$work/bin/hubd" keys create --data-dir "$work/data" --name logins --json |
        sed -n 's/.*"key" *: *"\([^"]*\)".*/\1/p')
    HUBCTL_URL=$url
    export HUBCTL_KEY HUBCTL_URL
    fan_out() {
        run_client "$work/bin/hubctl" bench --quiet --hub-pid "$hub_pid" \
            --postgres-pid "$(head -n 1 "$work/data/postgres/postmaster.pid")" --groups 50 --devices 20 --rate 1 \
            --warmup 5s --duration "${duration}s"
    }
    echo "--- without a storm"
    fan_out
    # It lasts longer than what is measured beside it: registering comes first, and the first line says that it begins.
    "$work/bin/ChatBenchmark" logins --url "$url" --users "$users" --rate "$rate" --duration $((duration + 15)) \
        >"$work/storm" &
    storm=$!
    until [ -s "$work/storm" ]; do
        kill -0 "$storm" 2>/dev/null || exit 1
        sleep 0.1
    done
    echo "--- beside a storm of $rate sign-ins/s"
    fan_out
    status=0
    wait "$storm" || status=$?
    cat "$work/storm"
    exit "$status"
fi

export HUB__SECURITY__RATE_POLICIES="$policies,sign_in 0/minute by ip"
# What is measured is not how dear it is to guess a password: the least that Argon2id may cost here.
export HUB__CREDENTIALS__PASSWORD_MEMORY_KIB=1024 HUB__CREDENTIALS__PASSWORD_ITERATIONS=1
echo "passwords are hashed at the least cost (1 MiB, once); limits of requests and messages are lifted" >&2
keep_hub &
keeper=$!
deadline=$((SECONDS + 120))
until [ "$(curl -s -o /dev/null -w '%{http_code}' "$url/api/health/ready")" = 200 ]; do
    kill -0 "$keeper" 2>/dev/null || exit 1
    if [ "$SECONDS" -ge "$deadline" ]; then
        echo "the hub was not ready after two minutes; see $work/data/hub.log" >&2
        exit 1
    fi
    sleep 0.1
done
status=0
run_client "$work/bin/ChatBenchmark" "$scenario" --url "$url" --pid-file "$work/data/hub.pid" "$@" || status=$?
if ! kill -0 "$keeper" 2>/dev/null; then status=1; fi
exit "$status"
