"""The tables."""

import unittest

from harness.bars import BARS
from harness.markdown import (
    FAILED, NOTHING, measured_text, number_text, spread_text, table)
from harness.report import (
    MEASURES, RATES, bars_table, foreign_text, kernel_text,
    peers_ratio_table, report)
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
        at_least, at_most = (
            next(bar for bar in BARS if bar.title == title)
            for title in ("64 × 1, messages/s, to the echo's",
                          "memory of an idle connection, KB"))
        self.assertTrue(at_least.met_by(1.2))
        self.assertFalse(at_least.met_by(1.19))
        self.assertTrue(at_most.met_by(3.8))
        self.assertFalse(at_most.met_by(3.81))

    def test_the_measured_ratio_stands_beside_its_bar(self):
        title = "64 × 1, messages/s, to the echo's"
        self.assertEqual(
            self.row(results_of(measured(130.0)), title),
            "| 64 × 1, messages/s, to the echo's | 1.30 | ≥ 1.2 | ≥ 1.4 "
            "| yes |")
        self.assertTrue(
            self.row(results_of(measured(110.0)), title)
            .endswith("| no |"))

    def test_what_was_not_measured_is_not_judged(self):
        title = "1 × 1, median latency,"
        self.assertEqual(self.row(results_of(BROKEN), title),
                         "| 1 × 1, median latency, to the echo's | – "
                         "| ≤ 1 | ≤ 0.9 | – |")

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

    def test_rights_that_end_are_counted_over_all_calls(self):
        title = "events to members whose right has ended, behind the answer"
        for violations, row in ((0, "| 0.00 | ≤ 0 | – | yes |"),
                                (1, "| 1.00 | ≤ 0 | – | no |")):
            sample = Sample("revocation", "2 members on two nodes",
                            "stagedoor", 1,
                            {"violations": violations, "not_told": 0}, {})
            self.assertEqual(
                self.row(Results(MACHINE, {"judged": True}, [sample]), title),
                f"| {title} {row}")

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

    def judged(self, *samples):
        """Each row of the table by its title: the number and the verdict."""
        page = bars_table(Results(MACHINE, {"judged": True}, list(samples)))
        cells = [line.strip("| ").split(" | ")
                 for line in page.splitlines()[2:]]
        return {row[0]: (row[1], row[-1]) for row in cells}

    def test_each_bar_of_a_number_has_two_sides(self):
        for title, experiment, variant, value, yes, no in (
                ("instructions of a message, 64 × 1", "instructions", "64x1",
                 "instructions", 7_000.0, 7_010.0),
                ("instructions of a delivery to 100 members, 1 event in "
                 "flight", "instructions", "delivery", "instructions",
                 2_300.0, 2_301.0),
                ("allocations of a message, 64 × 1", "instructions", "64x1",
                 "allocations", 5.0, 5.1),
                ("`recv` and `send` calls of a message, 64 × 1",
                 "instructions", "64x1", "socket_calls", 2.05, 2.06),
                ("`recv` and `send` calls of a message, 64 × 1",
                 "instructions", "64x1", "paced_socket_calls", 2.05, 3.0),
                ("memory of an idle connection, KB", "memory", "10000 idle",
                 "bytes_per_connection", 3_800.0, 3_810.0),
                ("context switches of an idle server per second", "idle",
                 "no connections", "switches_per_second", 20.0, 20.1)):
            for number, verdict in ((yes, "yes"), (no, "no")):
                with self.subTest(title, number=number):
                    self.assertEqual(self.judged(Sample(
                        experiment, variant, "stagedoor", 1,
                        {value: number}, {}))[title][1], verdict)

    def test_each_bar_of_a_ratio_has_two_sides(self):
        cpu, rate = "cpu_us_per_message", "messages_per_second"
        for title, experiment, variant, of, to, value, yes, no in (
                ("64 × 1, server's CPU of a message, to the echo's",
                 "throughput", "64x1", "stagedoor", "echo", cpu, 80.0, 81.0),
                ("64 × 16, server's CPU of a message, to the echo's",
                 "throughput", "64x16", "stagedoor", "echo", cpu, 22.0, 23.0),
                ("1,000 × 1, server's CPU of a message, to the echo's",
                 "throughput", "1000x1", "stagedoor", "echo", cpu, 82.0,
                 83.0),
                ("64 × 16, messages/s, to the echo's", "throughput", "64x16",
                 "stagedoor", "echo", rate, 450.0, 449.0),
                ("1 × 1, median latency, to the echo's", "latency", "1x1",
                 "stagedoor", "echo", "latency_p50_us", 100.0, 101.0),
                ("1 × 1, median latency with `--spin=50us`, to the echo's",
                 "latency", "1x1", "spin", "echo", "latency_p50_us", 45.0,
                 46.0),
                ("CPU of a message, two units to one, 20,000 messages/s",
                 "units", "20,000 messages/s", "2", "1", cpu, 105.0, 106.0),
                ("CPU of a message, two units to one, 50,000 messages/s",
                 "units", "50,000 messages/s", "2", "1", cpu, 105.0, 106.0),
                ("64 × 16, messages/s with the permission on another node, "
                 "to the echo's", "levels", "64x16", "remote", "echo", rate,
                 40.0, 39.0)):
            for number, verdict in ((yes, "yes"), (no, "no")):
                with self.subTest(title, number=number):
                    samples = [Sample(experiment, variant, subject, 1,
                                      {value: measured}, {})
                               for subject, measured in ((of, number),
                                                         (to, 100.0))]
                    self.assertEqual(self.judged(*samples)[title][1], verdict)

    def test_the_greater_number_of_calls_is_judged(self):
        title = "`recv` and `send` calls of a message, 64 × 1"
        for values, text in (({"socket_calls": 2.0,
                               "paced_socket_calls": 3.0}, "3.00"),
                             ({"socket_calls": 2.5,
                               "paced_socket_calls": 2.0}, "2.50"),
                             ({"socket_calls": 2.0}, "2.00")):
            self.assertEqual(self.judged(Sample(
                "instructions", "64x1", "stagedoor", 1, values, {}))[title][0],
                text)

    def test_only_idle_connections_are_judged_by_their_memory(self):
        samples = [Sample("memory", f"10000 {state}", "stagedoor", 1,
                          {"bytes_per_connection": size}, {})
                   for state, size in (("idle", 3000.0),
                                       ("spoken once", 9000.0))]
        self.assertEqual(
            self.judged(*samples)["memory of an idle connection, KB"],
            ("3.00", "yes"))

    def test_a_quick_run_is_not_judged(self):
        self.assertNotIn("met", bars_table(results_of(measured(95), False)))


