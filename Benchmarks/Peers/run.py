#!/usr/bin/env python3
"""Runs the hub and its peers in turn on the same cores, checks that nothing is lost, and writes the tables and plots of
docs/benchmarks.md. Raw results are kept in .build/bench/*.json."""

import argparse
import json
import os
import shlex
import signal
import sys
from datetime import date

from comparison import beside, growth, hub, load, machine, report, rest, scenarios, servers

SECTIONS = ["open", "fast", "closed", "idle", "beside", "rest", "growth"]


def arguments():
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="one short run of each, with fewer connections and points"
    )
    parser.add_argument("--runs", type=int, help="runs of each, of which the median counts (3; quick: 1)")
    parser.add_argument("--seconds", type=float, help="how long a run is measured (10; quick: 3)")
    parser.add_argument("--warmup", type=float, help="how long it warms up before (3; quick: 1)")
    parser.add_argument("--only", type=words(SECTIONS), default=SECTIONS, help=",".join(SECTIONS))
    parser.add_argument(
        "--servers",
        type=words(["hub", *servers.PEERS]),
        default=["hub", *servers.PEERS],
        help=",".join(["hub", *servers.PEERS]),
    )
    parser.add_argument(
        "--curves", type=words(growth.CURVES), default=list(growth.CURVES), help=",".join(growth.CURVES)
    )
    parser.add_argument(
        "--rows", type=int, help="rows in core.locations at the end of its curve (10,000,000; quick: 300,000)"
    )
    parser.add_argument(
        "--patience",
        type=float,
        default=20,
        help="seconds to wait before a run until other programs leave the machine alone (20)",
    )
    parser.add_argument("--no-write", action="store_true", help="measure, and leave docs/benchmarks.md as it is")
    parser.add_argument("--tables", action="store_true", help="measure nothing: write what was measured last")
    options = parser.parse_args()
    if (options.seconds or 0) > 60:
        parser.error("a run is told second by second for 60 s at most")
    quick = options.quick
    options.runs = options.runs or (1 if quick else 3)
    options.seconds = options.seconds or (3 if quick else 10)
    options.warmup = options.warmup if options.warmup is not None else (1 if quick else 3)
    options.rows = options.rows or (300_000 if quick else 10_000_000)
    return options


def words(allowed):
    def parse(text):
        chosen = [word for word in text.split(",") if word]
        for word in chosen:
            if word not in allowed:
                raise argparse.ArgumentTypeError(f"{word} is none of {', '.join(allowed)}")
        return chosen

    return parse


def kept(section, options):
    """What is not to be written must not take the place of what was."""
    return machine.BUILD / f"{section}{'-unwritten' if options.no_write else ''}.json"


def measure(section, options, the_hub):
    about = {
        "date": date.today().isoformat(),
        "command": command(),
        "runs": options.runs,
        "seconds": options.seconds,
        "warmup": options.warmup,
        "load_before": os.getloadavg()[0],
        "machine": machine.describe(),
        "versions": machine.versions(),
        "can_skip_storing": hub.CAN_SKIP_STORING,
    }
    if section == "rest":
        results = rest.run(options, the_hub)
    elif section == "beside":
        results = beside.run(options, the_hub)
    elif section == "growth":
        results = growth.run(options, the_hub)
    else:
        results = scenarios.run(section, options, the_hub)
    stored = {"about": about, "results": results}
    kept(section, options).write_text(json.dumps(stored, indent=1))
    return stored


def command():
    return "make bench" + (f' ARGS="{shlex.join(sys.argv[1:])}"' if len(sys.argv) > 1 else "")


def faults(section, stored):
    """What makes the command fail: a loss, or a run that could not be made."""
    rows = (
        stored["results"]
        if section != "growth"
        else [
            {"row": {"name": f"{name} {point['x']}"}, "runs": point["runs"]}
            for name, points in stored["results"].items()
            for point in points
        ]
    )
    found = [f"{section}: {failure}" for failure in growth.failures] if section == "growth" else []
    for result in rows:
        for run in result["runs"]:
            if run.get("failure"):
                found.append(f"{section}: {result['row']['name']}: {run['failure']}")
            elif run.get("failed"):
                found.append(f"{section}: {result['row']['name']}: {run['failed']} requests were refused")
            elif load.lost(run):
                found.append(f"{section}: {result['row']['name']}: {load.lost(run)} deliveries were lost")
    return found


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if options.tables:
        for section in options.only:
            if kept(section, options).exists():
                report.write(section, json.loads(kept(section, options).read_text()))
        return 0
    if len(machine.CORES) < 2:
        machine.say("two cores are needed: one for the server, one for the loader")
        return 1
    machine.install()
    machine.build()
    machine.raise_file_limit()
    found = []
    the_hub = hub.Hub()
    try:
        for section in options.only:
            machine.say(section)
            stored = measure(section, options, the_hub)
            found += faults(section, stored)
            if not options.no_write:
                report.write(section, stored)
    except KeyboardInterrupt:
        return 130
    finally:
        the_hub.remove()
    for fault in found:
        machine.say("FAULT " + fault)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
