"""How long one message takes."""

from dataclasses import replace
from functools import partial

from ..peers import Peer
from ..results import Measurement
from ..settings import Load
from ..workbench import Step, Workbench
from .experiment import Experiment

PACED_CONNECTIONS = 64


def measure_alone(bench: Workbench, peer: Peer) -> Measurement:
    """One connection with one message in flight."""
    report = bench.measure(peer, bench.request(peer, Load(1, 1)))
    values = {f"latency_{name}_us": report.latency_us[name]
              for name in ("p50", "p99")}
    if report.server:
        values["cpu_us_per_message"] = report.cpu_us_per_message
    return Measurement(values)


def measure_paced(bench: Workbench, peer: Peer, rate: int) -> Measurement:
    """Messages that are due at a fixed rate, whatever came back so far."""
    request = replace(bench.request(peer, Load(PACED_CONNECTIONS, 1)),
                      rate=rate)
    report = bench.measure(peer, request)
    values = {f"latency_{name}_us": report.latency_us[name]
              for name in ("p50", "p90", "p99", "p99_9", "max")}
    return Measurement(values, {"histogram": report.histogram, "rate": rate})


class Latency(Experiment):
    """One connection, one message in flight."""

    name = "latency"

    def steps(self, bench: Workbench) -> list[Step]:
        spinning = replace(bench.stagedoor("--spin=50us"), name="spin")
        return [Step("1x1", peer.name, bench.cost(peer),
                     partial(measure_alone, bench, peer))
                for peer in (*bench.peers, spinning)]


class PacedLatency(Experiment):
    """The distribution in an open loop, counted from when a message was due.

    What a stall delays is counted as late, and not as unsent.
    """

    name = "paced_latency"

    def steps(self, bench: Workbench) -> list[Step]:
        scale = bench.settings.scale
        result = []
        for peer in bench.peers:
            rate = (scale.slow_messages_per_second if peer.slow
                    else scale.paced_messages_per_second)
            result.append(
                Step(f"{PACED_CONNECTIONS} connections", peer.name,
                     bench.cost(peer),
                     partial(measure_paced, bench, peer, rate)))
        return result
