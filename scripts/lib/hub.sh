# Starts a hub of this build for a script, and stops it with everything the script started. To be sourced.
# shellcheck shell=bash

hub_pid=
client_pid=

# lift_limits: hubs started later take requests and messages as fast as one client can send them.
lift_limits() {
    export HUB__SECURITY__RATE_LIMIT_PER_MINUTE=0 HUB__SECURITY__IP_RATE_LIMIT_PER_MINUTE=0
    export HUB__SECURITY__STREAM_LOCATIONS_PER_SECOND=0
}

# start_hub DATA_DIR PORT [SETTING…]: returns when the hub serves; its log is DATA_DIR/hub.log.
start_hub() {
    local data=$1 port=$2
    shift 2
    start_program "$data" "$port" .build/release/hubd serve --data-dir "$data" --server-port "$port" "$@"
}

# start_program DATA_DIR PORT COMMAND…: as start_hub, for a hub that is started by a command of the caller's.
start_program() {
    local data=$1 port=$2
    shift 2
    mkdir -p "$data"
    # In a session of its own: Ctrl-C is for the script, which stops the hub last.
    setsid "$@" >"$data/hub.log" 2>&1 </dev/null &
    hub_pid=$!
    local deadline=$((SECONDS + 60))
    until [ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/api/health/ready")" = 200 ]; do
        if ! kill -0 "$hub_pid" 2>/dev/null; then
            echo "the hub did not start:" >&2
            tail -n 5 "$data/hub.log" >&2
            exit 1
        fi
        if [ "$SECONDS" -ge "$deadline" ]; then
            echo "the hub was not ready after 60 seconds; see $data/hub.log" >&2
            exit 1
        fi
        sleep 0.1
    done
}

# key_of DATA_DIR PORT NAME: prints an API key, the one made before if the hub still takes it.
key_of() {
    local data=$1 port=$2 name=$3 key status
    if [ -f "$data/$name.key" ]; then
        key=$(cat "$data/$name.key")
        status=$(curl -s -o /dev/null -w '%{http_code}' -H @- "http://127.0.0.1:$port/api/v1/devices?groupId=$name" \
            <<<"X-API-Key: $key")
        if [ "$status" != 401 ]; then
            echo "$key"
            return
        fi
    fi
    key=$(.build/release/hubd keys create --data-dir "$data" --name "$name" --json |
        sed -n 's/.*"key" *: *"\([^"]*\)".*/\1/p')
    if [ -z "$key" ]; then
        echo "no API key could be made" >&2
        exit 1
    fi
    (umask 077 && echo "$key" >"$data/$name.key")
    echo "$key"
}

# run_client COMMAND…: runs it until it ends or the script is told to stop.
run_client() {
    "$@" <&0 &
    client_pid=$!
    local status=0
    wait "$client_pid" || status=$?
    client_pid=
    return "$status"
}

# stop_process PID SECONDS: asks, waits, and insists after a while.
stop_process() {
    local pid=$1 deadline=$((SECONDS + $2))
    kill -TERM "$pid" 2>/dev/null || return 0
    while kill -0 "$pid" 2>/dev/null; do
        if [ "$SECONDS" -ge "$deadline" ]; then
            kill -KILL "$pid" 2>/dev/null || true
            break
        fi
        sleep 0.05
    done
    wait "$pid" 2>/dev/null || true
}

stop_all() {
    trap '' INT TERM
    if [ -n "$client_pid" ]; then stop_process "$client_pid" 10; fi
    if [ -n "$hub_pid" ]; then stop_process "$hub_pid" 40; fi
    client_pid=
    hub_pid=
}

trap stop_all EXIT
trap 'exit 0' INT TERM
