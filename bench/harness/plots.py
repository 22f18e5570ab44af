"""Writes what gnuplot reads, and has it draw."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from .bars import BYTES_PER_KB
from .results import Results, Series
from .spread import Spread, merged, percentile_curve

FORMATS = ("svg", "png")
GNUPLOT_SECONDS_MAX = 60


def quoted(text: str) -> str:
    """A text as gnuplot reads it in a data file."""
    return '"' + text.replace('"', "'") + '"'


def columns(spread: Spread, scale: float = 1.0) -> str:
    """The median, the least and the greatest."""
    return " ".join(f"{number * scale:.6g}" for number in
                    (spread.median, spread.low, spread.high))


def _title(results: Results, subject: str) -> str:
    return str(results.run.get("peers", {}).get(subject, subject))


def _bars(results: Results, experiment: str, value: str,
          scale: float = 1.0) -> str:
    """A block for each variant, a line for each subject."""
    blocks = []
    for variant in results.variants(experiment):
        lines = [f"# {variant}"]
        for subject in results.subjects(experiment):
            spread = results.spread(
                Series(experiment, variant, subject, value))
            if spread:
                lines.append(f"{quoted(_title(results, subject))} "
                             f"{columns(spread, scale)}")
        if len(lines) > 1:
            blocks.append("\n".join(lines) + "\n")
    return "\n\n".join(blocks)


def throughput_data(results: Results) -> str:
    """Messages per second of each peer, a block for each load."""
    return _bars(results, "throughput", "messages_per_second")


def memory_data(results: Results) -> str:
    """KB of an idle connection of each peer."""
    idle = [sample for sample in results.matching("memory")
            if sample.variant.endswith(" idle")]
    return _bars(replace(results, samples=idle), "memory",
                 "bytes_per_connection", 1 / BYTES_PER_KB)


def fairness_data(results: Results) -> str:
    """The victim's p99, a block for each server, a line for each neighbour."""
    blocks = []
    for subject in results.subjects("fairness"):
        lines = []
        for variant in results.variants("fairness"):
            spread = results.spread(
                Series("fairness", variant, subject, "latency_p99_us"))
            if spread:
                lines.append(f"{quoted(variant)} {columns(spread)}")
        if lines:
            title = quoted(_title(results, subject))
            blocks.append("\n".join([f"{title}", *lines]) + "\n")
    return "\n\n".join(blocks)


def latency_data(results: Results) -> str:
    """One block for each peer: one over the share that is slower, and µs."""
    blocks = []
    for subject in results.subjects("paced_latency"):
        samples = [sample for sample in
                   results.matching("paced_latency", subject=subject)
                   if not sample.failure]
        histogram = merged(sample.details["histogram"] for sample in samples)
        if not histogram:
            continue
        total = sum(count for _, count in histogram)
        rate = samples[0].details["rate"]
        title = f"{_title(results, subject)} at {rate:,}/s"
        # The last share is 1, and has no place on the axis.
        lines = [f"{1 / max(1 - share, 1 / total):.6g} {microseconds:.6g}"
                 for share, microseconds in percentile_curve(histogram)[:-1]]
        blocks.append("\n".join([quoted(title), *lines]) + "\n")
    return "\n\n".join(blocks)


def growth_data(experiment: str) -> Callable[[Results], str]:
    """One block for each server: what grows, and CPU µs of a message."""
    def data(results: Results) -> str:
        blocks = []
        for subject in results.subjects(experiment):
            lines = []
            for variant in results.variants(experiment):
                spread = results.spread(Series(
                    experiment, variant, subject, "cpu_us_per_message"))
                if spread:
                    lines.append(f"{variant} {columns(spread)}")
            if lines:
                title = quoted(_title(results, subject))
                blocks.append("\n".join([title, *lines]) + "\n")
        return "\n\n".join(blocks)
    return data


def soak_data(results: Results) -> str:
    """Seconds, and MB in RAM."""
    return "".join(f"{seconds} {size / 1e6:.6g}\n"
                   for sample in results.matching("soak")
                   for seconds, size in sample.details.get("rss", []))


# The name of each plot, its script, its data and what else the script needs.
PLOTS: tuple[tuple[str, str, Callable[[Results], str], str], ...] = (
    ("throughput", "throughput", throughput_data, ""),
    ("latency", "latency", latency_data, ""),
    ("memory", "memory", memory_data, ""),
    ("growth_connections", "growth", growth_data("growth_connections"),
     "connections"),
    ("growth_routes", "growth", growth_data("growth_routes"),
     "routes of the endpoint"),
    ("growth_permissions", "growth", growth_data("growth_permissions"),
     "permissions in the list"),
    ("fairness", "fairness", fairness_data, ""),
    ("soak", "soak", soak_data, ""),
)


def draw(results: Results, scripts: Path, output: Path) -> list[str]:
    """Draws what there are numbers for; returns what went wrong."""
    if not shutil.which("gnuplot"):
        return ["gnuplot is missing: no plots"]
    problems = []
    data_dir = output / "data"
    data_dir.mkdir(parents=True, exist_ok=True)
    for name, script, data_of, label in PLOTS:
        content = data_of(results)
        for kind in FORMATS:
            # Nothing of another run stays beside this one's.
            (output / f"{name}.{kind}").unlink(missing_ok=True)
        if not content:
            continue
        data = data_dir / f"{name}.dat"
        data.write_text(content)
        blocks = content.count("\n\n\n") + 1
        for kind in FORMATS:
            plot = output / f"{name}.{kind}"
            drawn = subprocess.run(
                ["gnuplot", "-e", f"format='{kind}'", "-e", f"data='{data}'",
                 "-e", f"plot_file='{plot}'", "-e", f"label='{label}'",
                 "-e", f"blocks={blocks}", f"{script}.gnuplot"],
                cwd=scripts, stdin=subprocess.DEVNULL, check=False,
                capture_output=True, text=True, timeout=GNUPLOT_SECONDS_MAX)
            # Gnuplot ends with 0 on some mistakes, but says something.
            if drawn.returncode != 0 or drawn.stderr.strip():
                problems.append(f"{plot.name}: {drawn.stderr.strip()}")
    return problems
