#!/usr/bin/env bash
# Builds one thing after another with what other programs leave of the processors.
#   scripts/build-behind.sh (release|thread=TARGETS|address=TARGETS)…
# release is what count.sh runs; a sanitizer has a build of its own, without the named test targets (commas between them). Meant to
# be a session of its own (setsid): where the kernel groups sessions, each is scheduled as one process would be, and it is the
# session that has to give way.
set -euo pipefail
cd "$(dirname "$0")/.."

(echo 19 >/proc/$$/autogroup) 2>/dev/null || true
renice -n 19 -p $$ >/dev/null
for what in "$@"; do
    case $what in
        release)
            # Tests hold the package's lock while they run, and only read what was built.
            swift build -c release --ignore-lock --product hubd
            swift build -c release --ignore-lock --product hubctl
            ;;
        thread=* | address=*)
            LEAVE_OUT=${what#*=} swift build --build-tests --sanitize="${what%%=*}" --scratch-path ".build/${what%%=*}"
            ;;
        *)
            sed -n 's/^#   /usage: /p' "$0" >&2
            exit 64
            ;;
    esac
done
