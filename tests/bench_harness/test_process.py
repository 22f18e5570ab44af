"""Servers as child processes."""

import os
import unittest
from unittest import mock

from harness import process
from harness.process import Cores, MeasurementError, pinned, serving

CORES = sorted(os.sched_getaffinity(0))[:1]


def script(text):
    """A server in the shell's words."""
    return ["sh", "-c", text]


LISTENING = "echo listening on 127.0.0.1:4711; "
WAIT = "while :; do sleep 0.05; done"

# Ends with 0 when it is asked to.
POLITE = "trap 'exit 0' TERM; "


class ServingTest(unittest.TestCase):
    def test_a_server_that_listens_is_ended_after_use(self):
        with serving("it", script(POLITE + LISTENING + WAIT), CORES) as server:
            self.assertEqual(server.url, "ws://127.0.0.1:4711/ws/")
            os.kill(server.pid, 0)
        with self.assertRaises(ProcessLookupError):
            os.kill(server.pid, 0)

    def test_lines_before_the_one_that_counts_do_not_matter(self):
        text = POLITE + "echo hello; " + LISTENING + WAIT
        with serving("it", script(text), CORES) as server:
            self.assertEqual(server.port, 4711)

    def test_a_server_that_ends_at_once_says_why(self):
        with self.assertRaisesRegex(MeasurementError, "ended with 3: no luck"):
            with serving("it", script("echo no luck >&2; exit 3"), CORES):
                self.fail("it does not listen")

    def test_an_exit_code_at_the_end_counts(self):
        rude = POLITE.replace("exit 0", "exit 4")
        with self.assertRaisesRegex(MeasurementError, "4 at SIGTERM"):
            with serving("it", script(rude + LISTENING + WAIT), CORES):
                pass

    def test_a_server_that_never_listens_is_given_up(self):
        with mock.patch.object(process, "START_SECONDS_MAX", 0.2):
            with self.assertRaisesRegex(MeasurementError, "does not listen"):
                with serving("it", script(POLITE + WAIT), CORES):
                    self.fail("it does not listen")

    def test_a_server_that_does_not_end_is_killed(self):
        deaf = "trap '' TERM; "
        with mock.patch.object(process, "STOP_SECONDS_MAX", 0.2):
            with self.assertRaisesRegex(MeasurementError, "did not end"):
                with serving("it", script(deaf + LISTENING + WAIT),
                             CORES) as server:
                    pass
        with self.assertRaises(ProcessLookupError):
            os.kill(server.pid, 0)


class CoresTest(unittest.TestCase):
    def test_one_core_is_shared(self):
        self.assertTrue(Cores((0,), (0,)).shared)
        self.assertFalse(Cores((0,), (1,)).shared)
        self.assertEqual(Cores((3,), (1,)).all, (1, 3))

    def test_a_command_is_pinned_as_it_stands(self):
        self.assertEqual(pinned(["a", "b"], (0, 1))[-4:], ["-c", "0,1",
                                                           "a", "b"])
