"""What it costs to have a group hear of something."""

import json
from dataclasses import replace
from functools import partial

from ..load import Report, Request
from ..peers import Peer
from ..process import free_port
from ..results import Measurement
from ..settings import Load, Settings
from ..workbench import Step, Workbench
from .experiment import Experiment

# Events that some members have not heard while the next one is sent.
IN_FLIGHT = (1, 16)
# For the estimate alone.
DELIVERIES_PER_SECOND = 90_000

TEXT = "What a member is told, as long as a short line of a chat may be."
EVENT = ('{"type":"general.broadcast","data":{"text":"' + TEXT
         + '"},"status":200}')


def bare_sockets(settings: Settings) -> Peer:
    """The yardstick: writes what it gets to the socket of each member."""
    return Peer("bare", "bare sockets", "any",
                (str(settings.binary("broadcast-server")),), native=True)


def request_to(bench: Workbench, peer: Peer, load: Load) -> Request:
    """The same event at all members, however the peer is asked for it."""
    join, message = "join", EVENT
    if peer.name != "bare":
        join = json.dumps({"route": "group/", "action": "join"})
        message = json.dumps({"route": "group/", "action": "publish",
                              "text": TEXT})
    scale = bench.settings.scale
    return Request(peer.expect, message, "broadcast",
                   connections=load.connections, in_flight=load.in_flight,
                   messages=scale.broadcast_events,
                   warmup=scale.warmup_seconds,
                   join_message=join, event=EVENT)


def measure(bench: Workbench, peer: Peer, load: Load) -> Measurement:
    """A closed loop: the next event when the last member has heard one."""
    return found(bench.measure(peer, request_to(bench, peer, load)))


def measure_nodes(bench: Workbench, load: Load) -> Measurement:
    """The same with half of the members on another node than the sender.

    Both nodes share the server's core, and the cost is that of both.
    """
    address = f"127.0.0.1:{free_port()}"
    far = bench.stagedoor("--node=far", f"--cluster-bind={address}")
    near = bench.stagedoor("--node=near", f"--join={address}",
                           "--awaits=stagedoor.groups")
    request = request_to(bench, near, load)
    with bench.serving(far) as there, bench.serving(near) as here:
        return found(bench.load.run(here, replace(request, also=(there,))))


def found(report: Report) -> Measurement:
    """What is kept of a run."""
    return Measurement({
        "deliveries_per_second": report.messages_per_second,
        "cpu_us_per_delivery": report.cpu_us_per_message,
        "latency_p50_us": report.latency_us["p50"],
        "latency_p99_us": report.latency_us["p99"]})


class Broadcast(Experiment):
    """One sender, and members that hear all that it sends."""

    name = "broadcast"

    def steps(self, bench: Workbench) -> list[Step]:
        scale = bench.settings.scale
        deliveries = scale.broadcast_members * scale.broadcast_events
        seconds = deliveries / DELIVERIES_PER_SECOND
        result = []
        for in_flight in IN_FLIGHT:
            load = Load(scale.broadcast_members, in_flight)
            server = bench.stagedoor()
            for peer in (bare_sockets(bench.settings), server):
                result.append(
                    Step(str(load), peer.name, bench.cost(peer, seconds),
                         partial(measure, bench, peer, load)))
            result.append(
                Step(str(load), "nodes", bench.cost(server, seconds),
                     partial(measure_nodes, bench, load)))
        return result
