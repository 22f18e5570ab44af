"""What an experiment works with: peers, servers, load."""

import resource
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Callable

from . import peers
from .load import LoadGenerator, Report, Request
from .peers import Peer
from .process import Cores, RunningServer, serving
from .procfs import listener_on
from .results import Measurement
from .settings import Load, Settings


@dataclass(frozen=True)
class Step:
    """One measurement: what it is of, how long it takes, how it is made."""

    variant: str
    subject: str
    seconds: float
    measure: Callable[[], Measurement]


# What it takes to start and to stop a server, for the estimate.
START_SECONDS = 0.4
SLOW_START_SECONDS = 1.5


@dataclass(frozen=True)
class Workbench:
    """Starts servers on their core and drives load from its own."""

    settings: Settings
    cores: Cores
    peers: tuple[Peer, ...]

    @property
    def load(self) -> LoadGenerator:
        """The load generator on its core."""
        return self.load_on(self.cores.load)

    def load_on(self, cores: Sequence[int]) -> LoadGenerator:
        """The load generator on these cores."""
        return LoadGenerator(self.settings.binary("stagedoor-load"), cores)

    @property
    def own_peers(self) -> list[Peer]:
        """The peers that are started here."""
        return [peer for peer in self.peers if peer.ours]

    def stagedoor(self, *arguments: str) -> Peer:
        """Our server with other options."""
        return peers.stagedoor(self.settings, *arguments)

    @contextmanager
    def serving(self, peer: Peer, cores: Sequence[int] | None = None,
                under: Sequence[str] = ()) -> Iterator[RunningServer]:
        """The peer's server, on its core and perhaps under another program."""
        if not peer.ours:
            port = peer.local_port
            yield RunningServer(peer.name, peer.url,
                                listener_on(port) if port else None)
            return
        with serving(peer.title, [*under, *peer.command, "--port", "0"],
                     cores or self.cores.server) as server:
            yield server

    def request(self, peer: Peer, load: Load) -> Request:
        """A closed loop of the yardstick's message."""
        scale = self.settings.scale
        return Request(peer.expect, connections=load.connections,
                       in_flight=load.in_flight, seconds=scale.seconds,
                       warmup=scale.warmup_seconds)

    def measure(self, peer: Peer, request: Request) -> Report:
        """Starts the peer and runs the load at it."""
        with self.serving(peer) as server:
            return self.load.run(server, request)

    def cost(self, peer: Peer, seconds: float | None = None) -> float:
        """How long a measurement of this peer takes, for the estimate."""
        scale = self.settings.scale
        start = SLOW_START_SECONDS if peer.slow else START_SECONDS
        measured = scale.seconds if seconds is None else seconds
        return start + scale.warmup_seconds + measured


def on_route(request: Request, message: str) -> Request:
    """The same load with another message."""
    return replace(request, message=message)


def raise_descriptor_limit() -> None:
    """Ten thousand connections need as many descriptors, on both sides."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
