"""What the load generator is asked, and what it reports."""

import json
import unittest

from harness.load import Request, parse_report
from harness.process import MeasurementError, RunningServer

SERVER = RunningServer("echo", "ws://127.0.0.1:4711/ws/", 99)


def report_text(**changes):
    """What the load generator writes, with some of it changed."""
    content = {
        "mode": "messages", "urls": [SERVER.url], "connections": 2,
        "in_flight": 1, "rate": 0, "threads": 1, "seconds": 2.0,
        "messages": 1000, "messages_per_second": 500.0, "wrong": 0,
        "missing": 0,
        "latency_us": {"min": 1, "mean": 2, "p50": 2, "p75": 2, "p90": 3,
                       "p95": 3, "p99": 4, "p99_9": 5, "max": 6},
        "histogram": [[2.0, 600], [6.0, 400]], "relative_error": 0.01,
        "server": {"cpu_seconds": 0.5, "kernel_seconds": 0.375,
                   "rss_begin_bytes": 1000,
                   "rss_end_bytes": 3000}}
    return json.dumps(content | changes)


class ReportTest(unittest.TestCase):
    def test_reads_what_the_contract_promises(self):
        report = parse_report(report_text())
        self.assertEqual(report.messages_per_second, 500.0)
        self.assertEqual(report.histogram, [(2.0, 600), (6.0, 400)])
        self.assertEqual(report.latency_us["p99"], 4)
        self.assertEqual(report.cpu_us_per_message, 500.0)
        self.assertEqual(report.kernel_us_per_message, 375.0)
        self.assertEqual(report.usage().rss_end_bytes, 3000)

    def test_a_foreign_server_has_no_usage(self):
        report = parse_report(report_text(server=None))
        with self.assertRaises(MeasurementError):
            report.usage()

    def test_wrong_and_missing_replies_are_no_measurement(self):
        for lack in ("wrong", "missing"):
            with self.subTest(lack), self.assertRaises(MeasurementError):
                parse_report(report_text(**{lack: 1}))

    def test_no_message_has_no_cost(self):
        report = parse_report(report_text(messages=0))
        with self.assertRaises(MeasurementError):
            _ = report.cpu_us_per_message

    def test_what_cannot_be_read_is_no_measurement(self):
        for text in ("", "[]", "{}", report_text(histogram=[[1]])):
            with self.subTest(text), self.assertRaises(MeasurementError):
                parse_report(text)


class RequestTest(unittest.TestCase):
    def test_only_what_is_asked_for_is_in_the_command(self):
        arguments = Request("200", connections=64, seconds=2.0).arguments(
            SERVER)
        pairs = dict(zip(arguments[::2], arguments[1::2]))
        self.assertEqual(pairs["--url"], SERVER.url)
        self.assertEqual(pairs["--connections"], "64")
        self.assertEqual(pairs["--server-pid"], "99")
        self.assertNotIn("--rate", pairs)
        self.assertNotIn("--messages", pairs)
        self.assertNotIn("--event", pairs)

    def test_a_broadcast_says_what_members_send_and_hear(self):
        arguments = Request("200", mode="broadcast", join_message="let me in",
                            event="news").arguments(SERVER)
        pairs = dict(zip(arguments[::2], arguments[1::2]))
        self.assertEqual(pairs["--join-message"], "let me in")
        self.assertEqual(pairs["--event"], "news")

    def test_several_servers_share_the_connections(self):
        other = RunningServer("other", "ws://127.0.0.1:4712/ws/", 100)
        arguments = Request("200", also=(other,)).arguments(SERVER)
        pairs = list(zip(arguments[::2], arguments[1::2]))
        self.assertEqual([value for name, value in pairs if name == "--url"],
                         [SERVER.url, other.url])
        self.assertEqual(
            [value for name, value in pairs if name == "--server-pid"],
            ["99", "100"])

    def test_a_run_of_messages_gets_the_time_that_it_needs(self):
        self.assertGreater(Request("200", messages=5_000_000).seconds_max,
                           1000)
        self.assertLess(Request("200", seconds=1.0).seconds_max, 100)


class RunningServerTest(unittest.TestCase):
    def test_knows_its_port(self):
        self.assertEqual(SERVER.port, 4711)
