"""`GET /api/v1/devices?groupId=` of 20 devices, on the hub and on FastAPI + SQLAlchemy with the same Postgres."""

import http.client
import json
import re
import resource
import subprocess
import time

from . import hub as hubs
from . import machine
from .machine import HERE, LOADER_CORE, SERVER_CORE, VENV

PORT = 18097
CONNECTIONS = 64


def ask(port, path, key, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"X-API-Key": key, "Content-Type": "application/json"}
    connection.request("GET" if body is None else "POST", path, None if body is None else json.dumps(body), headers)
    response = connection.getresponse()
    answer = response.read()
    connection.close()
    if response.status != 200:
        raise RuntimeError(f"{path} was answered {response.status} {answer[:200]!r}")
    return json.loads(answer)


def wrk(port, path, key, seconds, cpu):
    """One run of wrk on the loader's core; `cpu` tells the server's CPU seconds."""
    url = f"http://127.0.0.1:{port}{path}"
    command = [
        "taskset",
        "-c",
        str(LOADER_CORE),
        "wrk",
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{seconds}s",
        "--latency",
        "-H",
        f"X-API-Key: {key}",
        url,
    ]
    subprocess.run([*command[:5], f"-c{CONNECTIONS}", "-d1s", *command[7:]], stdout=subprocess.DEVNULL, check=True)
    own = resource.getrusage(resource.RUSAGE_CHILDREN)
    before = cpu()
    text = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    used = cpu() - before
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))
    latency = {
        name: milliseconds(re.search(rf"^\s+{share}%\s+(\S+)", text, re.M).group(1))
        for name, share in (("p50", 50), ("p99", 99))
    }
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    return {
        "requests_per_second": rate,
        "latency": latency,
        "failed": int(failed.group(1)) if failed else 0,
        "server_share": used / seconds,
        "cpu_per_request": used / max(rate * seconds, 1),
        "loader_share": (after.ru_utime + after.ru_stime - own.ru_utime - own.ru_stime) / seconds,
        "command": f"wrk -t1 -c{CONNECTIONS} -d{seconds}s --latency '{path}'",
    }


def milliseconds(text):
    value, unit = re.match(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(value) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60000}[unit]


def run(options, hub):
    seconds = max(2, int(options.seconds))
    rows = {
        name: {"row": {"label": label, "name": name}, "runs": []}
        for name, label in (("hub", "**hub**"), ("fastapi", "FastAPI + SQLAlchemy + asyncpg, uvicorn"))
    }
    with hub.running(store=True):
        hub.register(20)
        prefix, group = hub.names(20)
        now = int(time.time() * 1000)
        for number in range(20):
            ask(
                hubs.PORT,
                "/api/v1/locations",
                hub.key,
                {
                    "deviceId": f"{prefix}{number:012x}",
                    "timestamp": now,
                    "latitude": 48.1486 + number / 1000,
                    "longitude": 17.1077,
                    "accuracy": 8,
                    "speed": 1.4,
                    "batteryLevel": 81,
                },
            )
        path = f"/api/v1/devices?groupId={group}0"
        environment = {"PGHOST": hub.socket_directory, "PGUSER": "hub", "PGDATABASE": "postgres"}
        command = [
            VENV / "bin" / "uvicorn",
            "--app-dir",
            HERE,
            "--port",
            PORT,
            "--log-level",
            "warning",
            "--no-access-log",
            "fastapi_devices:app",
        ]
        other = machine.start(command, [SERVER_CORE], hub.data / "fastapi.log", environment)
        try:
            machine.wait_for_port(PORT, other)
            check_same(ask(hubs.PORT, path, hub.key), ask(PORT, path, hub.key))
            for number in range(options.runs):
                for name, port, cpu in (
                    (
                        "hub",
                        hubs.PORT,
                        lambda: machine.cpu_seconds(hub.process.pid) - machine.cpu_seconds(hub.postgres),
                    ),
                    ("fastapi", PORT, lambda: machine.cpu_seconds(other.pid)),
                ):
                    machine.wait_until_quiet(options.patience)
                    outcome = wrk(port, path, hub.key, seconds, cpu)
                    rows[name]["runs"].append(outcome)
                    machine.say(
                        f"  {number + 1}/{options.runs}  {name}: {outcome['requests_per_second']:.0f} requests/s, "
                        f"server {outcome['server_share']:.0%}, wrk {outcome['loader_share']:.0%}"
                    )
        finally:
            machine.stop(other, 10)
    return list(rows.values())


def check_same(ours, theirs):
    """Both must answer the same devices at the same places, or the comparison is none."""

    def places(answer):
        return {
            device["deviceId"]: (device["lastLocation"]["latitude"], device["lastLocation"]["accuracy"])
            for device in answer["devices"]
        }

    if places(ours) != places(theirs) or len(ours["devices"]) != 20:
        raise RuntimeError("the hub and FastAPI answer different devices")
