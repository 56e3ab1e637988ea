#!/usr/bin/env bash
# Checks what deploys the hub, as far as that goes without Docker and Kubernetes: manifests and compose files against their
# schemas and against each other, the Dockerfile, the systemd units.
#   --image   also runs the Dockerfile's build steps in a plain folder, and looks at the programs' libraries (minutes)
# Needs python3 with venv, and a network for pip the first time. Nothing is left outside .build.
set -euo pipefail
cd "$(dirname "$0")/.."

work=.build/check-deploy
mkdir -p "$work"
if [ ! -e "$work/ready-1" ]; then
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet --disable-pip-version-check \
        kubernetes-validate==1.37.0 check-jsonschema==0.39.0 PyYAML==6.0.4
    touch "$work/ready-1"
fi

for script in deploy/docker/*.sh scripts/*.sh; do bash -n "$script"; done

"$work/venv/bin/check-jsonschema" --quiet --builtin-schema vendor.compose-spec docker-compose.yml docker-compose.dev.yml

# The units, with a program that is there in the hub's place.
units=$work/units
rm -rf "$units"
mkdir -p "$units"
for unit in deploy/systemd/presence-hub.*; do
    sed 's#/usr/local/bin/hubd#/bin/true#' "$unit" >"$units/$(basename "$unit")"
done
systemd-analyze verify --man=no "$units"/presence-hub.service "$units"/presence-hub.socket
# 0 is shut in, 100 as open as without any option.
systemd-analyze security --offline=yes --threshold=25 --no-pager "$units/presence-hub.service" >"$work/security.txt" || {
    tail -n 1 "$work/security.txt"
    exit 1
}
echo "deploy/systemd"

programs=()
if [ "${1:-}" = --image ]; then
    # What `docker build` would send, in a folder of its own.
    image=$PWD/$work/image
    rm -rf "$image"
    mkdir -p "$image/src"
    mapfile -t kept < <(sed -n 's/^!//p' .dockerignore)
    git ls-files -z --cached --others --exclude-standard -- "${kept[@]}" | xargs -0 cp --parents -t "$image/src"
    (cd "$image/src" && scripts/setup.sh --build-only && deploy/docker/build.sh "$image/out")
    programs=("$image/out")
fi
PYTHONPATH=scripts/deploy PYTHONDONTWRITEBYTECODE=1 "$work/venv/bin/python" scripts/deploy/check.py "${programs[@]}"
