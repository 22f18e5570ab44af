"""Permissioned actions per second, by what the permission costs."""

from functools import partial

from ..load import Report
from ..peers import Peer, echo
from ..process import free_port
from ..results import Measurement
from ..settings import Load, message_on
from ..workbench import Step, Workbench, on_route
from .experiment import Experiment

LEVELS = {
    "free": "no permission",
    "open": "`AllowAny`, which need not be asked",
    "cached": "a decision that is remembered",
    "computing": "a permission that computes, through the pool",
    "blocking": "a permission on a worker thread",
    "relayed": "`AllowAny`, and the handler on another node",
    "remote": "a permission on another node",
}
ECHO = "echo"


def measure(bench: Workbench, level: str, load: Load) -> Measurement:
    """The same action behind another permission, or the echo."""
    if level == ECHO:
        return found(bench.measure(
            echo(bench.settings), bench.request(echo(bench.settings), load)))
    if level == "relayed":
        return _measure_relayed(bench, load)
    if level != "remote":
        return _measure_on(bench, bench.stagedoor(), level, load)
    judge = bench.stagedoor("--permission-node", "--node=judge")
    with bench.serving(judge) as node:
        peer = bench.stagedoor("--node=server", "--awaits=judge",
                               f"--join=127.0.0.1:{node.port}")
        return _measure_on(bench, peer, level, load)


def _measure_relayed(bench: Workbench, load: Load) -> Measurement:
    """The clients' node passes each message of `open` on to another one."""
    address = f"127.0.0.1:{free_port()}"
    handlers = bench.stagedoor("--node=handlers", "--roles=handlers",
                               f"--cluster-bind={address}")
    with bench.serving(handlers):
        peer = bench.stagedoor("--node=front", "--roles=front",
                               "--awaits=stagedoor.handlers/ws/",
                               f"--join={address}")
        return _measure_on(bench, peer, "open", load)


def _measure_on(bench: Workbench, peer: Peer, level: str,
                load: Load) -> Measurement:
    request = on_route(bench.request(peer, load), message_on(f"{level}/42/"))
    return found(bench.measure(peer, request))


def found(report: Report) -> Measurement:
    """What is kept of a run."""
    return Measurement({
        "messages_per_second": report.messages_per_second,
        "cpu_us_per_message": report.cpu_us_per_message,
        "latency_p50_us": report.latency_us["p50"]})


class Levels(Experiment):
    """Stagedoor, and the echo for the last level.

    The other node shares the server's core.
    """

    name = "levels"

    def steps(self, bench: Workbench) -> list[Step]:
        cost = bench.cost(bench.stagedoor())
        return [Step(str(load), level, cost,
                     partial(measure, bench, level, load))
                for load in bench.settings.scale.loads
                for level in (*LEVELS, ECHO)]
