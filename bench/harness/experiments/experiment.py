"""What an experiment is."""

from abc import ABC, abstractmethod
from typing import ClassVar

from ..workbench import Step, Workbench


class Experiment(ABC):
    """A question to the servers; its steps are one round of asking it.

    The steps of a round go through all servers in turn, so that whatever
    drifts on the machine hits all of them.
    """

    name: ClassVar[str]
    # Asked once instead of in every round.
    once: ClassVar[bool] = False

    @abstractmethod
    def steps(self, bench: Workbench) -> list[Step]:
        """The measurements of one round."""

    def rounds(self, bench: Workbench) -> int:
        """How often it is asked."""
        return 1 if self.once else bench.settings.scale.rounds
