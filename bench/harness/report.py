"""The report: what was measured, as a page of Markdown."""

from collections.abc import Callable, Sequence

from .bars import BARS, BYTES_PER_KB
from .experiments.levels import ECHO, LEVELS
from .machine import machine_text
from .markdown import (
    NOTHING, measured_text, number_text, spread_text, table)
from .results import Results, Series
from .spread import Spread

# A title, an experiment, a variant that begins or is so, and a value.
Measure = tuple[str, str, str, str]

# The measures in which each peer is held against the echo.
LOADS = (("64 × 1", "64x1"), ("64 × 16", "64x16"), ("1,000 × 1", "1000x1"))
RATES: tuple[Measure, ...] = tuple(
    (f"{title}, {what}", "throughput", load, value)
    for title, load in LOADS
    for what, value in (("messages/s", "messages_per_second"),
                        ("CPU of a message", "cpu_us_per_message")))
MEASURES: tuple[Measure, ...] = (
    ("1 × 1, median latency", "latency", "1x1", "latency_p50_us"),
    ("handshakes/s", "handshakes", "16x1", "handshakes_per_second"),
    ("memory of an idle connection", "memory", "", "bytes_per_connection"),
)
UNITS = {"cpu_us_per_message": ", µs", "latency_p50_us": ", µs",
         "bytes_per_connection": ", bytes"}


def _titles(results: Results) -> dict[str, str]:
    titles = results.run.get("peers", {})
    return {name: str(title) for name, title in titles.items()}


def bars_table(results: Results) -> str:
    """The bars beside what was measured."""
    judged = bool(results.run.get("judged"))
    rows = []
    for bar in BARS:
        spread = bar.measured(results)
        row = [bar.title, spread_text(spread), bar.text(bar.bar),
               bar.text(bar.reach)]
        if judged:
            row.append(NOTHING if spread is None
                       else "yes" if bar.met_by(spread.median) else "no")
        rows.append(row)
    return table(["", "median (least…greatest)", "bar", "reach for",
                  *(["met"] if judged else [])], rows)


def _per_peer(results: Results, measures: Sequence[Measure],
              cell: Callable[[Series], str]) -> list[list[str]]:
    rows = []
    for name, title in _titles(results).items():
        row = [title]
        for _, experiment, variant, value in measures:
            variant = variant or next(iter(results.variants(experiment)), "")
            row.append(cell(Series(experiment, variant, name, value)))
        rows.append(row)
    return rows


def peers_ratio_table(results: Results, measures: Sequence[Measure]) -> str:
    """Each peer as a ratio to the echo of the same round."""
    def cell(series: Series) -> str:
        echo = Series(series.experiment, series.variant, "echo", series.value)
        failed = any(results.failed(of.experiment, of.variant, of.subject)
                     for of in (series, echo))
        return measured_text(results.ratio(series, echo), failed)
    return table(["ratio to the echo", *[row[0] for row in measures]],
                 _per_peer(results, measures, cell))


def peers_table(results: Results, measures: Sequence[Measure]) -> str:
    """The same as numbers of their own."""
    def cell(series: Series) -> str:
        return measured_text(
            results.spread(series),
            results.failed(series.experiment, series.variant, series.subject))
    head = [title + UNITS.get(value, "") for title, _, _, value in measures]
    return table(["", *head], _per_peer(results, measures, cell))


def foreign_text(results: Results) -> str:
    """What each peer of `--peer` does, in plain sentences."""
    return "".join(_foreign_line(results, name, _titles(results)[name])
                   for name in results.run.get("foreign", []))


def _foreign_line(results: Results, name: str, title: str) -> str:
    def to_echo(load: str, value: str) -> Spread | None:
        return results.ratio(Series("throughput", load, name, value),
                             Series("throughput", load, "echo", value))
    parts = []
    cpus = 0
    for load_title, load in LOADS:
        rate = to_echo(load, "messages_per_second")
        if not rate:
            continue
        part = f"{number_text(rate.median)} times the echo's messages/s"
        if cpu := to_echo(load, "cpu_us_per_message"):
            cpus += 1
            part += (f" with {number_text(cpu.median)} times its CPU per "
                     "message")
        parts.append(f"{part} at {load_title}")
    if not parts:
        return ""
    note = ("" if cpus else
            " Its CPU is not known, because its process cannot be seen.")
    return (f"\n{title}, a server that ran already (`--peer`), answers "
            f"{'; '.join(parts)}.{note}\n")


