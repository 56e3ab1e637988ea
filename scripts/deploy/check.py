"""Checks what is in deploy/, and the files for containers: schemas first, then what no schema knows.

Run by scripts/check-deploy.sh. Prints a line a check; exits with 1 if anything is wrong.
"""

import base64
import binascii
import json
import pathlib
import re
import shutil
import subprocess
import sys

import kubernetes_validate
import yaml

import kustomize

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# The oldest Kubernetes that is still looked after, and the newest whose schemas are at hand.
KUBERNETES = ["1.31", "1.34"]
mistakes = []


def expect(condition, what):
    if not condition:
        mistakes.append(what)
        print(f"WRONG  {what}")


def settings():
    """The variables of every setting, from the document that the settings' table writes."""
    text = (ROOT / ".env.example").read_text()
    return set(re.findall(r"HUB__[A-Z0-9_]+", text))


def find(manifests, kind, name="presence-hub"):
    found = [m for m in manifests if m["kind"] == kind and m["metadata"]["name"] == name]
    return found[0] if found else None


def matches(selector, labels):
    return all(labels.get(key) == value for key, value in selector.items())


# Seals what the database holds of secrets; hubs that share one need the same, so no hub may make its own.
MASTER_KEY = "HUB__CREDENTIALS__MASTER_KEY"


def is_master_key(text):
    try:
        return len(base64.b64decode(text, validate=True)) == 32
    except binascii.Error:
        return False


def check_schemas(label, manifests):
    for manifest in manifests:
        if manifest["apiVersion"].startswith("monitoring.coreos.com/"):
            continue  # a custom resource, whose schema the Prometheus operator brings
        for version in KUBERNETES:
            try:
                kubernetes_validate.validate(manifest, version, strict=True)
            except Exception as error:  # of several kinds: a missing schema, a value that does not fit
                message = str(error).splitlines()[0]
                expect(False, f"{label}: {manifest['kind']} {manifest['metadata']['name']} for {version}: {message}")


