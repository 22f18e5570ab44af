"""Drives `stagedoor-load`, and reads what it reports."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .process import (
    MeasurementError, RunningServer, end, last_line, pinned)
from .settings import YARDSTICK

# What a run may take longer than it should, before it is given up.
GRACE_SECONDS = 60.0
# A run of so many messages has no time of its own.
MESSAGES_PER_SECOND_MIN = 100.0


@dataclass(frozen=True)
class Request:
    """One run of the load generator, in its own words."""

    expect: str
    message: str = YARDSTICK
    mode: str = "messages"
    connections: int = 1
    in_flight: int = 1
    rate: int | None = None
    seconds: float | None = None
    messages: int | None = None
    warmup: float = 0.0
    # Of a broadcast: what members send first, and what they hear.
    join_message: str | None = None
    event: str | None = None
    # More servers; connections take turns.
    also: tuple[RunningServer, ...] = ()

    def arguments(self, server: RunningServer) -> list[str]:
        """The command line that asks for this."""
        servers = (server, *self.also)
        result = ["--message", self.message,
                  "--expect", self.expect, "--mode", self.mode,
                  "--connections", str(self.connections),
                  "--in-flight", str(self.in_flight),
                  "--warmup", str(self.warmup)]
        for name, value in (("--rate", self.rate),
                            ("--seconds", self.seconds),
                            ("--messages", self.messages),
                            ("--join-message", self.join_message),
                            ("--event", self.event),
                            *(("--url", each.url) for each in servers),
                            *(("--server-pid", each.pid)
                              for each in servers)):
            if value is not None:
                result += [name, str(value)]
        return result

    @property
    def seconds_max(self) -> float:
        """When to give up."""
        measured = self.seconds or 0.0
        if self.messages is not None:
            measured = self.messages / MESSAGES_PER_SECOND_MIN
        return self.warmup + measured + GRACE_SECONDS


@dataclass(frozen=True)
class ServerUsage:
    """What the server used over the measured time."""

    cpu_seconds: float
    # Of these, what the kernel worked for it.
    kernel_seconds: float
    rss_begin_bytes: int
    rss_end_bytes: int


@dataclass(frozen=True)
class Report:
    """What the load generator reports; times in microseconds."""

    seconds: float
    messages: int
    messages_per_second: float
    latency_us: dict[str, float]
    histogram: list[tuple[float, int]]
    server: ServerUsage | None

    def usage(self) -> ServerUsage:
        """What the server used; an error where it is not known."""
        if self.server is None:
            raise MeasurementError("the load did not see the server's process")
        return self.server

    @property
    def cpu_us_per_message(self) -> float:
        """CPU time of the server for one message."""
        return self._us_per_message(self.usage().cpu_seconds)

    @property
    def kernel_us_per_message(self) -> float:
        """The part of it in the kernel."""
        return self._us_per_message(self.usage().kernel_seconds)

    def _us_per_message(self, seconds: float) -> float:
        if self.messages == 0:
            raise MeasurementError("no message was answered")
        return seconds * 1e6 / self.messages


def parse_report(text: str) -> Report:
    """Reads the load's JSON; a reply that is wrong or missing is an error."""
    try:
        report: dict[str, Any] = json.loads(text)
        if report["wrong"] or report["missing"]:
            raise MeasurementError(f"{report['wrong']} replies are wrong and "
                                   f"{report['missing']} missing")
        usage = report["server"]
        return Report(
            seconds=report["seconds"],
            messages=report["messages"],
            messages_per_second=report["messages_per_second"],
            latency_us=report["latency_us"] or {},
            histogram=[(float(bound), int(count))
                       for bound, count in report["histogram"] or []],
            server=ServerUsage(usage["cpu_seconds"],
                               usage["kernel_seconds"],
                               usage["rss_begin_bytes"],
                               usage["rss_end_bytes"]) if usage else None)
    except (KeyError, TypeError, ValueError) as error:
        raise MeasurementError(
            f"the load's report cannot be read: {error!r}") from None


@dataclass(frozen=True)
class LoadGenerator:
    """The program, and the cores that it runs on."""

    binary: Path
    cores: Sequence[int]

    def run(self, server: RunningServer, request: Request) -> Report:
        """Runs the load to its end."""
        command = self._command(server, request)
        try:
            ended = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True,
                text=True, timeout=request.seconds_max, check=False)
        except subprocess.TimeoutExpired:
            raise MeasurementError(
                f"the load took over {request.seconds_max:.0f} s") from None
        if ended.returncode != 0:
            raise MeasurementError(last_line(ended.stderr))
        return parse_report(ended.stdout)

    @contextmanager
    def beside(self, server: RunningServer, request: Request) -> Iterator[int]:
        """Load in the background, which only gets the time that is left.

        It runs on the core of the load that measures, and the scheduler
        prefers the latter, so that they do not disturb each other there.
        """
        command = self._command(server, request)
        at = command.index(str(self.binary))
        command[at:at] = ["chrt", "--idle", "0"]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True) as child:
            try:
                yield child.pid
                if child.poll() is not None:
                    assert child.stderr
                    raise MeasurementError(
                        "the load beside ended early: "
                        + last_line(child.stderr.read()))
            finally:
                end(child)

    def _command(self, server: RunningServer, request: Request) -> list[str]:
        return pinned([str(self.binary), *request.arguments(server),
                       "--json", "-", "--quiet"], self.cores)
