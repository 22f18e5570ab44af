"""What the kernel tells of processes: their work."""

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .process import MeasurementError

PROC = Path("/proc")

_SWITCHES = re.compile(r"^(?:non)?voluntary_ctxt_switches:\s+(\d+)$",
                       re.MULTILINE)


@dataclass(frozen=True)
class Activity:
    """What a thread, or all threads of a process, did so far."""

    cpu_seconds: float
    context_switches: int


def activity_of(pid: int, proc: Path = PROC) -> dict[str, Activity]:
    """What each thread of the process did so far."""
    result = {}
    for thread in (proc / str(pid) / "task").iterdir():
        # A thread may end at any time.
        with suppress(FileNotFoundError, ProcessLookupError):
            ran = int((thread / "schedstat").read_text().split()[0])
            switches = map(
                int, _SWITCHES.findall((thread / "status").read_text()))
            result[thread.name] = Activity(ran / 1e9, sum(switches))
    if not result:
        raise MeasurementError(f"the kernel does not tell what {pid} does")
    return result


def activity_between(before: dict[str, Activity],
                     after: dict[str, Activity]) -> Activity:
    """What all threads did; one that is gone is left out."""
    nothing = Activity(0.0, 0)
    pairs = [(before.get(name, nothing), then) for name, then in after.items()]
    return Activity(
        sum(then.cpu_seconds - first.cpu_seconds for first, then in pairs),
        sum(then.context_switches - first.context_switches
            for first, then in pairs))
