"""How many connections are opened, and what stops it."""

import os
import tempfile
import unittest
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from unittest import mock

import million
from harness import crowd as crowd_module
from harness.crowd import (
    BATCH_CONNECTIONS, OTHER_FILES, Crowd, Machine, available_bytes, bounded,
    next_batch)
from harness.process import MeasurementError, RunningServer

MB = 1_000_000
MEMINFO = "MemTotal:  24000 kB\nMemFree:  5 kB\nMemAvailable:  1000 kB\n"


class BoundsTest(unittest.TestCase):
    def test_the_least_of_all_bounds_is_named(self):
        self.assertEqual(bounded(10, {"files": 20, "ports": 30}),
                         (10, "the aim"))
        self.assertEqual(bounded(20, {"files": 20}), (20, "the aim"))
        self.assertEqual(bounded(21, {"ports": 30, "files": 20}),
                         (20, "files"))
        self.assertEqual(bounded(5, {"files": -3}), (0, "files"))

    def test_a_connection_is_a_file_on_both_sides(self):
        machine = Machine(OTHER_FILES + 1000, 3000 + 2 * OTHER_FILES, 28_000)
        process, system, ports = machine.bounds(1).values()
        self.assertEqual((process, system), (1000, 1500))
        self.assertEqual(ports, 254 * 14_000)
        self.assertEqual(list(machine.bounds(2).values())[0], 2000)

    def test_available_memory_is_not_what_is_free(self):
        self.assertEqual(available_bytes(MEMINFO), 1000 * 1024)
        with self.assertRaises(MeasurementError):
            available_bytes("MemTotal: 1 kB\n")


class BatchTest(unittest.TestCase):
    def test_a_batch_is_no_greater_than_what_is_left(self):
        self.assertEqual(next_batch(10**6, 900 * MB, 100 * MB, 0.0),
                         BATCH_CONNECTIONS)
        self.assertEqual(next_batch(42, 900 * MB, 100 * MB, 10_000.0), 42)

    def test_a_batch_leaves_the_reserve_alone(self):
        self.assertEqual(next_batch(10**6, 110 * MB, 100 * MB, 10_000.0),
                         1000)
        for memory in (100.9, 100, 99, 0):
            with self.subTest(memory):
                self.assertEqual(next_batch(
                    10**6, int(memory * MB), 100 * MB, 10_000.0), 0)

    def test_memory_that_others_gave_back_is_no_reason_to_stop(self):
        self.assertEqual(next_batch(10**6, 900 * MB, 100 * MB, -3.0),
                         BATCH_CONNECTIONS)


class FakeCrowd(Crowd):
    """Opens nothing; each connection takes 10 KB."""

    def connections(self):
        return self.opened

    def _open(self, server, size):
        self.batches.append((server.name, size))
        self.memory -= 10_000 * size
        return self.memory >= self.reserve


def filled(aim, servers, memory, reserve):
    """What such a crowd does: its batches, how many are open, and why."""
    this = os.getpid()
    crowd = FakeCrowd("load", (0,), [
        RunningServer(str(number), "ws://127.0.0.1:1/ws/", this)
        for number in range(servers)], 8, reserve)
    crowd.batches = []
    crowd.memory = memory
    with mock.patch.object(crowd_module, "memory_left",
                           lambda: crowd.memory):
        why = crowd.fill(aim, StringIO())
    return crowd.batches, crowd.opened, why


class FillTest(unittest.TestCase):
    def test_each_server_gets_its_share(self):
        batches, opened, why = filled(12_000, 2, 900 * MB, 100 * MB)
        self.assertEqual(batches, [("0", 5000), ("0", 1000),
                                   ("1", 5000), ("1", 1000)])
        self.assertEqual((opened, why), (12_000, ""))

    def test_it_stops_at_the_reserve_and_says_so(self):
        batches, opened, why = filled(500_000, 1, 180 * MB, 100 * MB)
        self.assertEqual(opened, 8000)
        self.assertEqual(why, "memory: 100 MB are left as the reserve")
        self.assertEqual(batches, [("0", 5000), ("0", 3000)])

    def test_a_batch_that_meets_the_reserve_does_not_count(self):
        # The first batch does not know yet what a connection takes.
        _, opened, why = filled(500_000, 1, 120 * MB, 100 * MB)
        self.assertEqual(opened, 0)
        self.assertIn("the reserve", why)


class LoadTest(unittest.TestCase):
    """One load, which is a script here."""

    def load(self, text, left):
        """Runs it while so much memory is left; how it went."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        script = Path(folder.name) / "load"
        script.write_text(f"#!/bin/sh\n{text}\n")
        script.chmod(0o755)
        server = RunningServer("it", "ws://127.0.0.1:1/ws/", os.getpid())
        crowd = FakeCrowd(script, sorted(os.sched_getaffinity(0))[:1],
                          [server], 8, 100 * MB)
        self.children = crowd._loads
        self.addCleanup(crowd.close)
        with mock.patch.object(crowd_module, "memory_left", lambda: left):
            return crowd._load(server, 10)

    def test_one_that_comes_to_the_reserve_is_ended(self):
        self.assertFalse(self.load("exec sleep 60", 99 * MB))
        self.assertIsNotNone(self.children[0].poll())

    def test_one_that_fails_says_why(self):
        with self.assertRaisesRegex(MeasurementError, "refused"):
            self.load("echo refused >&2; exit 1", 200 * MB)

    def test_one_that_opens_nothing_is_given_up(self):
        with mock.patch.object(crowd_module, "OPEN_SECONDS_MAX", 0.1):
            with self.assertRaisesRegex(MeasurementError, "0 of 10"):
                self.load("exec sleep 60", 200 * MB)


class MillionTest(unittest.TestCase):
    def test_it_aims_at_half_a_million_unless_told_otherwise(self):
        self.assertEqual(million.options_of([]).aim, 500_000)
        self.assertEqual(million.options_of(["--aim", "7"]).aim, 7)

    def test_a_wrong_command_line_ends_with_2(self):
        for wrong in ("--aim", "--servers", "--reserve-mb"):
            with self.subTest(wrong), redirect_stderr(StringIO()) as said:
                with self.assertRaises(SystemExit) as ended:
                    million.options_of([wrong, "0"])
                self.assertEqual(ended.exception.code, 2)
                self.assertIn(wrong, said.getvalue())

    def test_what_was_open_and_what_bounded_it_is_said(self):
        outcome = million.Outcome(1000, 1, "ports", 3_500_000, 12_000_000,
                                  9, 10)
        text = outcome.text()
        for part in ("1,000 idle connections", "bounded them: ports.",
                     "3.50 KB of the server", "12.00 KB of the machine",
                     "9 of 10 sampled"):
            self.assertIn(part, text)

    def test_memory_that_others_gave_back_is_not_told(self):
        outcome = million.Outcome(1000, 1, "ports", 3_500_000, -1, 1, 1)
        self.assertNotIn("machine", outcome.text())
