"""The micro-benchmarks of the parts that a message meets."""

import json
import subprocess
from functools import partial

from ..process import MeasurementError, last_line, pinned
from ..results import Measurement
from ..workbench import Step, Workbench
from .experiment import Experiment

NANOSECONDS = {"ns": 1.0, "us": 1e3, "ms": 1e6, "s": 1e9}
SECONDS_MAX = 300


def times(output: str) -> dict[str, float]:
    """CPU time in nanoseconds by the benchmark's name."""
    return {row["name"]: row["cpu_time"] * NANOSECONDS[row["time_unit"]]
            for row in json.loads(output)["benchmarks"]
            if row.get("run_type") != "aggregate"}


def measure(bench: Workbench) -> Measurement:
    """Runs all of them on the server's core."""
    command = pinned(
        [str(bench.settings.binary("stagedoor-micro")),
         "--benchmark_format=json",
         f"--benchmark_min_time={bench.settings.scale.micro_seconds}"],
        bench.cores.server)
    done = subprocess.run(command, stdin=subprocess.DEVNULL, text=True,
                          capture_output=True, timeout=SECONDS_MAX,
                          check=False)
    if done.returncode != 0:
        raise MeasurementError(last_line(done.stderr))
    return Measurement(times(done.stdout))


class Micro(Experiment):
    """Google Benchmark's own run, once."""

    name = "micro"
    once = True

    def steps(self, bench: Workbench) -> list[Step]:
        return [Step("cpu time", "stagedoor",
                     2 + 30 * bench.settings.scale.micro_seconds,
                     partial(measure, bench))]
