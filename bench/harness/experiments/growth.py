"""Whether work grows linearly: connections, routes, permissions."""

from dataclasses import replace
from functools import partial

from ..load import Request
from ..peers import Peer
from ..results import Measurement
from ..settings import Load, message_on
from ..workbench import Step, Workbench, on_route
from .experiment import Experiment

CONNECTIONS = 64


def measure(bench: Workbench, peer: Peer, request: Request) -> Measurement:
    """What a message costs."""
    report = bench.measure(peer, request)
    return Measurement({"cpu_us_per_message": report.cpu_us_per_message,
                        "messages_per_second": report.messages_per_second})


class GrowthOfConnections(Experiment):
    """More and more connections with one message in flight each.

    The echo shows what of it is the kernel's.
    """

    name = "growth_connections"

    def steps(self, bench: Workbench) -> list[Step]:
        compared = [peer for peer in bench.peers
                    if peer.name in ("echo", "stagedoor")]
        result = []
        for count in bench.settings.scale.growth_connections:
            for peer in compared:
                request = bench.request(peer, Load(count, 1))
                # The first message of each is dearer: it makes a handler.
                if count >= 10_000:
                    request = replace(request, warmup=2 * request.warmup)
                result.append(
                    Step(str(count), peer.name, bench.cost(peer),
                         partial(measure, bench, peer, request)))
        return result


class GrowthOfRoutes(Experiment):
    """More and more routes before the one that is meant."""

    name = "growth_routes"

    def steps(self, bench: Workbench) -> list[Step]:
        result = []
        for count in bench.settings.scale.growth_routes:
            peer = bench.stagedoor("--routes", str(count))
            request = bench.request(peer, Load(CONNECTIONS, 1))
            result.append(
                Step(str(count), "stagedoor", bench.cost(peer),
                     partial(measure, bench, peer, request)))
        return result


class GrowthOfPermissions(Experiment):
    """Longer and longer lists of permissions that compute."""

    name = "growth_permissions"

    def steps(self, bench: Workbench) -> list[Step]:
        result = []
        for count in bench.settings.scale.growth_permissions:
            peer = bench.stagedoor()
            request = on_route(bench.request(peer, Load(CONNECTIONS, 1)),
                               message_on(f"list{count}/42/"))
            result.append(
                Step(str(count), "stagedoor", bench.cost(peer),
                     partial(measure, bench, peer, request)))
        return result
