"""Instructions, system calls and allocations of a message, by callgrind."""

import tempfile
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

from ..callgrind import counts, parse_profile
from ..peers import Peer
from ..results import Measurement
from ..settings import Load
from ..workbench import Step, Workbench
from .experiment import Experiment

# For the estimate alone: valgrind's start, and its pace.
START_SECONDS = 2.0
MESSAGES_PER_SECOND = 5_000


# Under callgrind a server is so slow that its clients never let it wait, and a
# server that reads too often finds something each time. At this rate it waits.
PACED_MESSAGES_PER_SECOND = 500


def count(bench: Workbench, peer: Peer, load: Load, messages: int,
          rate: int | None = None) -> Counter[str]:
    """What a server that got these messages did in all of its life."""
    request = replace(bench.request(peer, load), seconds=None, warmup=0.0,
                      messages=messages, rate=rate)
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "callgrind.out"
        under = ("valgrind", "--tool=callgrind", "-q",
                 f"--callgrind-out-file={output}")
        with bench.serving(peer, under=under) as server:
            bench.load.run(server, request)
        return counts(parse_profile(output.read_text()))


def per_message(few: Counter[str], many: Counter[str],
                messages: int) -> dict[str, float]:
    """The difference of two runs, over that of their messages.

    The start, the connections and the end are in both, and fall out.
    """
    def of(*kinds: str) -> float:
        return sum(many[kind] - few[kind] for kind in kinds) / messages
    return {"instructions": of("instructions"),
            "allocations": of("allocation"),
            "socket_calls": of("recv", "send"),
            "recv_calls": of("recv"),
            "send_calls": of("send"),
            "wait_calls": of("wait")}


def measure(bench: Workbench, peer: Peer, load: Load) -> Measurement:
    """The difference between few messages and many."""
    few, many = bench.settings.scale.counted_messages
    values = per_message(count(bench, peer, load, few),
                         count(bench, peer, load, many), many - few)
    if load.in_flight == 1:
        few, many = bench.settings.scale.paced_counted_messages
        paced = per_message(
            *(count(bench, peer, load, messages, PACED_MESSAGES_PER_SECOND)
              for messages in (few, many)), many - few)
        values["paced_socket_calls"] = paced["socket_calls"]
    return Measurement(values)


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
        native = [peer for peer in bench.peers if peer.native]
        loads = scale.loads
        if bench.settings.quick:
            native = [peer for peer in native if peer.name == "stagedoor"]
            loads = loads[:1]
        return [Step(str(load), peer.name,
                     closed + (paced if load.in_flight == 1 else 0),
                     partial(measure, bench, peer, load))
                for load in loads for peer in native]
