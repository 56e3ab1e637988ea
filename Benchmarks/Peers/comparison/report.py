"""Writes the results of a section into docs/benchmarks.md, between its markers, and its plots beside it."""

import re
import statistics

from . import growth, plots
from .beside import calm_seconds
from .load import counting, lost, median
from .machine import DOCUMENT, PLOTS
from .plots import number


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def replace(name, text):
    """Puts a text between a section's markers; they have to be there."""
    document = DOCUMENT.read_text()
    pattern = re.compile(rf"(<!-- bench:{name} -->\n).*?(<!-- /bench -->)", re.S)
    if not pattern.search(document):
        raise RuntimeError(f"{DOCUMENT.name} has no place for bench:{name}")
    DOCUMENT.write_text(pattern.sub(lambda found: found.group(1) + text.strip() + "\n" + found.group(2), document))


def plot(name, text):
    PLOTS.mkdir(exist_ok=True)
    (PLOTS / f"{name}.svg").write_text(text)


def plain(label):
    return label.replace("**", "")


def when(stored, timeless=False):
    """The line under a table: when, of what, how, and beside what."""
    about = stored["about"]
    others = [run["others_share"] for run in runs_of(stored["results"]) if "others_share" in run]
    busy = ""
    if others and statistics.median(others) >= 0.1:
        busy = (
            f" Other programs were using the machine meanwhile: {share(statistics.median(others))} of a core in the "
            f"median run, {share(max(others))} at most."
        )
    elif not others and about["load_before"] >= 0.3:
        busy = f" Other programs were using the machine (load average {about['load_before']:.1f} before it began)."
    runs = f"medians of {about['runs']} runs" if about["runs"] > 1 else "one run"
    timed = "" if timeless else f", {about['seconds']:g} s each after {about['warmup']:g} s of warm-up"
    return f"<sub>{about['date']}, hub {about['versions']['hub']}, `{about['command']}`: {runs}{timed}.{busy}</sub>"


def runs_of(results):
    """Every run in a section's results, whatever their shape."""
    if isinstance(results, dict):
        results = [point for points in results.values() for point in points]
    return [run for result in results for run in result["runs"]]


def share(value):
    return "–" if value is None else f"{value:.0%}".replace("%", " %")


def remarks(result):
    """What has to be said of a row: that it could not carry the load, lost something, or did more than the others."""
    row, words = result["row"], []
    failures = [run for run in result["runs"] if run.get("failure")]
    if failures:
        words.append(f"{len(failures)} of {len(result['runs'])} runs failed: {failures[0]['failure']}")
    good = [run for run in result["runs"] if not run.get("failure")]
    if not good:
        return "; ".join(words)
    if any(lost(run) for run in good):
        words.append(f"**lost {max(lost(run) for run in good)}**")
    if any(run.get("behind") for run in good):
        words.append("not done 30 s after the end")
    loops = row.get("loops") or 1
    due = [run["due"] * (run["members"] - 1) for run in good if run.get("due")]
    expected = sum(due) / len(due) if due else 0
    short = (
        expected
        and not row["tick"]
        and median(result, "deliveries_per_second") * good[0]["seconds"] < 0.98 * expected
    )
    if good[0]["mode"] == "open" and (short or median(result, "server_share") >= 0.97 * loops):
        words.append("saturated")
    if median(result, "loader_share") >= 0.95:
        words.append("the loader's core was full")
    if median(result, "conflated"):
        words.append(f"{number(median(result, 'conflated'))} positions conflated")
    if (median(result, "others_share") or 0) >= 0.1:
        words.append(f"beside other programs ({share(median(result, 'others_share'))} of a core)")
    if median(result, "apart_per_million"):
        words.append(f"Postgres {number(median(result, 'apart_per_million'))} more, on the loader's core")
    if any(run.get("errors") or run.get("closed") for run in good):
        words.append("errors: " + (good[0].get("first_error") or "connections were closed"))
    if row["key"] in ("nchan", "mosquitto") and not row["echo"]:
        words.append("sends to the sender too")
    return "; ".join(words)


