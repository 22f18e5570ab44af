"""What a server does while nobody asks it for anything."""

import time
from functools import partial

from ..peers import Peer
from ..procfs import Activity, activity_between, activity_of
from ..results import Measurement
from ..workbench import Step, Workbench
from .experiment import Experiment

# What belongs to the start, and is not watched.
SETTLE_SECONDS = 0.5


def per_second(done: Activity, seconds: float) -> dict[str, float]:
    """CPU time and context switches for a second of idling."""
    return {"cpu_ms_per_second": done.cpu_seconds * 1e3 / seconds,
            "switches_per_second": done.context_switches / seconds}


def measure(bench: Workbench, peer: Peer) -> Measurement:
    """Looks at all threads of the server, waits, and looks again."""
    with bench.serving(peer) as server:
        assert server.pid
        time.sleep(SETTLE_SECONDS)
        begin = time.monotonic()
        before = activity_of(server.pid)
        time.sleep(bench.settings.scale.idle_seconds)
        after = activity_of(server.pid)
        seconds = time.monotonic() - begin
    return Measurement(per_second(activity_between(before, after), seconds))


class Idle(Experiment):
    """Stagedoor and the echo without a single connection."""

    name = "idle"

    def steps(self, bench: Workbench) -> list[Step]:
        seconds = SETTLE_SECONDS + bench.settings.scale.idle_seconds
        return [Step("no connections", peer.name, bench.cost(peer, seconds),
                     partial(measure, bench, peer))
                for peer in bench.own_peers
                if peer.name in ("echo", "stagedoor")]
