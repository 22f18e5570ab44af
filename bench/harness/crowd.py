"""Opens as many idle connections as the machine allows, batch by batch."""

import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from .process import (
    MeasurementError, RunningServer, end, last_line, pinned, resident_bytes)
from .settings import YARDSTICK
from .websocket import Client

PROC = Path("/proc")
# One load has a batch, so that what is open is known when one ends early.
BATCH_CONNECTIONS = 5_000
# Of each batch, so many are connections that are asked at the end.
SAMPLED_OF_BATCH = 5
# Files of a server beside its connections; it keeps 400 back itself.
OTHER_FILES = 512
# Of the ports of an address, so that the kernel need not search for one.
PORTS_SHARE = 0.5
SOURCES_MAX = 254
LOOK_SECONDS = 0.2
OPEN_SECONDS_MAX = 120.0
CLOSE_SECONDS_MAX = 120.0
HOLD_SECONDS = 1_000_000
# A batch that is smaller than this is not worth a process.
BATCH_MIN = 100


def number_in(path: Path, index: int = 0) -> int:
    """A number of a file of the kernel."""
    return int(path.read_text().split()[index])


def available_bytes(meminfo: str) -> int:
    """What new programs may have of the memory, of /proc/meminfo."""
    for line in meminfo.splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    raise MeasurementError("/proc/meminfo has no MemAvailable")


def memory_left() -> int:
    """The same of this machine."""
    return available_bytes((PROC / "meminfo").read_text())


def raise_file_limit() -> int:
    """As far as this user may; what a process may open then."""
    most = number_in(PROC / "sys/fs/nr_open")
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in (max(most, hard), hard):
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
            return limit
    raise MeasurementError("the limit of descriptors cannot be raised")


def open_files(pid: int) -> int:
    """How many descriptors a process has open."""
    folder = PROC / str(pid) / "fd"
    # Since Linux 6.2 its size; to count 500,000 entries takes a second.
    return os.stat(folder).st_size or len(os.listdir(folder))


@dataclass(frozen=True)
class Machine:
    """What bounds the number of connections before memory does."""

    files_of_process: int
    files_of_system: int
    ports_of_address: int

    def bounds(self, servers: int) -> dict[str, int]:
        """What each of these allows, by its name."""
        return {
            f"descriptors: a process may open {self.files_of_process:,}":
            servers * (self.files_of_process - OTHER_FILES),
            # One end of each is in the server, the other in the load.
            "descriptors: fs.file-max of the system":
            (self.files_of_system - 2 * OTHER_FILES * servers) // 2,
            f"ports: {SOURCES_MAX} addresses":
            servers * SOURCES_MAX * self.ports_used}

    @property
    def ports_used(self) -> int:
        """How many ports of a source address are used."""
        return int(self.ports_of_address * PORTS_SHARE)


def this_machine() -> Machine:
    """Reads it off the kernel, and raises what can be raised."""
    low, high = (number_in(PROC / "sys/net/ipv4/ip_local_port_range", index)
                 for index in (0, 1))
    taken = number_in(PROC / "sys/fs/file-nr")
    return Machine(raise_file_limit(),
                   number_in(PROC / "sys/fs/file-max") - taken,
                   high - low + 1)


def bounded(aim: int, bounds: dict[str, int]) -> tuple[int, str]:
    """How many connections are tried, and what bounds them."""
    name, least = min(bounds.items(), key=lambda bound: bound[1])
    return (aim, "the aim") if aim <= least else (max(least, 0), name)


def next_batch(left: int, memory: int, reserve: int,
               bytes_each: float) -> int:
    """How many more are opened at once; 0 where memory is used up."""
    fits = memory - reserve
    if bytes_each > 0:
        fits = int(fits / bytes_each)
    size = min(left, BATCH_CONNECTIONS, max(fits, 0))
    return size if size >= min(left, BATCH_MIN) else 0


