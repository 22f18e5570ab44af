"""Says what is running and how much is left."""

import sys
import time
from typing import TextIO

CLEAR_LINE = "\r\x1b[K"


def spoken(seconds: float) -> str:
    """A time to wait, in words."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min"


class Progress:
    """A line that is rewritten on a terminal, plain lines elsewhere."""

    def __init__(self, steps: int, seconds: float,
                 stream: TextIO = sys.stderr) -> None:
        self._steps = steps
        self._seconds = seconds
        self._stream = stream
        self._terminal = stream.isatty()
        self._begin = time.monotonic()
        self._done = 0
        self._done_seconds = 0.0

    def begin(self, what: str) -> None:
        """A step begins."""
        line = (f"[{self._done + 1}/{self._steps}] {what}, "
                f"{spoken(self.seconds_left())} left")
        if self._terminal:
            self._stream.write(CLEAR_LINE + line)
        else:
            self._stream.write(line + "\n")
        self._stream.flush()

    def end(self, seconds: float) -> None:
        """The step has ended; it was estimated to take these seconds."""
        self._done += 1
        self._done_seconds += seconds

    def say(self, text: str) -> None:
        """Says something that stays."""
        if self._terminal:
            self._stream.write(CLEAR_LINE)
        self._stream.write(text + "\n")
        self._stream.flush()

    def close(self) -> None:
        """Leaves the line behind."""
        if self._terminal:
            self._stream.write(CLEAR_LINE)
            self._stream.flush()

    def seconds_left(self) -> float:
        """The estimate, corrected by how well it held so far."""
        left = self._seconds - self._done_seconds
        if self._done_seconds < 5:
            return left
        pace = (time.monotonic() - self._begin) / self._done_seconds
        return left * pace
