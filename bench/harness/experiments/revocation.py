"""How long members whose right has ended go on getting events of a group."""

import json
import subprocess
from functools import partial

from ..process import MeasurementError, last_line
from ..results import Measurement
from ..workbench import Step, Workbench
from .experiment import Experiment

# Of a trial, with the wait between two of them.
TRIAL_SECONDS = 0.012
START_SECONDS = 4
SECONDS_MAX = 300


def measure(bench: Workbench) -> Measurement:
    """Two nodes and all members in one process, which may use all cores."""
    members = str(bench.settings.scale.revoked_members)
    command = [str(bench.settings.binary("stagedoor-revocation")),
               f"--members={members}", f"--trials={members}"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, text=True,
                          capture_output=True, timeout=SECONDS_MAX,
                          check=False)
    if done.returncode != 0:
        raise MeasurementError(last_line(done.stderr))
    values: dict[str, float] = json.loads(done.stdout)
    return Measurement(values)


class Revocation(Experiment):
    """A group with a guard, on two nodes, while events flow."""

    name = "revocation"
    once = True

    def steps(self, bench: Workbench) -> list[Step]:
        members = bench.settings.scale.revoked_members
        return [Step(f"{members:,} members on two nodes", "stagedoor",
                     START_SECONDS + TRIAL_SECONDS * members,
                     partial(measure, bench))]
