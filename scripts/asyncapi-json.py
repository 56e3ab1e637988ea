#!/usr/bin/env python3
"""Writes docs/asyncapi.yaml as the JSON that /docs/stream shows, which is compiled into the hub; --check only compares."""
import json
import pathlib
import sys

import yaml

root = pathlib.Path(__file__).resolve().parent.parent
target = root / "Sources/Features/Docs/Assets/asyncapi.json"
document = yaml.safe_load((root / "docs/asyncapi.yaml").read_text())
text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
if "--check" not in sys.argv[1:]:
    target.write_text(text)
elif not target.exists() or target.read_text() != text:
    sys.exit("asyncapi.json is not what docs/asyncapi.yaml says: make documents")
