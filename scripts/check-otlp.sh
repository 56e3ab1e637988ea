#!/usr/bin/env bash
# Compares the golden request of the OTLP tests with what OpenTelemetry's own definition makes of the same spans, read from
# PyPI into .build: scripts/check-otlp.sh [--update]
set -euo pipefail
cd "$(dirname "$0")/.."

case ${1:-} in
    '' | --update) ;;
    *)
        sed -n 's/^# PyPI into .build: /usage: /p' "$0" >&2
        exit 64
        ;;
esac

environment=.build/otlp
if ! "$environment/bin/python" -c 'import opentelemetry.proto' 2>/dev/null; then
    python3 -m venv "$environment"
    "$environment/bin/pip" install --quiet opentelemetry-proto==1.45.2 protobuf==7.36.2
fi
golden=Tests/OTLPTests/golden.hex
if [ "${1:-}" = --update ]; then
    "$environment/bin/python" Tests/OTLPTests/golden.py >"$golden"
    exit 0
fi
if ! "$environment/bin/python" Tests/OTLPTests/golden.py | diff -q - "$golden" >/dev/null; then
    echo "$golden is not what opentelemetry-proto makes of the spans of Tests/OTLPTests/golden.py" >&2
    exit 1
fi
echo "$golden is what opentelemetry-proto 1.45.2 makes"