@dataclass
class Crowd:
    """The servers, and all connections that are open so far."""

    binary: Path
    cores: Sequence[int]
    servers: Sequence[RunningServer]
    sources: int
    reserve: int
    samples: list[Client] = field(default_factory=list)
    opened: int = 0
    _loads: list[subprocess.Popen[str]] = field(default_factory=list)
    _files: list[int] = field(default_factory=list)
    _stack: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self._files = [open_files(pid) for pid in self._pids]

    @property
    def _pids(self) -> list[int]:
        return [server.pid for server in self.servers if server.pid]

    def resident(self) -> int:
        """The memory of all servers."""
        return sum(map(resident_bytes, self._pids))

    def connections(self) -> int:
        """What is open in the servers, by their descriptors."""
        return sum(map(open_files, self._pids)) - sum(self._files)

    def fill(self, aim: int, progress: IO[str]) -> str:
        """Opens up to so many connections; what ended it, if not the aim."""
        memory = memory_left()
        share = -(-aim // len(self.servers))
        while self.opened < aim:
            number, of_server = divmod(self.opened, share)
            left = min(aim - self.opened, share - of_server)
            spent = memory - memory_left()
            size = next_batch(left, memory_left(), self.reserve,
                              spent / self.opened if self.opened else 0.0)
            if size == 0 or not self._open(self.servers[number], size):
                return (f"memory: {self.reserve / 1e6:,.0f} MB are left as "
                        "the reserve")
            self.opened += size
            progress.write(f"{self.opened:,} connections are open, "
                           f"{memory_left() / 1e6:,.0f} MB are left\n")
            progress.flush()
        return ""

    def ask_samples(self) -> int:
        """How many of the sampled connections get the right reply."""
        answered = 0
        for client in self.samples:
            with suppress(MeasurementError, OSError):
                answered += '"status":200' in client.ask(YARDSTICK)
        return answered

    def close(self) -> None:
        """Ends the loads, by their pids, and waits for the servers."""
        for client in self.samples:
            client.close()
        for child in self._loads:
            child.terminate()
        for child in self._loads:
            end(child)
        self._stack.close()
        self._wait_for(0)

    def _wait_for(self, connections: int) -> None:
        """Until the servers have noticed that all others are gone."""
        end_time = time.monotonic() + CLOSE_SECONDS_MAX
        while (self.connections() > connections
               and time.monotonic() < end_time):
            time.sleep(LOOK_SECONDS)

    def _open(self, server: RunningServer, size: int) -> bool:
        """One batch; false if memory ran short, and then it is not there."""
        sampled = min(SAMPLED_OF_BATCH, size)
        if size > sampled and not self._load(server, size - sampled):
            return False
        for _ in range(sampled):
            source = 1 + len(self.samples) % self.sources
            self.samples.append(Client(server.port, f"127.0.0.{source}"))
        return True

    def _load(self, server: RunningServer, size: int) -> bool:
        """A load that holds so many connections until it is ended."""
        errors = self._stack.enter_context(tempfile.TemporaryFile("w+"))
        child = subprocess.Popen(
            pinned([str(self.binary), "--mode", "idle", "--url", server.url,
                    "--connections", str(size), "--sources",
                    str(self.sources), "--seconds", str(HOLD_SECONDS),
                    "--quiet"], self.cores),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=errors, text=True)
        self._loads.append(child)
        wanted = self.opened + size
        end_time = time.monotonic() + OPEN_SECONDS_MAX
        while self.connections() < wanted:
            if memory_left() < self.reserve:
                end(child)
                self._wait_for(self.opened)
                return False
            if child.poll() is not None:
                errors.seek(0)
                raise MeasurementError(last_line(errors.read()))
            if time.monotonic() > end_time:
                raise MeasurementError(
                    f"{self.connections():,} of {wanted:,} connections are "
                    f"open after {OPEN_SECONDS_MAX:.0f} s")
            for client in self.samples:
                client.answer_pings()
            time.sleep(LOOK_SECONDS)
        return True


@contextmanager
def crowd_of(binary: Path, cores: Sequence[int],
             servers: Sequence[RunningServer], sources: int,
             reserve: int) -> Iterator[Crowd]:
    """A crowd that is sent home in the end."""
    crowd = Crowd(binary, cores, servers, sources, reserve)
    try:
        yield crowd
    finally:
        crowd.close()
