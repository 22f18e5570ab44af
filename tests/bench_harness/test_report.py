"""The tables."""

import unittest

from harness.bars import BARS
from harness.markdown import (
    FAILED, NOTHING, measured_text, number_text, spread_text, table)
from harness.report import bars_table, peers_ratio_table, report
from harness.results import Results, Sample
from harness.spread import Spread

MACHINE = {"cpu": "A processor", "cores": 2, "memory_gb": 4.0,
           "kernel": "6.1", "system": "Debian", "compiler": "g++ 12",
           "build": "Release", "versions": {"node": "v20"},
           "commit": "0123456789abcdef"}


def results_of(stagedoor, judged=True):
    """A run of one round, in which the echo had 100 messages a second."""
    return Results(
        MACHINE,
        {"judged": judged, "rounds": 1, "command": "make bench",
         "peers": {"echo": "Beast echo", "stagedoor": "Stagedoor"}},
        [Sample("throughput", "64x1", "echo", 1,
                {"messages_per_second": 100.0}, {}),
         stagedoor])


def measured(value):
    """What Stagedoor had."""
    return Sample("throughput", "64x1", "stagedoor", 1,
                  {"messages_per_second": value}, {})


BROKEN = Sample("throughput", "64x1", "stagedoor", 1, {}, {}, "3 are wrong")


class MarkdownTest(unittest.TestCase):
    def test_numbers_have_three_digits_that_count(self):
        self.assertEqual([number_text(number) for number in
                          (0.7312, 12.345, 123.45, 1234.5, 1234567.0)],
                         ["0.73", "12.3", "123", "1,234", "1,234,567"])

    def test_a_spread_shows_where_it_went(self):
        self.assertEqual(spread_text(Spread(2.0, 1.0, 3.0)),
                         "2.00 (1.00…3.00)")
        self.assertEqual(spread_text(Spread(2.0, 2.0, 2.0)), "2.00")
        self.assertEqual(spread_text(None), NOTHING)

    def test_a_failure_is_marked_beside_what_there_is(self):
        self.assertEqual(measured_text(None, True), FAILED)
        self.assertEqual(measured_text(Spread(2, 2, 2), True),
                         f"2.00 {FAILED}")
        self.assertEqual(measured_text(Spread(2, 2, 2), False), "2.00")

    def test_a_table_is_text_then_numbers(self):
        self.assertEqual(table(["", "n"], [["a", "1"]]),
                         "|  | n |\n| --- | --: |\n| a | 1 |\n")


class BarsTest(unittest.TestCase):
    def row(self, results, title):
        """The row of the table that begins so."""
        rows = [line for line in bars_table(results).splitlines()
                if line.startswith(f"| {title}")]
        self.assertEqual(len(rows), 1)
        return rows[0]

    def test_a_bar_is_met_at_the_bar(self):
        at_least, at_most = BARS[0], BARS[2]
        self.assertTrue(at_least.met_by(0.9))
        self.assertFalse(at_least.met_by(0.89))
        self.assertTrue(at_most.met_by(1.05))
        self.assertFalse(at_most.met_by(1.06))

    def test_the_measured_ratio_stands_beside_its_bar(self):
        self.assertEqual(
            self.row(results_of(measured(95.0)), "64 × 1, messages/s, to the"),
            "| 64 × 1, messages/s, to the echo's | 0.95 | ≥ 0.9 | ≥ 1.3 "
            "| yes |")
        self.assertTrue(
            self.row(results_of(measured(80.0)), "64 × 1, messages/s, to the")
            .endswith("| no |"))

    def test_what_was_not_measured_is_not_judged(self):
        title = "1 × 1, median latency,"
        self.assertEqual(self.row(results_of(BROKEN), title),
                         "| 1 × 1, median latency, to the echo's | – "
                         "| ≤ 1.05 | ≤ 1 | – |")

    def test_a_delivery_is_held_against_that_to_bare_sockets(self):
        samples = [Sample("broadcast", "1000x1", subject, number,
                          {"cpu_us_per_delivery": cost}, {})
                   for subject, costs in (("bare", (4.0, 5.0)),
                                          ("stagedoor", (6.0, 6.0)))
                   for number, cost in enumerate(costs, 1)]
        self.assertEqual(
            self.row(Results(MACHINE, {"judged": True}, samples),
                     "CPU of a delivery to 1,000 members on one node, 1 ev"),
            "| CPU of a delivery to 1,000 members on one node, 1 event in "
            "flight, to bare sockets' | 1.35 (1.20…1.50) | ≤ 2 | – | yes |")

    def test_a_row_is_held_against_a_bare_statement(self):
        of_models = [Sample("models", "sqlite", subject, 1, values, {})
                     for subject, values in (
                         ("ping", {"cpu_us_per_message": 10.0}),
                         ("retrieve", {"cpu_us_per_message": 18.0}),
                         ("create", {"messages_per_second": 600.0}),
                         ("bare", {"cpu_us_per_select": 4.0,
                                   "commits_per_second": 200.0}))]
        page = bars_table(Results(MACHINE, {"judged": True}, of_models))
        self.assertIn("beyond a message's, to a bare SELECT's | 2.00 | ≤ 3",
                      page)
        self.assertIn("to a bare loop's | 3.00 | ≥ 1", page)

    def test_a_quick_run_is_not_judged(self):
        self.assertNotIn("met", bars_table(results_of(measured(95), False)))


class ReportTest(unittest.TestCase):
    def test_a_failure_is_in_the_table_and_above_it(self):
        text = report(results_of(BROKEN))
        self.assertIn(
            "- throughput 64x1 stagedoor, round 1: 3 are wrong", text)
        self.assertIn(f"| Stagedoor | {FAILED} |",
                      peers_ratio_table(results_of(BROKEN)))

    def test_ratios_come_first_and_name_the_machine(self):
        text = report(results_of(measured(95.0)))
        self.assertLess(text.index("## Ratios"), text.index("A processor"))
        self.assertIn("Commit 0123456789ab.", text)
        self.assertIn("`make bench`", text)
        self.assertNotIn("## Soak", text)
