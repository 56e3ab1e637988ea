#!/usr/bin/env bash
# For development in a container: builds hubd from the mounted source and runs it; when a source file changes, builds
# again and, if that succeeds, starts the hub anew. SIGTERM ends both.
set -uo pipefail
cd "$(dirname "$0")/../.."

hub=""
stop() {
    if [ -n "$hub" ]; then kill -TERM "$hub" 2>/dev/null; wait "$hub"; fi
    hub=""
}
trap 'stop; exit 0' TERM INT

newest() { find Package.swift Plugins Sources -type f -printf '%T@\n' | sort -n | tail -n 1; }

built=""
while true; do
    seen=$(newest)
    if [ "$seen" != "$built" ]; then
        built=$seen
        if swift build --product hubd; then
            stop
            .build/debug/hubd serve "$@" &
            hub=$!
        fi
    fi
    # In the background, so that a signal is acted on at once.
    sleep 1 &
    wait $!
done
