"""What is read of callgrind's output."""

import unittest

from harness.callgrind import allocation, counts, parse_profile, system_call
from harness.experiments.instructions import of_each
from harness.process import MeasurementError

# Names are written out once. `main` calls `recv` at two places, `epoll_wait`
# and `operator new`, which is made of `malloc`.
OUTPUT = """\
# callgrind format
version: 1
cmd:  ./server --port=0
positions: line
events: Ir
summary: 5000

ob=(1) /usr/bin/server
fl=(1) main.cpp
fn=(10) main
12 7
cob=(2) /lib/libc.so.6
cfi=(2) recv.c
cfn=(20) recv
calls=30 24
12 90
jump=1 13
cfn=(20)
calls=12 24
13 36
cfn=(21) __libc_send@@GLIBC_2.2.5
calls=40 0
14 120
cfn=(22) epoll_wait
calls=5 0
15 15
cfn=(23) operator new(unsigned long)
calls=9 0
16 900
cfn=(24) free
calls=9 0
17 90

fn=(23)
3 9
cfn=(25) malloc
calls=9 0
3 800

fn=(30) strdup
cfn=(25)
calls=2 0
4 20

totals: 5000
"""


class ProfileTest(unittest.TestCase):
    def test_calls_are_kept_by_caller_and_callee(self):
        profile = parse_profile(OUTPUT)
        self.assertEqual(profile.instructions, 5000)
        self.assertEqual(profile.calls["main", "recv"], 42)
        self.assertEqual(
            profile.calls["operator new(unsigned long)", "malloc"], 9)
        self.assertEqual(profile.calls["strdup", "malloc"], 2)

    def test_names_may_be_written_out_each_time(self):
        profile = parse_profile("fn=a\n1 2\ncfn=recv\ncalls=3 0\n1 9\n"
                                "cfn=recv\ncalls=4 0\n2 9\ntotals: 20\n")
        self.assertEqual(profile.calls, {("a", "recv"): 7})
        self.assertEqual(profile.instructions, 20)

    def test_what_a_thread_frees_at_its_end_is_not_counted(self):
        profile = parse_profile(
            "fn=(1) start_thread\ncfn=(2) __nptl_deallocate_tsd\n"
            "calls=8 0\n9 700\ncfn=(3) routine\ncalls=8 0\n9 90\n\n"
            "fn=(4) exit\ncfn=(2)\ncalls=1 0\n3 60\ntotals: 1000\n")
        self.assertEqual(profile.instructions, 300)
        self.assertEqual(
            profile.calls["start_thread", "__nptl_deallocate_tsd"], 8)

    def test_a_file_without_a_sum_is_no_measurement(self):
        with self.assertRaises(MeasurementError):
            parse_profile("fn=(1) a\n")


class CountsTest(unittest.TestCase):
    def test_a_call_counts_once_however_it_is_made(self):
        self.assertEqual(counts(parse_profile(OUTPUT)), {
            "instructions": 5000, "recv": 42, "send": 40, "wait": 5,
            "allocation": 11})

    def test_system_calls_have_several_names(self):
        for name, kind in (("recv", "recv"), ("recvmsg", "recv"),
                           ("__recv", "recv"), ("sendmsg", "send"),
                           ("epoll_pwait2", "wait"),
                           ("unit::recv(int)", None), ("receive", None),
                           ("epoll_ctl", None)):
            with self.subTest(name):
                self.assertEqual(system_call(name), kind)

    def test_all_ways_to_memory_are_allocations(self):
        for name in ("malloc", "__libc_malloc", "calloc", "realloc",
                     "posix_memalign", "operator new[](unsigned long)",
                     "operator new(unsigned long, std::align_val_t)",
                     "mi_malloc", "mi_new"):
            with self.subTest(name):
                self.assertTrue(allocation(name))
        for name in ("free", "operator delete(void*)", "_mi_malloc_generic",
                     "malloc_usable_size", "pool::malloc(int)"):
            with self.subTest(name):
                self.assertFalse(allocation(name))

    def test_what_both_runs_have_falls_out(self):
        start = counts(parse_profile(OUTPUT))
        end = start.copy()
        end.update({"instructions": 7000, "recv": 11, "send": 10, "wait": 1,
                    "allocation": 25})
        self.assertEqual(of_each(start, end, 10), {
            "instructions": 700.0, "allocations": 2.5, "socket_calls": 2.1,
            "recv_calls": 1.1, "send_calls": 1.0, "wait_calls": 0.1})
