"""User-space instructions of a message, counted by callgrind."""

import re
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

from ..peers import Peer
from ..process import MeasurementError
from ..results import Measurement
from ..settings import Load
from ..workbench import Step, Workbench
from .experiment import Experiment

# For the estimate alone: valgrind's start, and its pace.
START_SECONDS = 2.0
MESSAGES_PER_SECOND = 5_000

_TOTAL = re.compile(r"^(?:summary|totals): (\d+)", re.MULTILINE)


def counted(output: str) -> int:
    """The instructions that callgrind's file sums up."""
    found = _TOTAL.search(output)
    if not found:
        raise MeasurementError("callgrind wrote no sum")
    return int(found[1])


def count(bench: Workbench, peer: Peer, load: Load, messages: int) -> int:
    """Instructions of the whole life of a server that got these messages."""
    request = replace(bench.request(peer, load), seconds=None, warmup=0.0,
                      messages=messages)
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "callgrind.out"
        under = ("valgrind", "--tool=callgrind", "-q",
                 f"--callgrind-out-file={output}")
        with bench.serving(peer, under=under) as server:
            bench.load.run(server, request)
        return counted(output.read_text())


def measure(bench: Workbench, peer: Peer, load: Load) -> Measurement:
    """The difference between few messages and many: the start falls out."""
    few, many = bench.settings.scale.counted_messages
    difference = (count(bench, peer, load, many)
                  - count(bench, peer, load, few))
    return Measurement({"instructions": difference / (many - few)})


class Instructions(Experiment):
    """Only of programs, not of interpreters, and once: it is repeatable."""

    name = "instructions"
    once = True

    def steps(self, bench: Workbench) -> list[Step]:
        scale = bench.settings.scale
        seconds = (2 * START_SECONDS
                   + sum(scale.counted_messages) / MESSAGES_PER_SECOND)
        native = [peer for peer in bench.peers if peer.native]
        loads = scale.loads
        if bench.settings.quick:
            native, loads = native[-1:], loads[:1]
        return [Step(str(load), peer.name, seconds,
                     partial(measure, bench, peer, load))
                for load in loads for peer in native]
