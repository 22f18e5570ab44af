"""CPU time of a message with one I/O unit and with two."""

from functools import partial

from ..results import Measurement
from ..settings import Load
from ..workbench import Step, Workbench
from .experiment import Experiment


def measure(bench: Workbench, units: int, load: Load) -> Measurement:
    """Two units have all cores, and so has the load then."""
    peer = bench.stagedoor("--units", str(units))
    alone = units == 1
    server_cores = bench.cores.server if alone else bench.cores.all
    load_cores = bench.cores.load if alone else bench.cores.all
    with bench.serving(peer, server_cores) as server:
        report = bench.load_on(load_cores).run(
            server, bench.request(peer, load))
    return Measurement({"cpu_us_per_message": report.cpu_us_per_message,
                        "messages_per_second": report.messages_per_second})


class Units(Experiment):
    """What a message costs must not grow with the number of units."""

    name = "units"

    def steps(self, bench: Workbench) -> list[Step]:
        cost = bench.cost(bench.stagedoor())
        return [Step(str(load), str(units), cost,
                     partial(measure, bench, units, load))
                for load in bench.settings.scale.loads for units in (1, 2)]
