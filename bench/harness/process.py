"""Child processes: pinned to a core, bounded in time, ended by their id."""

import os
import re
import select
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

START_SECONDS_MAX = 30.0
STOP_SECONDS_MAX = 30.0

_LISTENING = re.compile(rb"listening on 127\.0\.0\.1:(\d+)\n")


class MeasurementError(Exception):
    """A measurement that gives no number; the text says why."""


@dataclass(frozen=True)
class Cores:
    """Which cores the servers run on, and which the load."""

    server: tuple[int, ...]
    load: tuple[int, ...]

    @property
    def shared(self) -> bool:
        """Whether servers and load stand in each other's way."""
        return bool(set(self.server) & set(self.load))

    @property
    def all(self) -> tuple[int, ...]:
        """Every core that the benchmark uses."""
        return tuple(sorted({*self.server, *self.load}))


def available_cores() -> Cores:
    """The first core for servers and the second for the load."""
    cores = sorted(os.sched_getaffinity(0))
    return Cores((cores[0],), (cores[1 if len(cores) > 1 else 0],))


def pinned(command: Sequence[str], cores: Sequence[int]) -> list[str]:
    """The command on these cores; it dies with whoever starts it."""
    numbers = ",".join(map(str, cores))
    return ["setpriv", "--pdeathsig", "TERM",
            "taskset", "-c", numbers, *map(str, command)]


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def last_line(text: str) -> str:
    """The last line of a text that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "(it said nothing)"


def resident_bytes(pid: int) -> int:
    """The memory of a process that is in RAM."""
    pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class RunningServer:
    """A server that listens; no pid if its process is not known."""

    name: str
    url: str
    pid: int | None

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.url.split(":")[2].split("/")[0])


def _port_of(child: subprocess.Popen[str], name: str) -> int:
    """Waits for the line that says where the server listens."""
    assert child.stdout
    # Not by lines: what the stream has buffered, `select` does not see.
    stdout = child.stdout.fileno()
    said = b""
    end_time = time.monotonic() + START_SECONDS_MAX
    while (left := end_time - time.monotonic()) > 0:
        if not select.select([stdout], [], [], left)[0]:
            break
        piece = os.read(stdout, 4096)
        if not piece:
            with suppress(subprocess.TimeoutExpired):
                child.wait(STOP_SECONDS_MAX)
            raise MeasurementError(f"{name} ended before it listened")
        said += piece
        if found := _LISTENING.search(said):
            return int(found[1])
    raise MeasurementError(f"{name} does not listen")


def end(child: subprocess.Popen[str]) -> int:
    """Asks the process to end, insists if it does not; its exit code."""
    if child.poll() is None:
        child.terminate()
    try:
        return child.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
        raise MeasurementError(
            f"process {child.pid} did not end when asked to") from None


@contextmanager
def serving(name: str, command: Sequence[str],
            cores: Sequence[int]) -> Iterator[RunningServer]:
    """A server for as long as the context lasts."""
    with tempfile.TemporaryFile("w+") as errors:
        with subprocess.Popen(
                pinned(command, cores), stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=errors, text=True) as child:
            finished = False
            try:
                port = _port_of(child, name)
                yield RunningServer(
                    name, f"ws://127.0.0.1:{port}/ws/", child.pid)
                finished = True
            except MeasurementError as error:
                code = child.poll()
                if code is None:
                    raise
                errors.seek(0)
                raise MeasurementError(
                    f"{error}; {name} ended with {code}: "
                    f"{last_line(errors.read())}") from None
            finally:
                code = end(child)
            if finished and code != 0:
                errors.seek(0)
                raise MeasurementError(
                    f"{name} ended with {code} at SIGTERM: "
                    f"{last_line(errors.read())}")