def kernel_text(results: Results) -> str:
    """What a server could not save that only echoes, in a plain sentence."""
    parts = []
    for title, load in LOADS:
        ratio = results.ratio(
            Series("throughput", load, "stagedoor", "kernel_us_per_message"),
            Series("throughput", load, "echo", "cpu_us_per_message"))
        if ratio:
            parts.append(f"{number_text(ratio.median)} at {title}")
    if not parts:
        return ""
    return ("\nWhat the kernel works for a message of Stagedoor takes this "
            f"part of all CPU of the echo: {', '.join(parts)}.\n")


def by_variant(results: Results, experiment: str,
               columns: Sequence[tuple[str, str]],
               titles: dict[str, str] | None = None) -> str:
    """One row for each variant and subject of an experiment."""
    rows = []
    for variant in results.variants(experiment):
        for subject in results.subjects(experiment):
            if not any(results.matching(experiment, variant, subject)):
                continue
            failed = results.failed(experiment, variant, subject)
            cells = [measured_text(results.spread(
                Series(experiment, variant, subject, value)), failed)
                for _, value in columns]
            rows.append([variant, (titles or {}).get(subject, subject),
                         *cells])
    return table(["", "", *[title for title, _ in columns]], rows)


def levels_table(results: Results) -> str:
    """Permissioned actions per second, and as ratios to no permission."""
    rows = []
    for load in results.variants("levels"):
        for level, title in {**LEVELS, ECHO: "the echo"}.items():
            of = Series("levels", load, level, "messages_per_second")
            free = Series("levels", load, "free", "messages_per_second")
            failed = results.failed("levels", load, level)
            cpu = Series("levels", load, level, "cpu_us_per_message")
            rows.append([load, title if level == ECHO
                         else f"`{level}/`: {title}",
                         measured_text(results.spread(of), failed),
                         spread_text(results.ratio(of, free)),
                         spread_text(results.spread(cpu))])
    return table(["", "", "actions/s", "to no permission",
                  "CPU of an action, µs"], rows)


def growth_table(results: Results, experiment: str) -> str:
    """What a message costs while something grows."""
    return by_variant(results, experiment,
                      [("messages/s", "messages_per_second"),
                       ("CPU of a message, µs", "cpu_us_per_message")],
                      _titles(results))


def soak_table(results: Results) -> str:
    """Memory before and after."""
    rows = []
    for sample in results.matching("soak"):
        if sample.failure:
            rows.append([sample.variant, measured_text(None, True)])
            continue
        values = sample.values
        rows.append([
            sample.variant,
            number_text(values["messages_per_second"]),
            number_text(values["rss_warm_bytes"] / BYTES_PER_KB),
            number_text(values["rss_end_bytes"] / BYTES_PER_KB),
            number_text(values["rss_end_bytes"] / values["rss_warm_bytes"])])
    return table(["", "messages/s", "RSS after a tenth, KB",
                  "RSS at the end, KB", "ratio"], rows)


def micro_table(results: Results) -> str:
    """The micro-benchmarks."""
    rows = [[f"`{name}`", number_text(nanoseconds)]
            for sample in results.matching("micro")
            for name, nanoseconds in sample.values.items()]
    return table(["", "CPU time, ns"], rows)


def failures_text(results: Results) -> str:
    """What could not be measured, and why."""
    failures = results.failures()
    if not failures:
        return ""
    lines = [f"- {sample.experiment} {sample.variant} {sample.subject}, "
             f"round {sample.round}: {sample.failure}\n"
             for sample in failures]
    return "\n**Measurements that failed:**\n\n" + "".join(lines)


def ratios_part(results: Results) -> str:
    """The part that bench/README.md shows: bars, ratios, machine, command."""
    run = results.run
    note = "" if run.get("judged") else (
        "\nToo short a run to be judged by.\n")
    return (f"{bars_table(results)}\n{peers_ratio_table(results, RATES)}\n"
            f"{peers_ratio_table(results, MEASURES)}"
            f"{kernel_text(results)}{foreign_text(results)}{note}\n"
            f"{run.get('rounds')} alternating rounds; ratios are within a "
            f"round. {machine_text(results.machine)} "
            f"Command: `{run.get('command')}`.\n")


