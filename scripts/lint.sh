#!/usr/bin/env bash
# Checks the format of every Swift file, and the shell scripts for errors of syntax.
set -euo pipefail
cd "$(dirname "$0")/.."

folders=(Package.swift)
for folder in Sources Plugins Tests clients Examples Fuzz Benchmarks; do
    if [ -d "$folder" ]; then folders+=("$folder"); fi
done
swift format lint --strict --parallel --recursive "${folders[@]}"
for script in scripts/*.sh scripts/lib/*.sh .ci/run; do bash -n "$script"; done
# Tests/HubTesting/SystemProgram.swift says why.
if grep -rnE '\bProcess\(\)' --include='*.swift' Sources Tests; then
    echo "Foundation's Process may wait for ever: tests use SystemProgram, the hub ChildProcess" >&2
    exit 1
fi
