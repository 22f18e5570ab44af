"""Memory of a connection: idle, after a message, and in a group."""

import json
from functools import partial

from ..load import Request
from ..peers import Peer
from ..process import resident_bytes
from ..results import Measurement
from ..workbench import Step, Workbench
from .experiment import Experiment

HOLD_SECONDS = 0.5
OPENED_PER_SECOND = 5_000

IDLE = "idle"
SPOKEN = "spoken once"
GROUP = "in a group"
JOIN = json.dumps({"route": "group/", "action": "join"})


def variant(count: int, state: str) -> str:
    """The number and the state of the connections."""
    return f"{count} {state}"


def request_for(peer: Peer, state: str, count: int) -> Request:
    """What brings so many connections into the state."""
    if state == IDLE:
        return Request(peer.expect, mode="idle", connections=count,
                       seconds=HOLD_SECONDS)
    # As many messages as connections, of which each has one in flight.
    once = Request(peer.expect, connections=count, messages=count)
    if state == SPOKEN:
        return once
    return Request("200", JOIN, connections=count, messages=count)


def measure(bench: Workbench, peer: Peer, state: str) -> Measurement:
    """What the server grows by, over the number of connections."""
    count = bench.settings.scale.idle_connections
    with bench.serving(peer) as server:
        assert server.pid
        begin = resident_bytes(server.pid)
        report = bench.load.run(server, request_for(peer, state, count))
    end = report.usage().rss_end_bytes
    return Measurement({"bytes_per_connection": (end - begin) / count,
                        "rss_end_bytes": float(end)})


class Memory(Experiment):
    """RSS with all connections open, less that with none."""

    name = "memory"

    def steps(self, bench: Workbench) -> list[Step]:
        count = bench.settings.scale.idle_connections
        seconds = HOLD_SECONDS + count / OPENED_PER_SECOND

        def step(peer: Peer, state: str) -> Step:
            cost = bench.cost(peer, seconds * (3 if peer.slow else 1))
            return Step(variant(count, state), peer.name, cost,
                        partial(measure, bench, peer, state))
        # Only Stagedoor has groups here.
        return [*(step(peer, state) for state in (IDLE, SPOKEN)
                  for peer in bench.own_peers),
                step(bench.stagedoor(), GROUP)]
