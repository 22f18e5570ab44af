"""What is read of the kernel's files of processes."""

import os
import tempfile
import unittest
from pathlib import Path

from harness.experiments.idle import per_second
from harness.process import MeasurementError
from harness.procfs import (
    Activity, activity_between, activity_of)

STATUS = """\
Name:\tstagedoor
State:\tS (sleeping)
VmRSS:\t    5000 kB
Cpus_allowed_list:\t0-1
voluntary_ctxt_switches:\t{}
nonvoluntary_ctxt_switches:\t{}
"""


class FakeProc(unittest.TestCase):
    """A folder in the place of /proc."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.proc = Path(folder.name)

    def thread(self, pid, number, nanoseconds, voluntary, forced):
        """A thread of a process, or what it has done meanwhile."""
        folder = self.proc / str(pid) / "task" / str(number)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "schedstat").write_text(f"{nanoseconds} 77 88\n")
        (folder / "status").write_text(STATUS.format(voluntary, forced))


class ActivityTest(FakeProc):
    def test_all_threads_and_both_kinds_of_switches_count(self):
        self.thread(7, 7, 1_000_000, 10, 1)
        self.thread(7, 8, 500_000, 20, 2)
        before = activity_of(7, self.proc)
        self.thread(7, 7, 3_000_000, 13, 2)
        self.thread(7, 8, 500_000, 24, 2)
        self.thread(7, 9, 1_000_000, 5, 0)
        done = activity_between(before, activity_of(7, self.proc))
        self.assertEqual(done.context_switches, 13)
        self.assertAlmostEqual(done.cpu_seconds, 0.003)

    def test_an_idle_server_is_measured_by_the_second(self):
        self.assertEqual(per_second(Activity(0.003, 10), 2.0),
                         {"cpu_ms_per_second": 1.5,
                          "switches_per_second": 5.0})

    def test_a_kernel_that_tells_nothing_is_no_idle_server(self):
        (self.proc / "7" / "task" / "7").mkdir(parents=True)
        with self.assertRaises(MeasurementError):
            activity_of(7, self.proc)

    def test_this_process_has_worked(self):
        self.assertGreater(activity_between(
            {}, activity_of(os.getpid())).cpu_seconds, 0)
