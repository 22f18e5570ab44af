"""What is said while it runs."""

import io
import unittest
from unittest import mock

from harness import progress
from harness.progress import CLEAR_LINE, Progress, spoken


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


class ProgressTest(unittest.TestCase):
    def test_a_file_gets_plain_lines(self):
        stream = io.StringIO()
        shown = Progress(2, 180.0, stream)
        shown.begin("echo")
        shown.end(60.0)
        shown.close()
        self.assertEqual(stream.getvalue(), "[1/2] echo, 3 min left\n")

    def test_a_terminal_gets_one_line(self):
        stream = Terminal()
        shown = Progress(2, 10.0, stream)
        shown.begin("echo")
        self.assertEqual(stream.getvalue(),
                         CLEAR_LINE + "[1/2] echo, 10 s left")

    def test_the_estimate_learns_from_what_it_took(self):
        with mock.patch.object(progress.time, "monotonic") as clock:
            clock.return_value = 0.0
            shown = Progress(4, 40.0, io.StringIO())
            clock.return_value = 20.0
            shown.end(10.0)
            self.assertEqual(shown.seconds_left(), 60.0)

    def test_times_are_words(self):
        self.assertEqual([spoken(seconds) for seconds in (0, 89, 120)],
                         ["1 s", "89 s", "2 min"])
