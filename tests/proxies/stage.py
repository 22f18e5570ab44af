"""Servers, the proxy before them, and the clients of a case."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from processes import Newsroom, Process, await_result
from web_socket import Place, WebSocket, fetch

ALICE = {"Authorization": "Bearer alice-token"}


class Stage:
    """All that runs for a case; a subclass knows its proxy."""

    # By the text on the page; what the proxy waits for an idle client.
    time_outs: Sequence[str]

    def __init__(self) -> None:
        self._stack = ExitStack()
        self.folder = Path(self._stack.enter_context(
            tempfile.TemporaryDirectory()))
        self.servers: dict[str, Newsroom] = {}
        self._processes: list[Process] = []

    def close(self) -> None:
        """Ends all that runs."""
        self._stack.close()

    def start_proxy(self, changes: Mapping[str, str] | None = None) -> Place:
        """Starts the proxy before two servers; where clients connect."""
        raise NotImplementedError

    def start_all(self, *options: str,
                  changes: Mapping[str, str] | None = None) -> Place:
        """Starts the two servers of the page, then the proxy before them."""
        for name in ("first", "second"):
            self.start_newsroom(name, *options)
        for server in self.servers.values():
            server.await_start()
        return self.start_proxy(changes)

    def start_impatient(self, seconds: int, *options: str) -> Place:
        """Starts all; the proxy waits only that long for an idle client."""
        return self.start_all(*options, changes={
            text: text.rpartition(" ")[0] + f" {seconds}s"
            for text in self.time_outs})

    def start_newsroom(self, name: str, *options: str,
                       port: int = 0) -> None:
        """Starts a server and does not wait for it."""
        server = Newsroom(os.environ["NEWSROOM"], name, self.folder,
                          *options, port=port)
        self.keep(server)
        self.servers[name] = server

    def restart(self, name: str) -> None:
        """Starts a server on the same port again, once it has ended."""
        server = self.servers[name]
        status = server.wait()
        assert status == 0, f"{name} has ended with {status}"
        self.start_newsroom(name, port=server.port)
        self.servers[name].await_start()

    def keep(self, process: Process) -> None:
        """Ends the process with the stage."""
        self._processes.append(process)
        self._stack.callback(process.stop)

    def logs(self) -> str:
        """What all processes have said."""
        return "".join(f"{process.name}: {line}\n"
                       for process in self._processes
                       for line in process.log.splitlines())

    def open(self, place: Place, *args: Any, **more: Any) -> WebSocket:
        """A client; the end of the stage drops it."""
        client = WebSocket(place, *args, **more)
        self._stack.callback(client.drop)
        return client

    def open_as_alice(self, place: Place) -> WebSocket:
        """A client with a user, whose name is that of the server."""
        return self.open(place, headers=ALICE)

    def hold(self, name: str) -> WebSocket:
        """Makes a drain of the server last until this client is dropped.

        It comes past the proxy, and has an action that still runs.
        """
        client = self.open(Place(self.servers[name].port))
        client.send({"action": "nap", "route": "slow/", "ms": 10_000})
        client.ask({"action": "ping"})
        return client

    def drain(self, name: str) -> None:
        """Makes a server drain that is held."""
        self.servers[name].ask_to_end()
        await_result(f"{name} drains", lambda: self.drains(name))

    def drains(self, name: str) -> bool:
        """Whether the server says so itself."""
        try:
            place = Place(self.servers[name].port)
            return fetch(place, "/readyz").status == 503
        except ConnectionResetError:
            # The drain has begun before the request was read.
            return False
