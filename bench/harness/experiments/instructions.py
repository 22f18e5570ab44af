"""Instructions, system calls and allocations, by callgrind: of a message, and
of the delivery of an event to a member of a group."""

import tempfile
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

from ..callgrind import counts, parse_profile
from ..load import Request
from ..peers import Peer
from ..results import Measurement
from ..settings import Load
from ..workbench import Step, Workbench
from . import broadcast
from .experiment import Experiment

# For the estimate alone: valgrind's start, and its pace.
START_SECONDS = 2.0
MESSAGES_PER_SECOND = 5_000
DELIVERIES_PER_SECOND = 17_000

# Under callgrind a server is so slow that its clients never let it wait, and a
# server that reads too often finds something each time. At this rate it waits.
PACED_MESSAGES_PER_SECOND = 500

DELIVERY = "delivery"
# The groups whose deliveries are counted: what each is called in the results,
# and the options of a server that has such a group.
GROUPS: dict[str, tuple[str, ...]] = {"stagedoor": (),
                                      "history": ("--group=kept",)}


def count(bench: Workbench, peer: Peer, request: Request) -> Counter[str]:
    """What a server that got this load did in all of its life."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "callgrind.out"
        under = ("valgrind", "--tool=callgrind", "-q",
                 f"--callgrind-out-file={output}")
        with bench.serving(peer, under=under) as server:
            bench.load.run(server, request)
        return counts(parse_profile(output.read_text()))


def of_each(few: Counter[str], many: Counter[str],
            number: int) -> dict[str, float]:
    """The difference of two runs, over that of their messages or deliveries.

    The start, the connections and the end are in both, and fall out.
    """
    def of(*kinds: str) -> float:
        return sum(many[kind] - few[kind] for kind in kinds) / number
    return {"instructions": of("instructions"),
            "allocations": of("allocation"),
            "socket_calls": of("recv", "send"),
            "recv_calls": of("recv"),
            "send_calls": of("send"),
            "wait_calls": of("wait")}


def per_message(bench: Workbench, peer: Peer, load: Load,
                numbers: tuple[int, int],
                rate: int | None = None) -> dict[str, float]:
    """The difference between few messages and many."""
    few, many = (
        count(bench, peer, replace(bench.request(peer, load), seconds=None,
                                   warmup=0.0, messages=messages, rate=rate))
        for messages in numbers)
    return of_each(few, many, numbers[1] - numbers[0])


def measure(bench: Workbench, peer: Peer, load: Load) -> Measurement:
    """What a message costs, and what one costs for which the server waits."""
    scale = bench.settings.scale
    values = per_message(bench, peer, load, scale.counted_messages)
    if load.in_flight == 1:
        paced = per_message(bench, peer, load, scale.paced_counted_messages,
                            PACED_MESSAGES_PER_SECOND)
        values["paced_socket_calls"] = paced["socket_calls"]
    return Measurement(values)


def deliveries(bench: Workbench, peer: Peer, events: int) -> Request:
    """So many events of one sender for all members, one after the other."""
    members = Load(bench.settings.scale.counted_members, 1)
    return replace(broadcast.request_to(bench, peer, members), warmup=0.0,
                   messages=events)


def measure_delivery(bench: Workbench, peer: Peer) -> Measurement:
    """The difference between few events and many, for each member of a group.

    The message that has the group told is a part of it, once for all members.
    """
    scale = bench.settings.scale
    few, many = scale.counted_events
    return Measurement(of_each(
        *(count(bench, peer, deliveries(bench, peer, events))
          for events in (few, many)), (many - few) * scale.counted_members))


class Instructions(Experiment):
    """Only of programs, not of interpreters, and once: it is repeatable."""

    name = "instructions"
    once = True

    def steps(self, bench: Workbench) -> list[Step]:
        scale = bench.settings.scale
        closed = (2 * START_SECONDS
                  + sum(scale.counted_messages) / MESSAGES_PER_SECOND)
        paced = (2 * START_SECONDS + sum(scale.paced_counted_messages)
                 / PACED_MESSAGES_PER_SECOND)
        told = (2 * START_SECONDS
                + scale.counted_members * sum(scale.counted_events)
                / DELIVERIES_PER_SECOND)
        native = [peer for peer in bench.peers if peer.native]
        loads = scale.loads
        groups = list(GROUPS.items())
        if bench.settings.quick:
            native = [peer for peer in native if peer.name == "stagedoor"]
            loads = loads[:1]
            groups = groups[:1]
        messages = [Step(str(load), peer.name,
                         closed + (paced if load.in_flight == 1 else 0),
                         partial(measure, bench, peer, load))
                    for load in loads for peer in native]
        return messages + [Step(DELIVERY, group, told,
                                partial(measure_delivery, bench,
                                        bench.stagedoor(*options)))
                           for group, options in groups]
