#!/usr/bin/env bash
# Runs the Autobahn test suite against EchoServer: scripts/autobahn.sh [GROUP…], such as 7 or 12.1.
#
# Every case must pass strictly. All groups take about half an hour, most of it the client's work on 12 and 13; 1 to 10
# take a minute. Needs python3 before 3.13 (lib2to3), and a network for pip the first time. Nothing is left outside .build.
set -euo pipefail
cd "$(dirname "$0")/.."

suite=autobahntestsuite-25.10.1
work=.build/autobahn
groups=("$@")
[ "${#groups[@]}" -gt 0 ] || groups=(1 2 3 4 5 6 7 9 10 12 13)

if ! python3 -W ignore -c 'import lib2to3, venv' 2>/dev/null; then
    echo "autobahn: python3 with venv and lib2to3 is needed (Python 3.8 to 3.12)" >&2
    exit 1
fi
mkdir -p "$work"
if [ ! -e "$work/ready" ]; then
    python3 -m venv "$work/venv"
    # autobahn 0.10.9 is what the suite names; the others are what it needs, with wsaccel to make it fast.
    "$work/venv/bin/pip" install --quiet --disable-pip-version-check \
        autobahn==0.10.9 Twisted==26.10.0 txaio==26.6.1 wsaccel==0.6.7 six==1.17.0 setuptools==65.5.0
    "$work/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --no-binary autobahntestsuite \
        --dest "$work" "${suite/-/==}"
    tar -xzf "$work/$suite.tar.gz" -C "$work"
    touch "$work/ready"
fi

swift build -c release --product EchoServer
port=$(python3 - <<'END'
import random, socket
while True:  # below 32768, where no outgoing connection takes it away again
    port = random.randrange(20000, 32768)
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        print(port)
        break
END
)
"$(swift build -c release --show-bin-path)/EchoServer" --port "$port" >"$work/server.log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true' EXIT
for _ in $(seq 100); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
    if ! kill -0 "$server" 2>/dev/null; then
        cat "$work/server.log" >&2
        exit 1
    fi
    sleep 0.1
done

"$work/venv/bin/python" scripts/autobahn/fuzz.py --suite "$work/$suite" --work "$work/cases" \
    --report "$work/report.json" --url "ws://127.0.0.1:$port" "${groups[@]}"
