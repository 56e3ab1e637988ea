#!/usr/bin/env bash
# Builds what goes into an image: deploy/docker/build.sh FOLDER puts hubd and hubctl there, stripped, with Swift's own
# libraries linked in. The Dockerfile runs this; scripts/check-deploy.sh --image runs it in a plain folder.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${1:?the folder for the programs}

for program in hubd hubctl; do
    swift build -c release --static-swift-stdlib --product "$program"
done
folder=$(swift build -c release --static-swift-stdlib --show-bin-path)
mkdir -p "$out"
for program in hubd hubctl; do
    strip -o "$out/$program" "$folder/$program"
    chmod 755 "$out/$program"
done
"$out/hubd" version
