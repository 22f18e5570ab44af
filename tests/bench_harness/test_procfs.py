"""What is read of the kernel's files of processes."""

import os
import socket
import tempfile
import unittest
from pathlib import Path

from harness.experiments.idle import per_second
from harness.process import MeasurementError
from harness.procfs import (
    Activity, activity_between, activity_of, listener_on)

STATUS = """\
Name:\tstagedoor
State:\tS (sleeping)
VmRSS:\t    5000 kB
Cpus_allowed_list:\t0-1
voluntary_ctxt_switches:\t{}
nonvoluntary_ctxt_switches:\t{}
"""
HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when\n"
LINE = ("   {}: 0100007F:{:04X} 00000000:0000 {} 00000000:00000000 "
        "00:00000000 00000000     0        0 {} 1 0000000000000000 100 0\n")


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

    def process(self, pid, *inodes):
        """A process with sockets and another file."""
        folder = self.proc / str(pid) / "fd"
        folder.mkdir(parents=True)
        (folder / "0").symlink_to("/dev/null")
        for number, inode in enumerate(inodes, 3):
            (folder / str(number)).symlink_to(f"socket:[{inode}]")

    def sockets(self, *lines):
        """All sockets of the system."""
        (self.proc / "net").mkdir(exist_ok=True)
        (self.proc / "net" / "tcp").write_text(
            HEAD + "".join(LINE.format(number, *line)
                           for number, line in enumerate(lines)))


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


class ListenerTest(FakeProc):
    def test_the_process_with_the_socket_that_listens_is_found(self):
        self.sockets((9001, "01", 100), (9001, "0A", 101), (9002, "0A", 102))
        self.process(5, 100)
        self.process(6, 90, 101)
        self.process(7, 102)
        self.assertEqual(listener_on(9001, self.proc), 6)
        self.assertEqual(listener_on(9002, self.proc), 7)
        self.assertIsNone(listener_on(9003, self.proc))

    def test_one_of_several_is_not_guessed(self):
        self.sockets((9001, "0A", 101))
        self.process(6, 101)
        self.process(7, 101)
        self.assertIsNone(listener_on(9001, self.proc))

    def test_this_process_is_found_when_it_listens(self):
        with socket.create_server(("127.0.0.1", 0)) as listening:
            self.assertEqual(listener_on(listening.getsockname()[1]),
                             os.getpid())