def report(results: Results) -> str:
    """The whole page."""
    fairness = [("p50, µs", "latency_p50_us"), ("p99, µs", "latency_p99_us"),
                ("max, µs", "latency_max_us")]
    paced = [("p50, µs", "latency_p50_us"), ("p90, µs", "latency_p90_us"),
             ("p99, µs", "latency_p99_us"), ("p99.9, µs", "latency_p99_9_us")]
    titles = _titles(results)
    sections = [
        ("Peers, for orientation", "",
         f"{peers_table(results, RATES)}\n{peers_table(results, MEASURES)}"),
        ("Latency at a fixed rate, for orientation", "paced_latency",
         by_variant(results, "paced_latency", paced, titles)),
        ("Permissioned actions per second", "levels", levels_table(results)),
        ("Memory of a connection", "memory",
         by_variant(results, "memory",
                    [("bytes", "bytes_per_connection"),
                     ("RSS at the end, bytes", "rss_end_bytes")], titles)),
        ("A server that has nothing to do", "idle",
         by_variant(results, "idle",
                    [("CPU, ms per second", "cpu_ms_per_second"),
                     ("context switches per second", "switches_per_second")],
                    titles)),
        ("One unit and two, at a fixed rate", "units",
         by_variant(results, "units",
                    [("CPU of a message, µs", "cpu_us_per_message"),
                     ("messages/s", "messages_per_second"),
                     ("p50, µs", "latency_p50_us")],
                    {"1": "one unit", "2": "two units"})),
        ("Growth: connections", "growth_connections",
         growth_table(results, "growth_connections")),
        ("Growth: routes", "growth_routes",
         growth_table(results, "growth_routes")),
        ("Growth: permissions", "growth_permissions",
         growth_table(results, "growth_permissions")),
        ("Broadcast: what a delivery costs", "broadcast",
         by_variant(results, "broadcast",
                    [("deliveries/s", "deliveries_per_second"),
                     ("CPU of a delivery, µs", "cpu_us_per_delivery"),
                     ("the last member's p50, µs", "latency_p50_us"),
                     ("p99, µs", "latency_p99_us")],
                    {**titles, "bare": "bare sockets",
                     "nodes": "Stagedoor on two nodes"})),
        ("Rights that end: what members get of a group", "revocation",
         by_variant(results, "revocation",
                    [("calls", "trials"),
                     ("events sent behind the answer", "violations"),
                     ("the last event, p50, µs", "last_event_p50_us"),
                     ("p99, µs", "last_event_p99_us"),
                     ("the answer, p50, µs", "answer_p50_us"),
                     ("p99, µs", "answer_p99_us")], titles)),
        ("Rows of a model", "models",
         by_variant(results, "models",
                    [("messages/s", "messages_per_second"),
                     ("CPU of a message, µs", "cpu_us_per_message"),
                     ("CPU of a SELECT, µs", "cpu_us_per_select"),
                     ("commits/s", "commits_per_second"),
                     ("p50, µs", "latency_p50_us"),
                     ("p99, µs", "latency_p99_us")],
                    {"bare": "SQLite alone", "models": "Stagedoor"})),
        ("Soak", "soak", soak_table(results)),
        ("Fairness: what a victim sees", "fairness",
         by_variant(results, "fairness", fairness, titles)),
        ("A message and a delivery in user space, counted", "instructions",
         by_variant(results, "instructions",
                    [("instructions", "instructions"),
                     ("allocations", "allocations"),
                     ("`recv`", "recv_calls"), ("`send`", "send_calls"),
                     ("`epoll_wait`", "wait_calls"),
                     ("`recv` and `send` at a slow rate",
                      "paced_socket_calls")], titles)),
        ("Parts", "micro", micro_table(results)),
    ]
    text = (f"# Benchmark\n{failures_text(results)}"
            f"\n## Ratios\n\n{ratios_part(results)}")
    for title, experiment, part in sections:
        if not experiment or any(results.matching(experiment)):
            text += f"\n## {title}\n\n{part}"
    return text
