"""The servers that are compared, and how each is started."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from .process import MeasurementError, available_cores, serving
from .settings import Settings

PYTHON = "/usr/bin/python3"


@dataclass(frozen=True)
class Peer:
    """One server of the comparison: a command of ours, or a URL."""

    name: str
    title: str
    expect: str
    command: tuple[str, ...] = ()
    url: str = ""
    # Cannot keep up with the rate at which the others are paced.
    slow: bool = False
    # Whether callgrind can count its instructions.
    native: bool = False

    @property
    def ours(self) -> bool:
        """Whether the run starts it."""
        return not self.url

    @property
    def local_port(self) -> int | None:
        """The port of a peer that runs already, if it runs on loopback."""
        parts = urlsplit(self.url)
        here = parts.hostname == "localhost" or (
            parts.hostname or "").startswith("127.")
        return (parts.port or 80) if here else None


class PeerMissing(Exception):
    """A peer cannot be started here; the text says what is missing."""


def parse_peer(text: str) -> Peer:
    """Reads NAME=URL[,EXPECT]."""
    name, equals, rest = text.partition("=")
    url, _, expect = rest.partition(",")
    if not name or not equals or not url.startswith("ws://"):
        raise ValueError(f"not of the form NAME=ws://HOST:PORT/PATH[,EXPECT]: "
                         f"{text}")
    return Peer(name, name, expect or "200", url=url)


def echo(settings: Settings) -> Peer:
    """The yardstick."""
    return Peer("echo", "Beast echo", "echo",
                (str(settings.binary("echo-server")),), native=True)


def one_function(settings: Settings) -> Peer:
    """The same work without actors."""
    return Peer("json", "Beast + Boost.JSON", "200",
                (str(settings.binary("json-server")),), native=True)


def stagedoor(settings: Settings, *arguments: str) -> Peer:
    """The server that this is all about, on the loop of every machine."""
    return Peer("stagedoor", "Stagedoor", "200",
                (str(settings.binary("action-server")), "--io=epoll",
                 *arguments), native=True)


def stagedoor_on_uring(settings: Settings) -> Peer:
    """The same on io_uring, which many machines and containers lack."""
    peer = Peer("uring", "Stagedoor on io_uring", "200",
                (str(settings.binary("action-server")), "--io=uring"))
    try:
        with serving(peer.title, [*peer.command, "--port", "0"],
                     available_cores().server):
            return peer
    except MeasurementError as problem:
        raise PeerMissing(str(problem)) from None


def node_ws(settings: Settings) -> Peer:
    """Node's `ws`, which npm installs into the build tree."""
    source = settings.bench_dir / "servers" / "ws_server"
    work = settings.build_dir / "bench" / "ws_server"
    install_node_packages(source, work)
    return Peer("ws", "Node ws", "200",
                ("node", str(work / "server.js")))


def django_channels(settings: Settings) -> Peer:
    """Django Channels, from Debian's packages."""
    lacking = [name for name in ("channels", "uvicorn", "uvloop", "websockets")
               if find_spec(name) is None]
    if lacking:
        raise PeerMissing(f"Python packages are missing: {', '.join(lacking)}")
    program = settings.bench_dir / "servers" / "channels_server" / "server.py"
    return Peer("channels", "Django Channels", "200",
                (PYTHON, str(program)), slow=True)


def install_node_packages(source: Path, work: Path) -> None:
    """Only the first time needs a network: the lock file, which is copied
    last, says that the installation is whole."""
    for command in ("node", "npm"):
        if not shutil.which(command):
            raise PeerMissing(f"{command} is missing; .ci/setup installs it")
    work.mkdir(parents=True, exist_ok=True)
    shutil.copy(source / "server.js", work)
    lock = source / "package-lock.json"
    installed = work / "installed.json"
    if installed.exists() and installed.read_bytes() == lock.read_bytes():
        return
    installed.unlink(missing_ok=True)
    for file in (source / "package.json", lock):
        shutil.copy(file, work)
    done = subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=work, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        env={**os.environ, "NO_COLOR": "1"}, timeout=300, check=False)
    if done.returncode != 0:
        raise PeerMissing(f"npm ci failed: {done.stderr.strip()}")
    shutil.copy(lock, installed)


def find_peers(settings: Settings) -> tuple[list[Peer], list[str]]:
    """The peers that can be started here, and what keeps the others away."""
    found = [echo(settings), one_function(settings), stagedoor(settings)]
    missing = []
    try:
        found.append(stagedoor_on_uring(settings))
    except PeerMissing as problem:
        # A property of the machine, and nothing that can be installed.
        print(f"left out: {problem}", file=sys.stderr)
    for make in (node_ws, django_channels):
        try:
            found.append(make(settings))
        except PeerMissing as problem:
            missing.append(f"{make.__name__}: {problem}")
    return found, missing
