#!/usr/bin/env bash
# Measures the page in Chromium without a screen, on a hub of its own:
#   scripts/measure-page.sh frames [DEVICES [SPEED]]   frames a second while devices (20) move at so many fixes a second (10)
#   scripts/measure-page.sh pictures                   makes the pictures of docs/images
# BUILD=debug takes the programs of the debug build, as they are.
set -euo pipefail
cd "$(dirname "$0")/.."

what=${1:-}
case $what in
    frames | pictures) shift ;;
    *)
        sed -n 's/^#   /usage: /p' "$0" >&2
        exit 64
        ;;
esac
build=${BUILD:-release} port=8097
if [ "$build" = release ]; then
    ./scripts/setup.sh
    for product in hubd hubctl; do swift build -c release --product "$product"; done
fi
source scripts/lib/hub.sh
lift_limits
export HUB__SECURITY__USER_RATE_LIMIT_PER_MINUTE=0 HUB__LOGGING__LEVEL=warning
export HUB__SECURITY__RATE_POLICIES="register 0/hour by ip, sign_in 0/minute by ip, invitation 0/minute by user, \
refresh 0/minute by ip, mail 0/hour by ip, mail_token 0/minute by ip"
work=$(mktemp -d)
# The private Postgres is another user's when root starts it.
chmod 755 "$work"
client=
leave() {
    trap '' INT TERM
    if [ -n "$client" ]; then kill "$client" 2>/dev/null || true; fi
    if [ -n "$hub_pid" ]; then kill "$hub_pid" 2>/dev/null && wait "$hub_pid" || true; fi
    rm -rf "$work"
}
trap leave EXIT
mkdir -p "$work/data"
start_program "$work/data" "$port" ".build/$build/hubd" serve --data-dir "$work/data" --server-port "$port"
url=http://127.0.0.1:$port
".build/$build/hubd" regions import --data-dir "$work/data" >/dev/null || echo "no map of countries; the page has lines alone" >&2
if [ "$what" = pictures ]; then
    python3 scripts/lib/page.py pictures "$url" docs/images
    exit
fi
key=$(".build/$build/hubd" keys create --data-dir "$work/data" --name page --json | sed -n 's/.*"key" *: *"\([^"]*\)".*/\1/p')
mkfifo "$work/go"
python3 scripts/lib/page.py frames "$url" <"$work/go" >"$work/out" &
page=$!
exec 3>"$work/go"
until [ -s "$work/out" ]; do sleep 0.1; done
HUBCTL_URL=$url HUBCTL_KEY=$key ".build/$build/hubctl" simulate --group "$(head -n 1 "$work/out")" --devices "${1:-20}" \
    --speed "${2:-10}x" --quiet >/dev/null &
client=$!
sleep 3
echo >&3
wait "$page"
tail -n 1 "$work/out"