class ReportTest(unittest.TestCase):
    def test_a_failure_is_in_the_table_and_above_it(self):
        text = report(results_of(BROKEN))
        self.assertIn(
            "- throughput 64x1 stagedoor, round 1: 3 are wrong", text)
        self.assertIn(f"| Stagedoor | {FAILED} |",
                      peers_ratio_table(results_of(BROKEN), RATES))

    def test_ratios_come_first_and_name_the_machine(self):
        text = report(results_of(measured(95.0)))
        self.assertLess(text.index("## Ratios"), text.index("A processor"))
        self.assertIn("Commit 0123456789ab.", text)
        self.assertIn("`make bench`", text)
        self.assertNotIn("## Soak", text)

    def test_cpu_stands_beside_messages_per_second(self):
        results = results_of(Sample(
            "throughput", "64x1", "stagedoor", 1,
            {"messages_per_second": 150.0, "cpu_us_per_message": 6.0}, {}))
        results.samples[0].values["cpu_us_per_message"] = 8.0
        self.assertIn("| Stagedoor | 1.50 | 0.75 | – |",
                      peers_ratio_table(results, RATES))
        self.assertIn("| Stagedoor | – | – | – |",
                      peers_ratio_table(results, MEASURES))

    def test_the_part_of_the_kernel_is_held_against_all_of_the_echo(self):
        results = results_of(Sample(
            "throughput", "64x1", "stagedoor", 1,
            {"messages_per_second": 150.0, "kernel_us_per_message": 6.0}, {}))
        self.assertEqual(kernel_text(results), "")
        results.samples[0].values["cpu_us_per_message"] = 8.0
        self.assertEqual(
            kernel_text(results),
            "\nWhat the kernel works for a message of Stagedoor takes this "
            "part of all CPU of the echo: 0.75 at 64 × 1.\n")

    def test_what_a_server_of_peer_does_is_said_in_a_sentence(self):
        results = results_of(measured(95.0))
        results.run["foreign"] = ["uWebSockets"]
        results.run["peers"]["uWebSockets"] = "uWebSockets"
        self.assertEqual(foreign_text(results), "")
        results.samples.append(Sample(
            "throughput", "64x1", "uWebSockets", 1,
            {"messages_per_second": 147.0}, {}))
        self.assertEqual(
            foreign_text(results),
            "\nuWebSockets, a server that ran already (`--peer`), answers "
            "1.47 times the echo's messages/s at 64 × 1. Its CPU is not "
            "known, because its process cannot be seen.\n")
        results.samples[0].values["cpu_us_per_message"] = 10.0
        results.samples[-1].values["cpu_us_per_message"] = 6.0
        self.assertIn(
            "answers 1.47 times the echo's messages/s with 0.60 times its "
            "CPU per message at 64 × 1.\n", report(results))
