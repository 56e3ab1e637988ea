#!/usr/bin/env bash
# Puts Swagger UI, the page that /docs browses the API with, under PREFIX/share/presence-hub/swagger-ui (/usr/local): two files and
# their licence out of PyPI's package drf-spectacular-sidecar, which is not installed. Does nothing if that version is there.
set -euo pipefail

version=2026.10.1
sha256=fe1d005d8ac9b5d0472f2fe5deeb2e7d6dcffaa24118044f22578b4b8c4b31f2
share=${PREFIX:-/usr/local}/share/presence-hub
folder=$share/swagger-ui
licences=$share/licences

if [ "$(cat "$folder/version" 2>/dev/null)" = "$version" ] && [ -s "$folder/swagger-ui-bundle.js" ] &&
    [ -s "$folder/swagger-ui.css" ] && [ -s "$licences/swagger-ui.txt" ]; then
    exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ] && ! { mkdir -p "$folder" "$licences" && [ -w "$folder" ] && [ -w "$licences" ]; } 2>/dev/null; then
    if ! command -v sudo >/dev/null; then
        echo "setup: as root, run: scripts/install-swagger-ui.sh" >&2
        exit 1
    fi
    as_root=(sudo)
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "setup: fetching Swagger UI"
python3 -m venv "$work/venv"
echo "drf-spectacular-sidecar==$version --hash=sha256:$sha256" >"$work/requirements.txt"
"$work/venv/bin/pip" --quiet --disable-pip-version-check download --require-hashes --no-deps --only-binary :all: \
    --requirement "$work/requirements.txt" --dest "$work" </dev/null
python3 - "$work" <<'END'
import pathlib, sys, zipfile
work = pathlib.Path(sys.argv[1])
with zipfile.ZipFile(next(work.glob("*.whl"))) as wheel:
    for name in ["swagger-ui-bundle.js", "swagger-ui.css", "LICENSE"]:
        (work / name).write_bytes(wheel.read(f"drf_spectacular_sidecar/static/drf_spectacular_sidecar/swagger-ui-dist/{name}"))
END
# The map of its source, which nobody fetches, is not named.
sed -i '/^\/\/# sourceMappingURL=/d' "$work/swagger-ui-bundle.js"
sed -i 's|/\*# sourceMappingURL=[^*]*\*/||' "$work/swagger-ui.css"
echo "$version" >"$work/version"
"${as_root[@]}" install -D -m 644 "$work/LICENSE" "$licences/swagger-ui.txt"
for file in swagger-ui-bundle.js swagger-ui.css version; do
    "${as_root[@]}" install -D -m 644 "$work/$file" "$folder/$file"
done
