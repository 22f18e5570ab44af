#!/usr/bin/python3
"""Opens as many idle connections as memory and descriptors allow.

See bench/README.md. Ends with 1 if something went wrong, with 2 if the command
line is wrong, and with 0 also where a limit of the machine was met before the
aim.
"""

import argparse
import signal
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from harness.crowd import (
    SOURCES_MAX, bounded, crowd_of, memory_left, this_machine)
from harness.process import MeasurementError, available_cores, serving

ROOT = Path(__file__).resolve().parent.parent
BYTES_PER_KB = 1000


def options_of(arguments: list[str]) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--aim", type=int, default=500_000, metavar="N",
                        help="connections (default 500,000)")
    parser.add_argument("--servers", type=int, default=1, metavar="N",
                        help="processes that share them (default 1), where "
                        "one may not open enough descriptors")
    parser.add_argument("--reserve-mb", type=int, default=2_000, metavar="MB",
                        help="memory that is left alone (default 2,000)")
    parser.add_argument("--build-dir", type=Path,
                        default=ROOT / "build" / "release")
    options = parser.parse_args(arguments)
    for name in ("aim", "servers", "reserve_mb"):
        if getattr(options, name) < 1:
            parser.error(f"--{name.replace('_', '-')} must be 1 or more")
    return options


@dataclass(frozen=True)
class Outcome:
    """What was open, and what it took."""

    connections: int
    servers: int
    bound: str
    rss_bytes: int
    # What the machine had less in the end; other programs are in it as well.
    memory_bytes: int
    answered: int
    sampled: int

    def text(self) -> str:
        """Plain lines."""
        def each(size: int) -> str:
            return f"{size / self.connections / BYTES_PER_KB:.2f} KB"
        whole = ""
        if self.memory_bytes > self.rss_bytes:
            whole = (f", and {each(self.memory_bytes)} of the machine: "
                     "server, load and kernel")
        return (f"{self.connections:,} idle connections were open; server "
                f"processes: {self.servers}.\n"
                f"What bounded them: {self.bound}.\n"
                f"A connection took {each(self.rss_bytes)} of the server "
                f"(RSS){whole}.\n"
                f"{self.answered} of {self.sampled} sampled connections got "
                "the right reply to a message.\n")


def measure(options: argparse.Namespace) -> int:
    """Starts the servers, fills them, and asks some connections."""
    machine = this_machine()
    aim, bound = bounded(options.aim, machine.bounds(options.servers))
    share = -(-aim // options.servers)
    sources = min(SOURCES_MAX, max(8, -(-share // machine.ports_used)))
    cores = available_cores()
    folder = options.build_dir.resolve() / "bench"
    server = [str(folder / "action-server"), "--io=epoll", "--port=0",
              f"--limits.connections-max={max(share, 1)}"]
    print(f"Aiming at {aim:,} connections from {sources} addresses.",
          file=sys.stderr)
    with ExitStack() as stack:
        running = [stack.enter_context(
            serving(f"server {number}", server, cores.server))
            for number in range(1, options.servers + 1)]
        crowd = stack.enter_context(
            crowd_of(folder / "stagedoor-load", cores.load, running, sources,
                     options.reserve_mb * 1_000_000))
        rss, memory = crowd.resident(), memory_left()
        bound = crowd.fill(aim, sys.stderr) or bound
        if crowd.opened == 0:
            raise MeasurementError(f"none could be opened; {bound}")
        outcome = Outcome(
            crowd.connections(), options.servers, bound,
            crowd.resident() - rss, memory - memory_left(),
            crowd.ask_samples(), len(crowd.samples))
        print(outcome.text(), end="")
        if outcome.connections < crowd.opened:
            raise MeasurementError(
                f"{crowd.opened - outcome.connections:,} did not stay open")
        if outcome.answered < outcome.sampled:
            raise MeasurementError("a sampled connection got no right reply")
    return 0


def main(arguments: list[str]) -> int:
    """Runs what the command line asks for."""
    options = options_of(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        return measure(options)
    except (MeasurementError, OSError) as error:
        print(f"FAILED: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
