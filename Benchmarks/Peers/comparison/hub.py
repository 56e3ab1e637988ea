"""The hub under measurement: its data directory, its devices, and one start of it for each setting."""

import http.client
import json
import os
import shutil
import subprocess
import tempfile
import threading
from contextlib import contextmanager, suppress
from pathlib import Path

from . import machine
from .machine import CORES, LOADER_CORE, ROOT, SERVER_CORE

PORT = 18095
HUBD = ROOT / ".build" / "release" / "hubd"
# Whether this hub can be told not to store locations.
CAN_SKIP_STORING = "\n[locations]\n" in (ROOT / "config" / "default.toml").read_text()


def store_of(store):
    """On, where it cannot be turned off."""
    return store or not CAN_SKIP_STORING


class Hub:
    """One data directory for the whole measurement, so that devices are registered once."""

    def __init__(self):
        self.data = Path(tempfile.mkdtemp(prefix="hub-bench-"))
        # The private Postgres runs as a user of its own when this is root; it must be able to pass through.
        self.data.chmod(0o755)
        self.key = None
        self.process = None
        self.registered = {}

    def remove(self):
        shutil.rmtree(self.data, ignore_errors=True)

    @contextmanager
    def running(self, tick=0, store=True, loops=1, settings=None):
        environment = {
            "HUB__SERVER__LOOPS": str(loops),
            "HUB__FANOUT__TICK_MS": str(tick),
            "HUB__LOGGING__LEVEL": "warning",
            # The closed loop is as fast as it is.
            "HUB__SECURITY__STREAM_LOCATIONS_PER_SECOND": "0",
            "HUB__SECURITY__RATE_LIMIT_PER_MINUTE": "0",
            "HUB__SECURITY__IP_RATE_LIMIT_PER_MINUTE": "0",
            **(settings or {}),
        }
        if not store_of(store):
            environment["HUB__LOCATIONS__STORE"] = "off"
        cores = [SERVER_CORE] if loops == 1 else CORES
        command = [HUBD, "serve", "--data-dir", self.data, "--server-port", PORT]
        self.process = machine.start(command, cores, self.data / "hub.log", environment, cwd=ROOT)
        try:
            machine.wait_for_port(PORT, self.process)
            self.wait_until_ready()
            for pid in machine.descendants(self.postgres):
                with suppress(ProcessLookupError):  # some of Postgres's processes come and go
                    os.sched_setaffinity(pid, {LOADER_CORE})
            if self.key is None:
                made = subprocess.run(
                    [HUBD, "keys", "create", "--data-dir", self.data, "--name", "bench", "--json"],
                    check=True,
                    stdout=subprocess.PIPE,
                    text=True,
                    cwd=ROOT,
                )
                self.key = json.loads(made.stdout)["key"]
            yield self
        finally:
            machine.stop(self.process)
            self.process = None

    def wait_until_ready(self):
        for _ in range(600):
            if self.process.poll() is not None:
                break
            connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=5)
            try:
                connection.request("GET", "/api/health/ready")
                if connection.getresponse().status == 200:
                    return
            except OSError:
                pass
            finally:
                connection.close()
            threading.Event().wait(0.1)
        raise RuntimeError("the hub was not ready: " + (self.data / "hub.log").read_text()[-500:])

    @property
    def postgres(self):
        """The process id of its private Postgres."""
        return int((self.data / "postgres" / "postmaster.pid").read_text().splitlines()[0])

    @property
    def socket_directory(self):
        return (self.data / "postgres" / "postmaster.pid").read_text().splitlines()[4].strip()

    def sql(self, statement):
        done = subprocess.run(
            [
                "taskset",
                "-c",
                str(LOADER_CORE),
                "psql",
                "-X",
                "-q",
                "-A",
                "-t",
                "-v",
                "ON_ERROR_STOP=1",
                "-h",
                self.socket_directory,
                "-U",
                "hub",
                "-d",
                "postgres",
            ],
            input=statement,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        return done.stdout.strip()

    def names(self, members, kind="bench"):
        """What the loader makes the ids of the devices and the names of the groups of."""
        prefix = f"{int.from_bytes(kind.encode()[:2], 'big'):04x}{members:04x}-0000-4000-8000-"
        return prefix, f"{kind}{members}-"

    def register(self, count, members=20, kind="bench"):
        """Registers devices over REST, those that are not there yet; the hub must run."""
        done = self.registered.get((members, kind), 0)
        if count <= done:
            return
        prefix, group = self.names(members, kind)
        numbers = iter(range(done, count))
        lock, failures = threading.Lock(), []

        def work():
            connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
            headers = {"X-API-Key": self.key, "Content-Type": "application/json"}
            while not failures:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    break
                body = {
                    "deviceId": f"{prefix}{number:012x}",
                    "displayName": f"Device {number}",
                    "groupId": f"{group}{number // members}",
                    "platform": "android",
                }
                connection.request("POST", "/api/v1/devices/register", json.dumps(body), headers)
                response = connection.getresponse()
                answer = response.read()
                if response.status != 200:
                    failures.append(f"{response.status} {answer[:200]!r}")
            connection.close()

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise RuntimeError("a device could not be registered: " + failures[0])
        self.registered[(members, kind)] = count

    def loader_arguments(self, members=20, kind="bench"):
        prefix, group = self.names(members, kind)
        return [
            "--speech",
            "hub",
            "--port",
            PORT,
            "--pid",
            self.process.pid,
            "--apart",
            self.postgres,
            "--key",
            self.key,
            "--prefix",
            prefix,
            "--group",
            group,
            "--members",
            members,
        ]
