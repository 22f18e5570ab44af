"""Child processes that are ended by their id, and the ports that they use."""

import random
import re
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

# What has not happened by then will not.
PATIENCE_SECONDS = 20.0

Result = TypeVar("Result")


def await_result(what: str, attempt: Callable[[], Result]) -> Result:
    """Tries until something comes of it, and gives up after a while."""
    end_time = time.monotonic() + PATIENCE_SECONDS
    while not (result := attempt()):
        assert time.monotonic() < end_time, f"in vain: {what}"
        time.sleep(0.02)
    return result


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on.

    It is none of those that the kernel gives to clients.
    """
    while True:
        port = random.randrange(20_000, 30_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class Process:
    """A server that writes a log; it does not outlive the tests."""

    def __init__(self, name: str, command: Sequence[object], folder: Path):
        self.name = name
        with tempfile.NamedTemporaryFile(
                prefix=name, dir=folder, delete=False) as log:
            self._log = Path(log.name)
            self._child = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *map(str, command)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder)

    @property
    def log(self) -> str:
        """What it has said."""
        return self._log.read_text(errors="replace")

    def await_log(self, pattern: str) -> re.Match[str]:
        """Waits for a line of the log."""
        return await_result(f"{pattern} in the log of {self.name}",
                            lambda: self.runs() and re.search(pattern,
                                                              self.log))

    def await_port(self, port: int) -> None:
        """Waits until it takes connections."""
        def listens() -> bool:
            self.runs()
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0
        await_result(f"{self.name} listens", listens)

    def runs(self) -> bool:
        """That it runs, or an error."""
        status = self._child.poll()
        assert status is None, f"{self.name} has ended with {status}"
        return True

    def ask_to_end(self) -> None:
        """Sends SIGTERM and does not wait."""
        self._child.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        """Waits for its end; the exit status."""
        return self._child.wait(PATIENCE_SECONDS)

    def stop(self) -> None:
        """Ends it, whatever it does."""
        self._child.terminate()
        try:
            self._child.wait(0.5)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()


class Newsroom(Process):
    """The example server, with a user alice whose name is that of the server.

    So `whoami` says which of several servers has answered.
    """

    def __init__(self, program: str, name: str, folder: Path,
                 *options: str, port: int = 0):
        users = folder / f"{name}.json"
        users.write_text('{"users": [{"id": 1, "username": "%s", '
                         '"token": "alice-token"}]}' % name)
        super().__init__(name, [program, f"--port={port}", f"--users={users}",
                                *options], folder)
        self.port = port

    def await_start(self) -> None:
        """Waits until it listens; then its port is known."""
        self.port = int(self.await_log(
            r"listens on ws://127\.0\.0\.1:(\d+)")[1])
