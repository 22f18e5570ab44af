"""What one connection can do to the others."""

from dataclasses import replace
from functools import partial

from ..load import Request
from ..peers import Peer
from ..results import Measurement
from ..settings import Load
from ..workbench import Step, Workbench
from .experiment import Experiment

VICTIM = Load(20, 1)
VICTIM_MESSAGES_PER_SECOND = 1_000
# The aggressor outlives the measurement, and is ended after it.
AGGRESSOR_SECONDS = 600.0

# What runs beside the victim: the mode of the load and its connections.
AGGRESSORS: dict[str, tuple[str, int] | None] = {
    "alone": None,
    "flood": ("flood", 1),
    "slow client": ("slow", 1),
    "8 slow clients": ("slow", 8),
}


def measure(bench: Workbench, peer: Peer, beside: str) -> Measurement:
    """The victim's latency, in an open loop at a small rate."""
    request = replace(bench.request(peer, VICTIM),
                      rate=VICTIM_MESSAGES_PER_SECOND)
    aggressor = AGGRESSORS[beside]
    with bench.serving(peer) as server:
        if aggressor is None:
            report = bench.load.run(server, request)
        else:
            mode, connections = aggressor
            hostile = Request("any", mode=mode, connections=connections,
                              seconds=AGGRESSOR_SECONDS)
            with bench.load.beside(server, hostile):
                report = bench.load.run(server, request)
    return Measurement({f"latency_{name}_us": report.latency_us[name]
                        for name in ("p50", "p99", "max")},
                       {"histogram": report.histogram})


class Fairness(Experiment):
    """A victim alone, beside a flood, and beside clients that never read.

    The echo shows what of it is the kernel's and the load's.
    """

    name = "fairness"

    def steps(self, bench: Workbench) -> list[Step]:
        return [Step(beside, peer.name, bench.cost(peer),
                     partial(measure, bench, peer, beside))
                for beside in AGGRESSORS
                for peer in bench.peers if peer.name in ("echo", "stagedoor")]
