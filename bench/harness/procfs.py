"""What the kernel tells of processes: their work, and who listens."""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .process import MeasurementError

PROC = Path("/proc")
# The state of a socket that listens, as the kernel writes it.
LISTENING = "0A"

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


def _listening_inodes(port: int, proc: Path) -> set[str]:
    result = set()
    for table in ("tcp", "tcp6"):
        try:
            lines = (proc / "net" / table).read_text().splitlines()[1:]
        except FileNotFoundError:
            continue
        for fields in map(str.split, lines):
            local, state, inode = fields[1], fields[3], fields[9]
            if state == LISTENING and int(local.split(":")[1], 16) == port:
                result.add(inode)
    return result


def _sockets_of(process: Path) -> Iterator[str]:
    # A process may end at any time, and those of others are not shown.
    with suppress(OSError):
        for entry in (process / "fd").iterdir():
            with suppress(OSError):
                target = os.readlink(entry)
                if target.startswith("socket:["):
                    yield target[len("socket:["):-1]


def listener_on(port: int, proc: Path = PROC) -> int | None:
    """The process that listens on the port.

    None if it cannot be seen, or if several do, as nobody knows then which of
    them answers.
    """
    inodes = _listening_inodes(port, proc)
    found = [int(process.name) for process in proc.iterdir()
             if process.name.isdigit() and inodes
             and not inodes.isdisjoint(_sockets_of(process))]
    return found[0] if len(found) == 1 else None
