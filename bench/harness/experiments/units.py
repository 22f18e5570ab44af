"""CPU time of a message with one I/O unit and with two."""

from dataclasses import replace
from functools import partial

from ..results import Measurement
from ..settings import Load
from ..workbench import Step, Workbench
from .experiment import Experiment

LOAD = Load(64, 1)
# Where half of the messages wait for longer, the rate is not kept. Messages
# come in batches then, which are cheaper: that is another load.
BEHIND_US_MAX = 5_000.0


def variant(rate: int) -> str:
    """The rate in words."""
    return f"{rate:,} messages/s"


def measure(bench: Workbench, units: int, rate: int) -> Measurement:
    """An open loop. Server and load share all cores, whatever the units.

    So the same work is done in the same time in the same place, and nothing
    differs but the number of units.
    """
    peer = bench.stagedoor("--units", str(units))
    request = replace(bench.request(peer, LOAD), rate=rate)
    with bench.serving(peer, bench.cores.all) as server:
        report = bench.load_on(bench.cores.all).run(server, request)
    values = {"messages_per_second": report.messages_per_second,
              "latency_p50_us": report.latency_us["p50"]}
    if report.latency_us["p50"] <= BEHIND_US_MAX:
        values["cpu_us_per_message"] = report.cpu_us_per_message
    return Measurement(values)


class Units(Experiment):
    """What a message costs must not grow with the number of units."""

    name = "units"

    def steps(self, bench: Workbench) -> list[Step]:
        cost = bench.cost(bench.stagedoor())
        return [Step(variant(rate), str(units), cost,
                     partial(measure, bench, units, rate))
                for rate in bench.settings.scale.unit_rates
                for units in (1, 2)]
