"""How the hub's cost grows: with members per group, groups, connections, rate, and stored locations."""

import math
import statistics
import time

from . import hub as hubs
from . import machine, rest
from .load import Row, load, measure_all, median

ROW_DEVICES = 1000
FIXES_A_DAY = 1000  # of each of them: a partition of a day holds a million


def exponent(points, x, y):
    """The slope of the least-squares line through the logarithms; None with fewer than two points."""
    pairs = [(math.log(p[x]), math.log(p[y])) for p in points if p.get(x) and p.get(y) and p[y] > 0]
    if len(pairs) < 2:
        return None
    mean_x = sum(a for a, _ in pairs) / len(pairs)
    mean_y = sum(b for _, b in pairs) / len(pairs)
    spread = sum((a - mean_x) ** 2 for a, _ in pairs)
    return round(sum((a - mean_x) * (b - mean_y) for a, b in pairs) / spread, 2) + 0.0 if spread else None


# Points that could not be measured, so that the command fails.
failures = []


def loaded(points, options, hub):
    """Measures (x, connections, members, rate); adds what a second and what an update costs."""
    rows = [
        Row("hub", f"{x}", ("--connections", connections, "--rate", rate), connections, members=members, store=False)
        for x, connections, members, rate in points
    ]
    extra = ["--warmup", options.warmup, "--seconds", options.seconds]
    answers = []
    for (x, connections, members, rate), result in zip(points, measure_all(rows, hub, options.runs, options.patience, extra)):
        cpu, seconds = median(result, "server_cpu"), median(result, "seconds")
        if cpu is None:
            failures.append(f"{x}: no run came to its end")
            continue
        sent = median(result, "sent")
        answers.append(
            {
                "x": x,
                "updates_per_second": sent / seconds,
                "deliveries_per_second": median(result, "deliveries_per_second"),
                "share": cpu / seconds,
                "cpu_per_update": cpu / sent * 1e6,
                "cpu_per_million": median(result, "cpu_per_million"),
                "p99": median(result, "latency", "p99"),
                "loader_share": median(result, "loader_share"),
                "runs": result["runs"],
            }
        )
    return answers


def members(options, hub):
    counts = (2, 5, 20) if options.quick else (2, 5, 10, 15, 20)
    return loaded([(count, 1200, count, 1) for count in counts], options, hub)


def groups(options, hub):
    counts = (25, 50, 100) if options.quick else (10, 25, 50, 100, 200, 300)
    return loaded([(count, count * 20, 20, 1) for count in counts], options, hub)


def rate(options, hub):
    rates = (1, 2, 5) if options.quick else (0.5, 1, 2, 5, 10)
    return loaded([(each, 1000, 20, each) for each in rates], options, hub)


def connections(options, hub):
    most = min(18000, machine.raise_file_limit() - 500)
    counts = (1000, 2000, 5000) if options.quick else (1000, 2000, 5000, 10000, most)
    rows = [Row("hub", f"{count}", ("--idle", count), count) for count in counts]
    answers = []
    for count, result in zip(counts, measure_all(rows, hub, options.runs, options.patience)):
        before, after = median(result, "resident_before"), median(result, "resident_after")
        if before is not None:
            answers.append(
                {
                    "x": count,
                    "megabytes": (after - before) / 2**20,
                    "per_connection": (after - before) / count,
                    "runs": result["runs"],
                }
            )
    return answers


def stored_rows(options, hub):
    sizes = [size for size in (1, 2, 5, 10, 20, 50, 100) if size * 1_000_000 < options.rows]
    sizes = [size * 1_000_000 for size in sizes] + [options.rows]
    if options.quick:
        sizes = [options.rows // 10, options.rows // 3, options.rows]
    answers, stored = [], 0
    for size in sizes:
        with hub.running(tick=100, store=True):
            hub.register(ROW_DEVICES, kind="rows")
            hub.register(1000)
            began = time.monotonic()
            fill(hub, stored, size)
            machine.say(f"  {size - stored} rows inserted in {time.monotonic() - began:.0f} s")
            stored = size
        # A new process knows none of the groups: the first request of each has to find the last locations.
        with hub.running(tick=100, store=True):
            _, group = hub.names(20, "rows")
            firsts = []
            for number in range(ROW_DEVICES // 20):
                began = time.perf_counter()
                rest.ask(hubs.PORT, f"/api/v1/devices?groupId={group}{number}", hub.key)
                firsts.append((time.perf_counter() - began) * 1000)
            machine.wait_until_quiet(options.patience)
            outcome = load(
                [
                    *hub.loader_arguments(),
                    "--conflates",
                    "--connections",
                    1000,
                    "--rate",
                    2,
                    "--warmup",
                    options.warmup,
                    "--seconds",
                    options.seconds,
                ]
            )
        if outcome.get("failure") or not outcome.get("answers"):
            machine.say("  FAILED: " + str(outcome.get("failure")))
            failures.append(f"{size} rows: {outcome.get('failure') or 'nothing was answered'}")
            continue
        answers.append(
            {
                "x": size,
                "first_list": statistics.median(firsts),
                "ack_p50": outcome["answer"]["p50"],
                "ack_p99": outcome["answer"]["p99"],
                "hub_cpu": outcome["server_cpu"] / outcome["answers"] * 1e6,
                "postgres_cpu": outcome["apart_cpu"] / outcome["answers"] * 1e6,
                "runs": [outcome],
            }
        )
        machine.say(
            f"  {size} rows: first list {answers[-1]['first_list']:.2f} ms, Postgres "
            f"{answers[-1]['postgres_cpu']:.0f} µs a fix, ack p99 {answers[-1]['ack_p99']:.1f} ms"
        )
    return answers


def fill(hub, first, last):
    """Inserts rows `first` up to `last`, oldest days last, in the order in which devices would have sent them."""
    a_day = ROW_DEVICES * FIXES_A_DAY
    days = -(-last // a_day)
    hub.sql(
        f"SELECT core.ensure_location_partitions(today - {days}, today) FROM (SELECT (now() AT TIME ZONE 'UTC')::date) AS t (today)"
    )
    prefix, _ = hub.names(20, "rows")
    while first < last:
        until = min(last, (first // a_day + 1) * a_day)
        hub.sql(
            f"""
            SET statement_timeout = 0;
            INSERT INTO core.locations
                (device_id, captured_at, created_at, latitude, longitude, accuracy, speed, battery_level)
            SELECT ('{prefix}' || lpad(to_hex(k % {ROW_DEVICES}), 12, '0'))::uuid, at, at,
                   48 + (k % 1000) / 1000.0, 17, 8, 1.4, 81
            FROM generate_series({first}::bigint, {until - 1}::bigint) AS k,
                 LATERAL (SELECT date_trunc('day', now(), 'UTC') - interval '1 day' * ({first // a_day} + 1)
                                 + interval '1 second' * 86400.0 / {FIXES_A_DAY} * (k / {ROW_DEVICES} % {FIXES_A_DAY})
                          AS at) AS t"""
        )
        first = until
    # Neither a vacuum nor a checkpoint of this is to fall into the measurement.
    hub.sql("VACUUM (ANALYZE) core.locations")
    hub.sql("CHECKPOINT")


CURVES = {"members": members, "groups": groups, "connections": connections, "rate": rate, "rows": stored_rows}


def run(options, hub):
    curves = {}
    for name in options.curves:
        machine.say(f" {name}")
        curves[name] = CURVES[name](options, hub)
    return curves
