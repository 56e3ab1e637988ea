"""Runs the loader, and makes one figure of several runs."""

import json
import statistics
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import hub as hubs
from . import machine, servers
from .machine import LOADER, LOADER_CORE


@dataclass(frozen=True)
class Row:
    """A line of a table: a server, its settings, and the load."""

    key: str  # a peer's, or "hub"
    label: str
    arguments: tuple
    connections: int
    echo: bool = False
    tick: int = 0
    store: bool = True
    loops: int = 1
    members: int = 20

    @property
    def name(self):
        return f"{self.label}, {' '.join(map(str, self.arguments))}"


def load(arguments, ahead=False):
    """One run of the loader on its core; `ahead` of everything else there, where that is allowed."""
    command = ["taskset", "-c", str(LOADER_CORE), *(machine.ahead() if ahead else []), str(LOADER)]
    command += map(str, arguments)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        result = json.loads(done.stdout)
    except ValueError:
        result = {"failure": done.stderr.strip() or f"the loader ended with {done.returncode}"}
    result["command"] = " ".join(map(str, ["loader", *hide_key(arguments)]))
    return result


def hide_key(arguments):
    arguments = list(arguments)
    for index, word in enumerate(arguments[:-1]):
        if word == "--key":
            arguments[index + 1] = "pm_…"
    return arguments


def measure(row, hub, extra=()):
    """One run of a row, with a server started for it alone."""
    try:
        if row.key == "hub":
            with hub.running(tick=row.tick, store=row.store, loops=row.loops):
                hub.register(row.connections, row.members)
                conflates = ["--conflates"] if row.tick else []
                return load([*hub.loader_arguments(row.members), *conflates, *row.arguments, *extra])
        with tempfile.TemporaryDirectory(prefix="peer-bench-") as folder:
            with servers.running(row.key, Path(folder), row.echo, row.tick) as arguments:
                return load([*arguments, *row.arguments, *extra])
    except (RuntimeError, OSError) as error:
        return {"failure": str(error)}


def measure_all(rows, hub, runs, patience, extra=()):
    """All rows in turn, then all again, so that a change of the machine's mood meets every server."""
    results = [{"row": vars(row) | {"name": row.name, "store": hubs.store_of(row.store)}, "runs": []} for row in rows]
    for number in range(runs):
        for row, result in zip(rows, results):
            machine.wait_until_quiet(patience)
            outcome = measure(row, hub, extra)
            result["runs"].append(outcome)
            machine.say(f"  {number + 1}/{runs}  {row.name}: {brief(outcome)}")
    return results


def brief(outcome):
    if outcome.get("failure"):
        return "FAILED: " + outcome["failure"] + " " + outcome.get("first_error", "")
    if outcome["mode"] == "idle":
        return f"{outcome['bytes_per_connection']:.0f} bytes a connection"
    words = [
        f"{outcome['cpu_per_million']:.2f} CPU-s a million",
        f"{outcome['deliveries_per_second']:.0f}/s",
        f"p99 {outcome['latency']['p99']:.1f} ms",
        f"server {outcome['server_share']:.0%}",
        f"loader {outcome['loader_share']:.0%}",
    ]
    if outcome["others_share"] >= 0.1:
        words.append(f"others {outcome['others_share']:.0%}")
    if lost(outcome):
        words.append(f"LOST {lost(outcome)}")
    if outcome["conflated"]:
        words.append(f"conflated {outcome['conflated']}")
    if outcome["first_error"]:
        words.append("error: " + outcome["first_error"])
    return ", ".join(words)


def lost(outcome):
    """How many deliveries and answers never came that had to: of a hub, where newer positions may take the place of
    older ones, the newest. What is still on its way from a server that cannot keep up is not lost."""
    if outcome.get("mode") not in ("open", "closed") or outcome.get("behind"):
        return 0
    conflates = "--conflates" in outcome["command"] or "--speech hub" in outcome["command"]
    return (outcome["newest_missing"] if conflates else outcome["lost"]) + outcome["unanswered"]


def counting(result):
    """All runs that did not fail, but those alone that other programs left in peace, if there are any."""
    good = [run for run in result["runs"] if not run.get("failure")]
    return [run for run in good if run.get("others_share", 0) < 0.1] or good


def median(result, *path):
    """Of the runs that count; None if there are none."""
    values = []
    for run in counting(result):
        value = run
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        if value is not None:
            values.append(value)
    return statistics.median(values) if values else None
