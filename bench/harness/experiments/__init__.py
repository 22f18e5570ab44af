"""Every experiment of the benchmark, in the order in which it is run."""

from .broadcast import Broadcast
from .experiment import Experiment
from .fairness import Fairness
from .growth import GrowthOfConnections, GrowthOfPermissions, GrowthOfRoutes
from .handshakes import Handshakes
from .idle import Idle
from .instructions import Instructions
from .latency import Latency, PacedLatency
from .levels import Levels
from .memory import Memory
from .micro import Micro
from .models import Models
from .revocation import Revocation
from .soak import Soak
from .throughput import Throughput
from .units import Units

ALL: tuple[Experiment, ...] = (
    Throughput(), Latency(), PacedLatency(), Levels(), Handshakes(), Memory(),
    Idle(), Units(), GrowthOfConnections(), GrowthOfRoutes(),
    GrowthOfPermissions(), Broadcast(), Revocation(), Models(), Fairness(),
    Soak(), Instructions(), Micro())

__all__ = ["ALL", "Experiment"]
