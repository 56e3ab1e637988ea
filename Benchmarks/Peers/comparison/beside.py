"""What happens to the latency of the fan-out while the hub and Postgres do something else as well."""

import subprocess
import sys
import threading
import time
from contextlib import contextmanager

from . import hub as hubs
from . import machine
from .load import Row, brief, load
from .machine import HERE, LOADER_CORE

CONNECTIONS = 4000
# Of the server's core, beside nothing: half of what saturates it, whatever the machine can do today.
SHARE = 0.5
# Milliseconds. A third of the p99 beside nothing.
STALL = 0.1
EXPORTED_ROWS = 100_000
# Of devices and people who are known; scripts/measure-chat.sh has sign-ins by password.
STREAMS_PER_SECOND = 250
BESIDE_LOADER = ["taskset", "-c", str(LOADER_CORE)]


@contextmanager
def nothing(hub):
    yield


@contextmanager
def repeated(work):
    """Does `work` again and again, beside."""
    ended, failures = threading.Event(), []

    def repeat():
        while not ended.is_set():
            try:
                work(ended)
            except (RuntimeError, subprocess.CalledProcessError) as error:
                failures.append(str(error))
                return

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
    if failures:
        raise RuntimeError(failures[0])


@contextmanager
def checkpoints(hub):
    def work(ended):
        began = time.monotonic()
        hub.sql("CHECKPOINT")
        ended.wait(max(0, 1 - (time.monotonic() - began)))

    with repeated(work):
        yield


@contextmanager
def openings(hub):
    command = [*BESIDE_LOADER, sys.executable, str(HERE / "opening_storm.py")]
    process = subprocess.Popen([*command, str(hubs.PORT), str(STREAMS_PER_SECOND)], env={"HUB_KEY": hub.key})
    try:
        yield
    finally:
        failed = process.poll() is not None
        machine.stop(process)
    if failed:
        raise RuntimeError("the storm of streams ended by itself")


@contextmanager
def exports(hub):
    device = with_history(hub)
    url = f"http://127.0.0.1:{hubs.PORT}/api/v1/devices/{device}/data-export"
    command = [*BESIDE_LOADER, "curl", "-s", "-f", "-o", "/dev/null", "-K", "-", url]

    def work(ended):
        subprocess.run(command, input=f'header = "X-API-Key: {hub.key}"\n', text=True, check=True)

    with repeated(work):
        yield


def with_history(hub):
    """A device with so many locations in the last days."""
    prefix, _ = hub.names(20, "past")
    hub.register(1, kind="past")
    device = f"{prefix}{0:012x}"
    if int(hub.sql(f"SELECT count(*) FROM core.locations WHERE device_id = '{device}'")) < EXPORTED_ROWS:
        hub.sql(
            f"""
            SELECT core.ensure_location_partitions(today - 4, today)
            FROM (SELECT (now() AT TIME ZONE 'UTC')::date) AS t (today);
            SET statement_timeout = 0;
            INSERT INTO core.locations (device_id, captured_at, created_at, latitude, longitude, accuracy, speed)
            SELECT '{device}', at, at, 48 + k % 1000 / 1000.0, 17, 8, 1.4
            FROM generate_series(1, {EXPORTED_ROWS}) AS k, LATERAL (SELECT now() - interval '3 seconds' * k AS at) AS t
            ON CONFLICT DO NOTHING;
            ANALYZE core.locations"""
        )
    return device


# Beside what, whether locations are stored, and what is started.
EVENTS = [
    ("nothing: no location is stored", False, nothing),
    ("flushes: every location is stored", True, nothing),
    ("flushes, and a checkpoint every second", True, checkpoints),
    (f"flushes, and {STREAMS_PER_SECOND} streams opened a second", True, openings),
    (f"flushes, and exports of {EXPORTED_ROWS:,} locations one after the other", True, exports),
]


def half_of_saturation(hub):
    """Updates a second of each device that take `SHARE` of the server's core."""
    rate = 1.0
    for _ in range(2):
        with hub.running(store=False):
            hub.register(CONNECTIONS)
            outcome = load([*hub.loader_arguments(), *arguments(rate), "--warmup", 1, "--seconds", 3], ahead=True)
        if outcome.get("failure"):
            raise RuntimeError(outcome["failure"])
        rate = round(rate * SHARE / outcome["server_share"], 2)
    return rate


def arguments(rate):
    return ("--connections", CONNECTIONS, "--rate", rate)


def run(options, hub):
    rate = half_of_saturation(hub)
    machine.say(f"  {rate} updates a second of each device take half of the server's core")
    extra = [*arguments(rate), "--warmup", options.warmup, "--seconds", options.seconds, "--witness", machine.SERVER_CORE]
    results = []
    for label, store, _ in EVENTS:
        row = Row("hub", label, arguments(rate), CONNECTIONS, store=store)
        results.append({"row": vars(row) | {"name": row.name}, "runs": []})
    for number in range(options.runs):
        for (label, store, event), result in zip(EVENTS, results):
            machine.wait_until_quiet(options.patience)
            try:
                with hub.running(store=store):
                    hub.register(CONNECTIONS)
                    with event(hub):
                        # Ahead of Postgres and of what is done beside: one that waits for the processor would measure itself.
                        outcome = load([*hub.loader_arguments(), *extra], ahead=True)
            except (RuntimeError, OSError) as error:
                outcome = {"failure": str(error)}
            result["runs"].append(outcome)
            calm, told = calm_seconds(outcome)
            machine.say(f"  {number + 1}/{options.runs}  {label}: {brief(outcome)}; calm: {told}, p99 {sorted(calm)}")
    return results


def calm_seconds(outcome):
    """The p99 in ms of each second of a run in which the machine did not get in the way, and how many of how many they are.

    What shows it are threads ahead of everything else on both cores: in a second that is not calm a hundredth of their
    wakes, or more, was `STALL` late. Where threads may not go ahead, every second counts. One in which nothing that was
    due was delivered counts as if all of it had been late by that second.
    """
    seconds = [1000.0 if p99 is None else p99 for p99 in outcome.get("p99_by_second", [])]
    stalls = outcome.get("machine_p99_by_second")
    if not stalls:
        return seconds, "not watched"
    calm = [p99 for p99, stall in zip(seconds, stalls) if stall < STALL]
    return calm, f"{len(calm)} of {len(seconds)} s"
