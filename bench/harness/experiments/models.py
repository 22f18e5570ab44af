"""What a row of a model costs, beside what it costs without a server."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from ..peers import Peer
from ..load import Request
from ..process import MeasurementError, last_line, pinned
from ..results import Measurement
from ..settings import Load
from ..workbench import Step, Workbench, on_route
from .experiment import Experiment
from .fairness import AGGRESSOR_SECONDS, VICTIM, VICTIM_MESSAGES_PER_SECOND

LOAD = Load(64, 1)
CREATE = ('{"action":"create","route":"posts/",'
          '"data":{"title":"One more","content":"of many"}}')
# The message and the status of its reply.
ACTIONS = {
    "ping": ('{"action":"ping"}', "200"),
    "retrieve": ('{"action":"retrieve","route":"posts/500/"}', "200"),
    "create": (CREATE, "201"),
}


# The same for pgbench, and as many connections as the store has.
STATEMENTS = {
    "retrieve": ("SELECT id, title, content, published, created "
                 "FROM post WHERE id = 500;", 4),
    "create": ("INSERT INTO post (title, content, published, created) VALUES "
               "('One more', 'of many', false, now()) RETURNING id;", 8),
}


def run(command: Sequence[str], cores: Sequence[int],
        seconds_max: float = 60.0, **variables: str) -> str:
    """Runs a program to its end; what it says."""
    done = subprocess.run(
        pinned(command, cores), stdin=subprocess.DEVNULL, text=True,
        capture_output=True, timeout=seconds_max, check=False,
        env={**os.environ, **variables})
    if done.returncode != 0:
        raise MeasurementError(last_line(done.stderr))
    return done.stdout


@contextmanager
def sqlite(bench: Workbench) -> Iterator[str]:
    """A file on the disk of the build, which goes with the context."""
    with tempfile.TemporaryDirectory(dir=bench.settings.build_dir) as folder:
        yield f"{folder}/posts.db"


@contextmanager
def postgres(bench: Workbench) -> Iterator[str]:
    """A PostgreSQL server on the server's core, whose commits wait for the
    disk; its connection string."""
    script = str(bench.settings.bench_dir.parent
                 / "tests" / "postgres" / "server.sh")
    with tempfile.TemporaryDirectory() as folder:
        run([script, "make", folder], bench.cores.server, FSYNC="on")
        try:
            yield (Path(folder) / "url").read_text().strip()
        finally:
            run([script, "kill", folder], bench.cores.server)


def server_with(bench: Workbench, database: str) -> Peer:
    """The server whose posts are there."""
    return Peer("models", "Stagedoor's models", "200",
                (str(bench.settings.binary("model-server")), "--io=epoll",
                 f"--database={database}"))


def asking(bench: Workbench, peer: Peer, action: str,
           load: Load = LOAD) -> Request:
    """What asks for one action."""
    message, expect = ACTIONS[action]
    return replace(on_route(bench.request(peer, load), message), expect=expect)


def measured(bench: Workbench, database: str, action: str,
             cores: Sequence[int]) -> Measurement:
    """One action of the server, on these cores."""
    peer = server_with(bench, database)
    with bench.serving(peer, cores) as server:
        report = bench.load.run(server, asking(bench, peer, action))
    return Measurement({"messages_per_second": report.messages_per_second,
                        "cpu_us_per_message": report.cpu_us_per_message})


def of_sqlite(bench: Workbench, action: str) -> Measurement:
    """One action on a file."""
    with sqlite(bench) as file:
        return measured(bench, file, action, bench.cores.server)


def pinged(bench: Workbench, beside: str | None) -> Measurement:
    """The latency of pings at a fixed rate, beside half as much of an action
    as the server can do."""
    with sqlite(bench) as file:
        peer = server_with(bench, file)
        ping = replace(asking(bench, peer, "ping", VICTIM),
                       rate=VICTIM_MESSAGES_PER_SECOND)
        with bench.serving(peer) as server:
            if beside is None:
                report = bench.load.run(server, ping)
            else:
                other = asking(bench, peer, beside)
                most = bench.load.run(server, other).messages_per_second
                half = replace(other, rate=most / 2, messages=None,
                               seconds=AGGRESSOR_SECONDS)
                with bench.load.beside(server, half):
                    report = bench.load.run(server, ping)
    return Measurement({f"latency_{name}_us": report.latency_us[name]
                        for name in ("p50", "p99")})


def bare_sqlite(bench: Workbench) -> Measurement:
    """SQLite's own statements, in the table that the server has made."""
    seconds = bench.settings.scale.seconds
    with sqlite(bench) as file:
        with bench.serving(server_with(bench, file)):
            pass
        return Measurement(json.loads(run(
            [str(bench.settings.binary("bare-statements")),
             f"--database={file}", f"--seconds={seconds}"],
            bench.cores.server, 60 + 2 * seconds)))


def of_postgres(bench: Workbench, action: str) -> Measurement:
    """One action on a PostgreSQL server, which has a core to itself."""
    with postgres(bench) as url:
        return measured(bench, url, action, bench.cores.load)


def pgbench(bench: Workbench, action: str) -> Measurement:
    """PostgreSQL's own benchmark with the same statement."""
    statement, connections = STATEMENTS[action]
    seconds = max(1, round(bench.settings.scale.seconds))
    with postgres(bench) as url:
        with bench.serving(server_with(bench, url)):
            pass
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
            script.write(statement)
            script.flush()
            said = run(
                ["pgbench", "--no-vacuum", "--protocol=prepared",
                 f"--client={connections}", f"--time={seconds}",
                 f"--file={script.name}", url], bench.cores.load,
                60.0 + seconds)
    found = re.search(r"^tps = ([0-9.]+)", said, re.MULTILINE)
    if not found:
        raise MeasurementError("pgbench does not say how fast it was")
    return Measurement({"messages_per_second": float(found[1])})


class Models(Experiment):
    """Rows through the actions of a model handler."""

    name = "models"

    def steps(self, bench: Workbench) -> list[Step]:
        cost = bench.cost(bench.stagedoor())
        result = [*(Step("sqlite", action, cost,
                         partial(of_sqlite, bench, action))
                    for action in ACTIONS),
                  Step("sqlite", "bare", cost + bench.settings.scale.seconds,
                       partial(bare_sqlite, bench))]
        result += [Step("pings at a fixed rate", beside or "alone",
                        2 * cost if beside else cost,
                        partial(pinged, bench, beside))
                   for beside in (None, "retrieve", "create")]
        if shutil.which("pgbench"):
            for action in STATEMENTS:
                result += [Step(f"postgresql, {action}", "models", 2 + cost,
                                partial(of_postgres, bench, action)),
                           Step(f"postgresql, {action}", "pgbench", 3 + cost,
                                partial(pgbench, bench, action))]
        return result
