"""Memory of a connection that says nothing."""

from functools import partial

from ..load import Request
from ..peers import Peer
from ..results import Measurement
from ..workbench import Step, Workbench
from .experiment import Experiment

HOLD_SECONDS = 0.5
OPENED_PER_SECOND = 5_000


def measure(bench: Workbench, peer: Peer) -> Measurement:
    """What the server grows by, over the number of connections."""
    count = bench.settings.scale.idle_connections
    request = Request(peer.expect, mode="idle", connections=count,
                      seconds=HOLD_SECONDS)
    usage = bench.measure(peer, request).usage()
    grown = usage.rss_end_bytes - usage.rss_begin_bytes
    return Measurement({"bytes_per_connection": grown / count,
                        "rss_end_bytes": float(usage.rss_end_bytes)})


class Memory(Experiment):
    """RSS with all connections open, less that with none."""

    name = "memory"

    def steps(self, bench: Workbench) -> list[Step]:
        count = bench.settings.scale.idle_connections
        seconds = HOLD_SECONDS + count / OPENED_PER_SECOND
        return [Step(f"{count} idle", peer.name,
                     bench.cost(peer, seconds * (3 if peer.slow else 1)),
                     partial(measure, bench, peer))
                for peer in bench.own_peers]