def loads(name, stored, title):
    head = [
        "server",
        "CPU-s per million deliveries",
        "deliveries/s",
        "p50 ms",
        "p99 ms",
        "p99.9 ms",
        "server's CPU",
        "loader's CPU",
        "",
    ]
    rows = []
    for result in stored["results"]:
        rows.append(
            [
                result["row"]["label"],
                number(median(result, "cpu_per_million")),
                number(median(result, "deliveries_per_second")),
                *(number(median(result, "latency", which)) for which in ("p50", "p99", "p999")),
                share(median(result, "server_share")),
                share(median(result, "loader_share")),
                remarks(result),
            ]
        )
    items = [
        (plain(result["row"]["label"]), median(result, "cpu_per_million"), result["row"]["key"] == "hub")
        for result in stored["results"]
    ]
    plot(name, plots.bars(title, "CPU-seconds of the server per million deliveries", items))
    replace(name, f"![{title}](benchmarks/{name}.svg)\n\n{table(head, rows)}\n\n{when(stored)}")


def idle(stored):
    results = stored["results"]
    head = ["server", "bytes per idle connection", "connections", "resident without any, MiB", ""]
    rows = []
    for result in results:
        before = median(result, "resident_before")
        failed = [run for run in result["runs"] if run.get("failure")]
        rows.append(
            [
                result["row"]["label"],
                number(median(result, "bytes_per_connection")),
                number(result["row"]["connections"]),
                number(before / 2**20) if before else "–",
                f"{len(failed)} runs failed: {failed[0]['failure']}" if failed else "",
            ]
        )
    title = "Memory of an idle connection"
    items = [
        (plain(result["row"]["label"]), median(result, "bytes_per_connection"), result["row"]["key"] == "hub")
        for result in results
    ]
    plot("idle", plots.bars(title, "bytes", items))
    replace("idle", f"![{title}](benchmarks/idle.svg)\n\n{table(head, rows)}\n\n{when(stored, timeless=True)}")


def beside(stored):
    head = [
        "beside",
        "p50 ms",
        "p99 ms of a calm second",
        "in terms of the first row's",
        "calm",
        "p99 ms of a run",
        "p99.9 ms of a run",
        "server's CPU",
        "loader's CPU",
        "",
    ]
    rows, first = [], of_calm_seconds(stored["results"][0])[0]
    for result in stored["results"]:
        p99, told = of_calm_seconds(result)
        failures = [run["failure"] for run in result["runs"] if run.get("failure")]
        rows.append(
            [
                result["row"]["label"],
                number(median(result, "latency", "p50")),
                number(p99),
                number(p99 / first) if p99 and first else "–",
                told,
                *(number(median(result, "latency", which)) for which in ("p99", "p999")),
                share(median(result, "server_share")),
                share(median(result, "loader_share")),
                f"{len(failures)} runs failed: {failures[0]}" if failures else "",
            ]
        )
    about = stored["about"]
    rate = stored["results"][0]["row"]["arguments"][-1]
    replace(
        "beside",
        f"{table(head, rows)}\n\n<sub>{about['date']}, hub {about['versions']['hub']}, `{about['command']}`: {rate:g} updates "
        f"a second of each device; medians of {about['runs']} runs, {about['seconds']:g} s each after {about['warmup']:g} s "
        "of warm-up, and of their calm seconds.</sub>",
    )


def of_calm_seconds(result):
    """The median of the p99 of the calm seconds of all runs that count, and how many there were."""
    found = [calm_seconds(run) for run in counting(result)]
    calm = [p99 for seconds, _ in found for p99 in seconds]
    if any(told == "not watched" for _, told in found):
        return statistics.median(calm), "not watched"
    total = sum(len(run["p99_by_second"]) for run in counting(result))
    return statistics.median(calm) if calm else None, f"{len(calm)} of {total} s"


def rest(stored):
    head = ["server", "requests/s", "p50 ms", "p99 ms", "CPU µs a request", "server's CPU", "wrk's CPU"]
    rows, rates = [], []
    for result in stored["results"]:
        rates.append(median(result, "requests_per_second"))
        cost = median(result, "cpu_per_request")
        rows.append(
            [
                result["row"]["label"],
                number(rates[-1]),
                number(median(result, "latency", "p50")),
                number(median(result, "latency", "p99")),
                number(cost * 1e6) if cost else "–",
                share(median(result, "server_share")),
                share(median(result, "loader_share")),
            ]
        )
    ratio = f"The hub answers {rates[0] / rates[1]:.0f} times as many." if all(rates) else ""
    command = stored["results"][0]["runs"][0]["command"]
    replace("rest", f"{table(head, rows)}\n\n{ratio} Measured with `{command}`.\n\n{when(stored)}")


