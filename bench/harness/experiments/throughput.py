"""Messages per second of every peer."""

from functools import partial

from ..peers import Peer
from ..results import Measurement
from ..settings import Load
from ..workbench import Step, Workbench
from .experiment import Experiment


def measure(bench: Workbench, peer: Peer, load: Load) -> Measurement:
    """A closed loop: the next message is sent when a reply has come."""
    report = bench.measure(peer, bench.request(peer, load))
    values = {"messages_per_second": report.messages_per_second,
              "latency_p99_us": report.latency_us["p99"]}
    if report.server:
        values["cpu_us_per_message"] = report.cpu_us_per_message
        values["kernel_us_per_message"] = report.kernel_us_per_message
    return Measurement(values)


class Throughput(Experiment):
    """Closed loops of 64 connections, and of a crowd."""

    name = "throughput"

    def steps(self, bench: Workbench) -> list[Step]:
        scale = bench.settings.scale
        return [
            Step(str(load), peer.name, bench.cost(peer),
                 partial(measure, bench, peer, load))
            for load in (*scale.loads, scale.crowd) for peer in bench.peers]
