"""What is measured of every server: the open loop, the closed loop, and idle connections."""

from . import hub as hubs
from . import machine, servers
from .load import Row, measure_all

OPEN_CONNECTIONS = 5000
CLOSED_CONNECTIONS = 1000
MEMBERS = 20


def hub_rows(variants, arguments, connections):
    """Of (tick, store, loops); what only differs in what this hub cannot do is measured once."""
    rows, seen = [], set()
    for tick, store, loops in variants:
        store = hubs.store_of(store)
        if (tick, store, loops) in seen:
            continue
        seen.add((tick, store, loops))
        words = [f"tick {tick} ms" if tick else "tick off", f"persistence {'on' if store else 'off'}"]
        if loops > 1:
            words.append(f"{loops} loops")
        rows.append(
            Row("hub", "**hub**, " + ", ".join(words), arguments, connections, tick=tick, store=store, loops=loops)
        )
    return rows


def open_rows(wanted):
    arguments = ("--connections", OPEN_CONNECTIONS, "--rate", 1)
    rows = []
    for key, peer in servers.PEERS.items():
        for tick in (0, *peer.ticks):
            label = f"{peer.title}, tick {tick} ms" if tick else peer.title
            rows.append(Row(key, label, arguments, OPEN_CONNECTIONS, tick=tick))
        if key == "uvicorn":  # which cannot carry the load
            half = ("--connections", OPEN_CONNECTIONS, "--rate", 0.5)
            rows.append(Row(key, f"{peer.title}, half the rate", half, OPEN_CONNECTIONS))
    variants = [
        (0, False, 1),
        (100, False, 1),
        (250, False, 1),
        (0, True, 1),
        (100, True, 1),
        (250, True, 1),
        (0, False, 2),
    ]
    rows += hub_rows(variants, arguments, OPEN_CONNECTIONS)
    return [row for row in rows if row.key in wanted]


def fast_rows(wanted):
    """At five updates a second a tick has something to gather."""
    arguments = ("--connections", OPEN_CONNECTIONS, "--rate", 5)
    rows = [
        Row("floor", f"{servers.PEERS['floor'].title}, tick {tick} ms", arguments, OPEN_CONNECTIONS, tick=tick)
        for tick in (100, 250)
    ]
    rows += hub_rows([(100, False, 1), (250, False, 1), (100, True, 1)], arguments, OPEN_CONNECTIONS)
    return [row for row in rows if row.key in wanted]


def closed_rows(wanted):
    arguments = ("--connections", CLOSED_CONNECTIONS, "--window", 1)
    rows = [Row(key, peer.title, arguments, CLOSED_CONNECTIONS, echo=True) for key, peer in servers.PEERS.items()]
    rows += hub_rows([(0, False, 1), (0, True, 1), (0, False, 2)], arguments, CLOSED_CONNECTIONS)
    return [row for row in rows if row.key in wanted]


def idle_rows(wanted, connections):
    arguments = ("--idle", connections)
    rows = [Row(key, peer.title, arguments, connections) for key, peer in servers.PEERS.items()]
    rows.append(Row("hub", "**hub**, an open stream alone", (*arguments, "--no-join"), connections))
    rows.append(Row("hub", "**hub**, a device that watches its group", arguments, connections))
    return [row for row in rows if row.key in wanted]


def run(section, options, hub):
    extra = ["--warmup", options.warmup, "--seconds", options.seconds]
    if section == "open":
        return measure_all(open_rows(options.servers), hub, options.runs, options.patience, extra)
    if section == "fast":
        return measure_all(fast_rows(options.servers), hub, options.runs, options.patience, extra)
    if section == "closed":
        return measure_all(closed_rows(options.servers), hub, options.runs, options.patience, extra)
    # A process may have so many files; some are the server's own.
    connections = min(18000, machine.raise_file_limit() - 500, 5000 if options.quick else 18000)
    return measure_all(idle_rows(options.servers, connections), hub, options.runs, options.patience)
