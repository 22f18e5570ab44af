"""Whether memory stays where it is over millions of messages."""

import threading
import time
from dataclasses import replace
from functools import partial

from ..process import resident_bytes
from ..results import Measurement
from ..settings import Load
from ..workbench import Step, Workbench
from .experiment import Experiment

LOAD = Load(64, 16)
WARMUP_SHARE = 0.1
SAMPLES_PER_SECOND = 5
# For the estimate alone.
MESSAGES_PER_SECOND = 120_000


class MemorySampler(threading.Thread):
    """Looks at a process again and again: seconds, and bytes in RAM."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.samples: list[tuple[float, int]] = []
        self._pid = pid
        self._stop_event = threading.Event()

    def run(self) -> None:
        begin = time.monotonic()
        while not self._stop_event.wait(1 / SAMPLES_PER_SECOND):
            self.samples.append((round(time.monotonic() - begin, 2),
                                 resident_bytes(self._pid)))

    def stop(self) -> None:
        """No sample is taken after this."""
        self._stop_event.set()
        self.join()


def warmed_up(samples: list[tuple[float, int]], end_seconds: float) -> int:
    """The memory at the end of the first tenth of the time."""
    for seconds, size in samples:
        if seconds >= WARMUP_SHARE * end_seconds:
            return size
    raise ValueError("no sample")


def measure(bench: Workbench) -> Measurement:
    """One long run. Its rate is steady, so a tenth of the time is a tenth of
    the messages."""
    peer = bench.stagedoor()
    count = bench.settings.scale.soak_messages
    request = replace(bench.request(peer, LOAD), seconds=None, warmup=0.0,
                      messages=count)
    with bench.serving(peer) as server:
        assert server.pid
        sampler = MemorySampler(server.pid)
        sampler.start()
        try:
            report = bench.load.run(server, request)
        finally:
            sampler.stop()
    end_bytes = report.usage().rss_end_bytes
    samples = [*sampler.samples, (report.seconds, end_bytes)]
    return Measurement(
        {"messages": float(report.messages),
         "messages_per_second": report.messages_per_second,
         "rss_warm_bytes": float(warmed_up(samples, report.seconds)),
         "rss_end_bytes": float(end_bytes)},
        {"rss": sampler.samples})


class Soak(Experiment):
    """Millions of messages, once."""

    name = "soak"
    once = True

    def steps(self, bench: Workbench) -> list[Step]:
        count = bench.settings.scale.soak_messages
        return [Step(f"{count} messages", "stagedoor",
                     count / MESSAGES_PER_SECOND, partial(measure, bench))]
