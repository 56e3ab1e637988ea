#!/usr/bin/env bash
# Measures the page in Chromium without a screen, on a hub of its own:
#   scripts/measure-page.sh frames [DEVICES [SPEED]]   frames a second while devices (20) move at so many fixes a second (10)
#   scripts/measure-page.sh pictures                   makes the pictures of docs/images
#   scripts/measure-page.sh admin                      makes the one of the administration alone
# BUILD=debug takes the programs of the debug build, as they are.
set -euo pipefail
cd "$(dirname "$0")/.."

what=${1:-}
case $what in
    frames | pictures | admin) shift ;;
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
client='' watcher=''
leave() {
    trap '' INT TERM
    for one in $client $watcher; do kill "$one" 2>/dev/null || true; done
    if [ -n "$hub_pid" ]; then kill "$hub_pid" 2>/dev/null && wait "$hub_pid" || true; fi
    rm -rf "$work"
}
trap leave EXIT
mkdir -p "$work/data"
start_program "$work/data" "$port" ".build/$build/hubd" serve --data-dir "$work/data" --server-port "$port"
url=http://127.0.0.1:$port
[ "$what" = admin ] || ".build/$build/hubd" regions import --data-dir "$work/data" >/dev/null || echo "no map of countries; the page has lines alone" >&2
# new_key NAME [OPTION]: prints a key of this hub.
new_key() {
    ".build/$build/hubd" keys create --data-dir "$work/data" --name "$@" --json | sed -n 's/.*"key" *: *"\([^"]*\)".*/\1/p'
}
# Pictures of the administration show a hub at work.
take_administration() {
    export HUBCTL_URL=$url HUBCTL_KEY
    HUBCTL_KEY=$(new_key page)
    ".build/$build/hubctl" simulate --group walkers --devices 20 --speed 2x --quiet >/dev/null &
    client=$!
    ".build/$build/hubctl" watch walkers --json >/dev/null &
    watcher=$!
    HUB_ADMIN_KEY=$(new_key operators --admin) python3 scripts/lib/page.py admin "$url" docs/images
}
case $what in
    pictures)
        python3 scripts/lib/page.py pictures "$url" docs/images
        take_administration
        exit
        ;;
    admin)
        take_administration
        exit
        ;;
esac
key=$(new_key page)
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