def check_manifests(label, manifests):
    deployment, service = find(manifests, "Deployment"), find(manifests, "Service")
    pod = deployment["spec"]["template"]
    labels, spec = pod["metadata"]["labels"], pod["spec"]
    hub = spec["containers"][0]
    ports = {port["name"]: port["containerPort"] for port in hub["ports"]}
    config = find(manifests, "ConfigMap")["data"]
    where = f"{label}: deployment"

    expect(matches(deployment["spec"]["selector"]["matchLabels"], labels), f"{where}: selector and labels differ")
    update = deployment["spec"]["strategy"]["rollingUpdate"]
    expect(update == {"maxUnavailable": 1, "maxSurge": 1}, f"{where}: rolling update {update}")
    expect(hub["resources"]["limits"] == {"cpu": "500m", "memory": "512Mi"}, f"{where}: limits")
    for probe, path in (("livenessProbe", "live"), ("readinessProbe", "ready"), ("startupProbe", "live")):
        get = hub[probe]["httpGet"]
        expect(get["path"] == f"/api/health/{path}" and get["port"] in ports, f"{where}: {probe}")
    expect(ports["http"] == int(config["HUB__SERVER__PORT"]), f"{where}: the port is not the configured one")
    pause = int(hub["lifecycle"]["preStop"]["exec"]["command"][1])
    shutdown = int(config["HUB__SERVER__SHUTDOWN_TIMEOUT_SECONDS"])
    expect(spec["terminationGracePeriodSeconds"] > pause + shutdown, f"{where}: it is killed before it has drained")
    expect(spec["securityContext"]["runAsNonRoot"] and hub["securityContext"]["readOnlyRootFilesystem"],
           f"{where}: root, or a root that can be written")
    expect(hub["securityContext"]["capabilities"] == {"drop": ["ALL"]}, f"{where}: capabilities")
    expect(spec["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault", f"{where}: seccomp")
    volumes = {volume["name"] for volume in spec["volumes"]}
    expect({mount["name"] for mount in hub["volumeMounts"]} == volumes, f"{where}: volumes and mounts differ")

    for key in config:
        expect(key in settings(), f"{label}: configmap: {key} is no setting")
    for source in hub["envFrom"]:
        reference = source.get("configMapRef") or source["secretRef"]
        kind = "ConfigMap" if "configMapRef" in source else "Secret"
        example = kind == "Secret" and "secret.yaml" not in str(manifests)
        expect(example or find(manifests, kind, reference["name"]), f"{where}: no {kind} {reference['name']}")

    expect(MASTER_KEY not in config, f"{label}: configmap: the master key is no secret there")
    secret = find(manifests, "Secret")
    expect(not secret or is_master_key(secret["stringData"].get(MASTER_KEY, "")), f"{label}: secret: no master key")

    expect(service["spec"]["type"] == "ClusterIP" and service["spec"]["ports"][0]["port"] == 8080, f"{label}: service")
    expect(matches(service["spec"]["selector"], labels), f"{label}: the service selects no pod")
    expect(service["spec"]["ports"][0]["targetPort"] in ports, f"{label}: the service's port is none of the pod's")
    policy = find(manifests, "NetworkPolicy")
    expect(matches(policy["spec"]["podSelector"]["matchLabels"], labels), f"{label}: the policy selects no pod")
    ingress = find(manifests, "Ingress")
    for rule in ingress["spec"]["rules"]:
        for path in rule["http"]["paths"]:
            expect(path["backend"]["service"]["name"] == "presence-hub", f"{label}: the ingress leads nowhere")
    hosts = {rule["host"] for rule in ingress["spec"]["rules"]}
    secured = {host for entry in ingress["spec"].get("tls", []) for host in entry["hosts"]}
    scaler, budget = find(manifests, "HorizontalPodAutoscaler"), find(manifests, "PodDisruptionBudget")
    if label == "dev":
        expect(deployment["spec"]["replicas"] == 1 and not scaler and not budget, "dev: more than one hub")
        return
    expect(deployment["spec"]["replicas"] == 3, f"{where}: replicas")
    expect(hosts == secured, f"{label}: {hosts - secured} without TLS")
    expect((scaler["spec"]["minReplicas"], scaler["spec"]["maxReplicas"]) == (3, 10), f"{label}: replicas of the HPA")
    target = scaler["spec"]["metrics"][0]["resource"]["target"]
    expect(target == {"type": "Utilization", "averageUtilization": 70}, f"{label}: target of the HPA")
    expect(scaler["spec"]["scaleTargetRef"]["name"] == "presence-hub", f"{label}: the HPA scales nothing")
    expect(matches(budget["spec"]["selector"]["matchLabels"], labels), f"{label}: the budget selects no pod")
    # A secret that is real is never among these files.
    expect(not find(manifests, "Secret") or label == "dev", f"{label}: a secret")


def check_kubernetes():
    k8s = ROOT / "deploy/k8s"
    for label, folder in (("base", "base"), ("dev", "overlays/dev"), ("production", "overlays/production")):
        manifests = kustomize.render(k8s / folder)
        if label != "base":  # which is a part of both
            check_schemas(label, manifests)
        check_manifests(label, manifests)
        if shutil.which("kubectl"):
            text = subprocess.run(["kubectl", "kustomize", k8s / folder], check=True, capture_output=True).stdout
            real = [document for document in yaml.safe_load_all(text) if document]
            key = lambda manifest: json.dumps(manifest, sort_keys=True)
            expect(sorted(map(key, real)) == sorted(map(key, manifests)), f"{label}: kubectl renders it differently")
    example = yaml.safe_load((k8s / "base/secret.yaml.example").read_text())
    check_schemas("secret.yaml.example", [example])
    for key in example["stringData"]:
        expect(not key.startswith("HUB__") or key in settings(), f"secret.yaml.example: {key} is no setting")
    # One that could be used as it is would be.
    key = example["stringData"].get(MASTER_KEY)
    expect(key and not is_master_key(key), "secret.yaml.example: no master key to fill in")
    kustomize.render(k8s / "components/service-monitor")
    print("deploy/k8s" + ("" if shutil.which("kubectl") else " (rendered by scripts/deploy/kustomize.py alone)"))


def check_compose():
    known = settings()
    for name in ("docker-compose.yml", "docker-compose.dev.yml"):
        services = yaml.safe_load((ROOT / name).read_text())["services"]
        for service, entry in services.items():
            for variable in entry.get("environment", {}):
                expect(not variable.startswith("HUB__") or variable in known, f"{name}: {variable} is no setting")
    base = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    expect(base["database"]["image"] == "postgres:16", "docker-compose.yml: Postgres 16")
    # Without one compose refuses to start, rather than that the hub makes one where its data is.
    key = base["hub"]["environment"].get(MASTER_KEY, "")
    expect(key.startswith("${HUB_MASTER_KEY:?"), "docker-compose.yml: the hub's master key")
    expect("127.0.0.1:8080:8080" in base["hub"]["ports"], "docker-compose.yml: port 8080")
    expect(all("healthcheck" in service for service in base.values()), "docker-compose.yml: health checks")
    developed = yaml.safe_load((ROOT / "docker-compose.dev.yml").read_text())["services"]
    expect(developed["database"]["ports"], "docker-compose.dev.yml: the database's port")
    print("docker-compose.yml, docker-compose.dev.yml")


def instructions(text):
    """The instructions of a Dockerfile, comments left out and lines joined."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [tuple(line.split(None, 1)) for line in joined.splitlines() if line.strip()]


def check_dockerfile():
    stages, stage = {}, None
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for word, rest in instructions((ROOT / "Dockerfile").read_text()):
        if word == "FROM":
            image, _, name = rest.partition(" AS ")
            expect(":" in image or image in stages, f"Dockerfile: FROM {image} names no tag")
            expect(not image.endswith(":latest"), f"Dockerfile: FROM {image}")
            stage = name or "image"
            stages[stage] = []
        elif word == "COPY":
            source = re.sub(r"^--from=(\S+) ", "", rest).split()[:-1]
            if rest.startswith("--from="):
                expect(rest.split()[0][7:] in stages, f"Dockerfile: COPY {rest}")
            elif source != ["."]:
                for path in source:
                    expect((ROOT / path).exists(), f"Dockerfile: there is no {path}")
                    expect(any(path.startswith(entry) for entry in allowed), f"Dockerfile: {path} is ignored")
        elif word == "RUN":
            code = subprocess.run(["bash", "-n", "-c", rest]).returncode
            expect(code == 0, f"Dockerfile: RUN {rest[:40]}")
        stages[stage].append((word, rest))
    for entry in allowed:
        expect((ROOT / entry).exists(), f".dockerignore: there is no {entry}")
    last = dict(stages["image"])
    expect(re.match(r"[1-9]\d*:", last.get("USER", "")), "Dockerfile: the image's user is root, or has a name")
    expect(last.get("STOPSIGNAL") == "SIGTERM" and last.get("EXPOSE") == "8080", "Dockerfile: signal or port")
    expect("hubd" in last.get("HEALTHCHECK", ""), "Dockerfile: health check")
    run = next(rest for word, rest in stages["image"] if word == "RUN")
    packages = re.search(r"install --no-install-recommends -y ([^&]+)", run).group(1).split()
    if shutil.which("apt-cache"):
        for package in packages:
            shown = subprocess.run(["apt-cache", "show", package], capture_output=True).returncode
            expect(shown == 0, f"Dockerfile: there is no package {package}")
    print("Dockerfile, .dockerignore")
    return packages


def check_image(folder, packages):
    """That the programs need no library but those of the image's packages, and of what these need."""
    needed = set(packages) | {"libc6", "libgcc-s1"}
    shown = subprocess.run(
        ["apt-cache", "depends", "--recurse", "--no-recommends", "--no-suggests", "--no-conflicts", "--no-breaks",
         "--no-replaces", "--no-enhances", *packages], check=True, capture_output=True, text=True).stdout
    needed |= {line.strip() for line in shown.splitlines() if re.match(r"^[a-z0-9]", line)}
    for program in ("hubd", "hubctl"):
        libraries = subprocess.run(
            ["ldd", f"{folder}/{program}"], check=True, capture_output=True, text=True).stdout
        for line in libraries.splitlines():
            path = re.search(r"=> (/\S+)", line)
            expect("not found" not in line and "swift" not in line, f"{program}: {line.strip()}")
            if not path:
                continue
            path = pathlib.Path(path.group(1))
            for candidate in (path, str(path).removeprefix("/usr"), f"/usr{path}", path.resolve()):
                found = subprocess.run(["dpkg", "-S", str(candidate)], capture_output=True, text=True)
                if found.returncode == 0:
                    break
            package = found.stdout.split(":")[0]
            expect(package in needed, f"{program} needs {path} of {package or 'no package'}, which the image lacks")
    print("the image's programs and libraries")


if __name__ == "__main__":
    check_kubernetes()
    check_compose()
    packages = check_dockerfile()
    if len(sys.argv) > 1:
        check_image(sys.argv[1], packages)
    sys.exit(1 if mistakes else 0)
