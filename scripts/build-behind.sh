#!/usr/bin/env bash
# Builds one thing after another with what other programs leave of the processors.
#   scripts/build-behind.sh (release|thread=TARGETS|address=TARGETS)… [-- OPTION…]
# release is the hub; a sanitizer has a build of its own, without the named test targets (commas between them) and with the options.
# Meant to be a session of its own (setsid): where the kernel groups sessions, each is scheduled as one process would be, and it is
# the session that has to give way.
set -euo pipefail
cd "$(dirname "$0")/.."

builds=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    builds+=("$1")
    shift
done
if [ $# -gt 0 ]; then shift; fi

(echo 19 >/proc/$$/autogroup) 2>/dev/null || true
renice -n 19 -p $$ >/dev/null
for what in "${builds[@]}"; do
    case $what in
        release)
            # Tests hold the package's lock while they run, and only read what was built.
            swift build -c release --ignore-lock --product hubd
            ;;
        thread=* | address=*)
            LEAVE_OUT=${what#*=} swift build --build-tests --sanitize="${what%%=*}" --scratch-path ".build/${what%%=*}" "$@"
            ;;
        *)
            sed -n 's/^#   /usage: /p' "$0" >&2
            exit 64
            ;;
    esac
done
