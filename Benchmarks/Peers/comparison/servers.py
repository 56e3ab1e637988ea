"""The peers, one entry each. A peer hands a message on to the other members of a group, and does nothing else."""

import os
from contextlib import contextmanager
from dataclasses import dataclass, field

from . import machine
from .machine import BUILD, HERE, SERVER_CORE, VENV

PORT = 18090


@dataclass(frozen=True)
class Peer:
    title: str
    command: tuple
    speech: str = "plain"
    # What makes it send to the sender too, which the closed loop needs; None if it always does.
    echo_arguments: tuple | None = ()
    echo_environment: dict = field(default_factory=dict)
    environment: dict = field(default_factory=dict)
    configuration: str | None = None  # a template in this folder; its place is the command's {configuration}
    ticks: tuple = ()  # milliseconds of the ticks that it is measured with besides

    @property
    def echoes(self):
        return self.echo_arguments is None


def first_of(*paths):
    return next((path for path in paths if os.path.exists(path)), paths[0])


NGINX = first_of("/usr/sbin/nginx", "/usr/bin/nginx")
MOSQUITTO = first_of("/usr/sbin/mosquitto", "/usr/bin/mosquitto")

PEERS = {
    "floor": Peer(
        "C, epoll, one send per delivery", (BUILD / "floor", "{port}"), echo_arguments=("--echo",), ticks=(100, 250)
    ),
    "uwebsockets": Peer("uWebSockets", (BUILD / "uwebsockets", "{port}"), echo_arguments=("--echo",)),
    "nchan": Peer(
        "nginx + nchan",
        (NGINX, "-c", "{configuration}"),
        speech="nchan",
        echo_arguments=None,
        configuration="nchan.conf",
    ),
    "mosquitto": Peer(
        "mosquitto (MQTT)",
        (MOSQUITTO, "-c", "{configuration}"),
        speech="mqtt",
        echo_arguments=None,
        configuration="mosquitto.conf",
    ),
    "node": Peer(
        "node + ws",
        ("node", HERE / "node-ws.js"),
        echo_environment={"ECHO": "1"},
        environment={"NODE_PATH": "/usr/share/nodejs", "PORT": "{port}"},
    ),
    "uvicorn": Peer(
        "uvicorn",
        (
            VENV / "bin" / "uvicorn",
            "--app-dir",
            HERE,
            "--port",
            "{port}",
            "--ws",
            "websockets-sansio",
            "--log-level",
            "warning",
            "--backlog",
            "4096",
            "--ws-max-size",
            "65536",
            "uvicorn_app:app",
        ),
        echo_environment={"ECHO": "1"},
    ),
}


@contextmanager
def running(key, folder, echo=False, tick=0):
    """A peer that serves; what the loader has to be told of it."""
    peer = PEERS[key]
    words = {
        "port": str(PORT),
        "other": str(PORT + 1),
        "folder": str(folder),
        "user": "root" if os.geteuid() == 0 else "",
    }
    if peer.configuration:
        text = (HERE / peer.configuration).read_text()
        for name, value in words.items():
            text = text.replace(f"@{name.upper()}@", value)
        path = folder / peer.configuration
        path.write_text(text)
        words["configuration"] = str(path)
    command = [str(part).format(**words) for part in peer.command]
    environment = {name: value.format(**words) for name, value in peer.environment.items()}
    if echo and peer.echo_arguments:
        command += peer.echo_arguments
    if echo:
        environment |= peer.echo_environment
    if tick:
        command += ["--tick", str(tick)]
    process = machine.start(command, [SERVER_CORE], folder / f"{key}.log", environment)
    try:
        machine.wait_for_port(PORT, process)
        yield ["--speech", peer.speech, "--port", PORT, "--pid", process.pid]
    finally:
        machine.stop(process)
