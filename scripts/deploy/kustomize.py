"""Renders the part of kustomize that deploy/k8s uses: resources, components, namespace, labels, images, replicas, and
strategic merge patches in which lists are replaced. Anything else is an error, so that nothing is silently left out.

    python3 scripts/deploy/kustomize.py FOLDER        prints the rendered manifests
"""

import copy
import pathlib
import sys

import yaml

KNOWN = {"apiVersion", "kind", "resources", "components", "namespace", "labels", "images", "replicas", "patches"}
# Lists that a strategic merge merges by name; this renderer replaces lists, so patches may not have these.
MERGED_BY_NAME = {"containers", "initContainers", "volumes", "env", "envFrom", "ports", "volumeMounts"}


class Unsupported(Exception):
    pass


def identity(manifest):
    return manifest["apiVersion"], manifest["kind"], manifest["metadata"]["name"]


def merge(target, patch, path=""):
    for key, value in patch.items():
        if isinstance(value, list) and key in MERGED_BY_NAME:
            raise Unsupported(f"a patch of the list {path}{key}")
        if value is None:
            target.pop(key, None)
        elif isinstance(value, dict) and isinstance(target.get(key), dict):
            merge(target[key], value, f"{path}{key}.")
        else:
            target[key] = copy.deepcopy(value)


def templates(manifest):
    """The pod templates in a manifest."""
    template = manifest.get("spec", {}).get("template") if isinstance(manifest.get("spec"), dict) else None
    return [template] if isinstance(template, dict) else []


def set_images(manifest, images):
    for template in templates(manifest):
        for container in template["spec"].get("containers", []) + template["spec"].get("initContainers", []):
            name, _, tag = container["image"].rpartition(":")
            for image in images:
                if image["name"] == name:
                    container["image"] = f"{image.get('newName', name)}:{image.get('newTag', tag)}"


def apply_patch(manifests, patch):
    patch = dict(patch)
    delete = patch.pop("$patch", None)
    if delete not in (None, "delete"):
        raise Unsupported(f"$patch: {delete}")
    matches = [m for m in manifests if identity(m) == identity(patch)]
    if len(matches) != 1:
        raise Unsupported(f"a patch of {identity(patch)}, of which there are {len(matches)}")
    if delete:
        return [m for m in manifests if m is not matches[0]]
    merge(matches[0], patch)
    return manifests


def transform(manifests, folder, settings):
    for patch in settings.get("patches", []):
        if set(patch) != {"path"}:
            raise Unsupported(f"a patch with {sorted(patch)}")
        for document in yaml.safe_load_all((folder / patch["path"]).read_text()):
            manifests = apply_patch(manifests, document)
    for entry in settings.get("labels", []):
        if entry.get("includeSelectors", False):
            raise Unsupported("labels in selectors")
        for manifest in manifests:
            manifest["metadata"].setdefault("labels", {}).update(entry["pairs"])
            if entry.get("includeTemplates", False):
                for template in templates(manifest):
                    template.setdefault("metadata", {}).setdefault("labels", {}).update(entry["pairs"])
    for manifest in manifests:
        set_images(manifest, settings.get("images", []))
        for replica in settings.get("replicas", []):
            if manifest["metadata"]["name"] == replica["name"] and manifest["kind"] in ("Deployment", "StatefulSet"):
                manifest["spec"]["replicas"] = replica["count"]
        if "namespace" in settings and manifest["kind"] != "Namespace":
            manifest["metadata"]["namespace"] = settings["namespace"]
    return manifests


def render(folder):
    folder = pathlib.Path(folder)
    settings = yaml.safe_load((folder / "kustomization.yaml").read_text())
    unknown = set(settings) - KNOWN
    if unknown:
        raise Unsupported(f"{folder}: {sorted(unknown)}")
    manifests = []
    for resource in settings.get("resources", []) + settings.get("components", []):
        path = folder / resource
        if path.is_dir():
            manifests += render(path)
        else:
            manifests += [document for document in yaml.safe_load_all(path.read_text()) if document]
    names = [identity(manifest) for manifest in manifests]
    for name in names:
        if names.count(name) > 1:
            raise Unsupported(f"{name} is there twice")
    return transform(manifests, folder, settings)


if __name__ == "__main__":
    print(yaml.safe_dump_all(render(sys.argv[1]), sort_keys=False), end="")