# Of every curve: what x is; the columns (name, key); which of them is fitted, plotted, and how it is called.
CURVES = {
    "members": (
        "members per group",
        "updates of 1,200 devices, one a second each",
        [
            ("deliveries/s", "deliveries_per_second"),
            ("hub µs an update", "cpu_per_update"),
            ("CPU-s per million deliveries", "cpu_per_million"),
            ("p99 ms", "p99"),
            ("loader's CPU", "loader_share"),
        ],
        ["cpu_per_update"],
    ),
    "groups": (
        "groups of 20",
        "one update a second of each device",
        [
            ("deliveries/s", "deliveries_per_second"),
            ("hub's CPU", "share"),
            ("CPU-s per million deliveries", "cpu_per_million"),
            ("p99 ms", "p99"),
            ("loader's CPU", "loader_share"),
        ],
        ["share"],
    ),
    "connections": (
        "idle connections",
        "devices that watch their groups and say nothing",
        [("MiB above the empty hub", "megabytes"), ("bytes a connection", "per_connection")],
        ["megabytes"],
    ),
    "rate": (
        "updates/s of each device",
        "1,000 devices in groups of 20",
        [
            ("deliveries/s", "deliveries_per_second"),
            ("hub's CPU", "share"),
            ("CPU-s per million deliveries", "cpu_per_million"),
            ("p99 ms", "p99"),
            ("loader's CPU", "loader_share"),
        ],
        ["share"],
    ),
    "rows": (
        "rows in core.locations",
        "1,000 devices store two fixes a second each, one run of each size",
        [
            ("first list of a group, ms", "first_list"),
            ("hub µs a fix", "hub_cpu"),
            ("Postgres µs a fix", "postgres_cpu"),
            ("ack p50 ms", "ack_p50"),
            ("ack p99 ms", "ack_p99"),
        ],
        ["first_list", "postgres_cpu"],
    ),
}


def grown(stored):
    parts = []
    for name, points in stored["results"].items():
        x_name, load, columns, fitted = CURVES[name]
        names = {key: title for title, key in columns}
        rows = [
            [number(point["x"]), *(share(point[key]) if key in ("share", "loader_share") else number(point[key]) for _, key in columns)]
            for point in points
        ]
        slopes = {key: growth.exponent(points, "x", key) for key in fitted}
        plot(
            f"growth-{name}",
            plots.curve(
                f"{names[fitted[-1]]}, by {x_name}",
                x_name,
                names[fitted[-1]],
                [(point["x"], point[fitted[-1]] * (100 if fitted[-1] == "share" else 1)) for point in points],
                slopes[fitted[-1]],
            ),
        )
        words = " and ".join(
            f"{names[key]} grows with the power {slope:.2f}" for key, slope in slopes.items() if slope is not None
        )
        parts.append(
            f"### By {x_name}\n{load.capitalize()}; {words or 'too few points for an exponent'}.\n\n"
            f"![{names[fitted[-1]]}](benchmarks/growth-{name}.svg)\n\n{table([x_name, *names.values()], rows)}"
        )
    if not stored["about"].get("can_skip_storing"):
        parts.insert(0, "This hub always stores locations: persistence was on in all of them.")
    replace("growth", "\n\n".join(parts) + "\n\n" + when(stored))


def machine_text(stored):
    about = stored["about"]
    where, versions = about["machine"], about["versions"]
    listed = ", ".join(f"{name} {version}" for name, version in versions.items() if version and name != "hub")
    replace(
        "machine",
        f"Each table says when it was taken; on {where['cores']} cores of {where['processor']}, {where['memory']} GiB, "
        f"{where['system']}, Linux {where['kernel']}; {listed}.",
    )


def write(section, stored):
    machine_text(stored)
    if section == "open":
        loads("open", stored, "Open loop, 5,000 connections, 1 update/s each")
    elif section == "fast":
        loads("fast", stored, "Open loop, 5,000 connections, 5 updates/s each")
    elif section == "closed":
        loads("closed", stored, "Closed loop, 1,000 connections, window 1")
    elif section == "idle":
        idle(stored)
    elif section == "beside":
        beside(stored)
    elif section == "rest":
        rest(stored)
    else:
        grown(stored)
