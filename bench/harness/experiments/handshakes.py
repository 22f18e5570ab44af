"""Handshakes per second: open, upgrade, close, and again."""

from dataclasses import replace
from functools import partial

from ..peers import Peer
from ..results import Measurement
from ..settings import Load
from ..workbench import Step, Workbench
from .experiment import Experiment

AT_ONCE = Load(16, 1)


def measure(bench: Workbench, peer: Peer) -> Measurement:
    """Some connections at a time, over and over."""
    request = replace(bench.request(peer, AT_ONCE), mode="handshakes")
    report = bench.measure(peer, request)
    return Measurement({"handshakes_per_second": report.messages_per_second})


class Handshakes(Experiment):
    """Sixteen handshakes at a time."""

    name = "handshakes"

    def steps(self, bench: Workbench) -> list[Step]:
        return [Step(str(AT_ONCE), peer.name, bench.cost(peer),
                     partial(measure, bench, peer)) for peer in bench.peers]
