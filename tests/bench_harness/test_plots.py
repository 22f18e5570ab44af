"""What gnuplot reads."""

import unittest

from harness.plots import (
    fairness_data, growth_data, latency_data, memory_data, soak_data,
    throughput_data)
from harness.results import Results, Sample

PEERS = {"echo": "Beast echo", "stagedoor": "Stagedoor"}


def results_of(*samples):
    """Results of these samples."""
    return Results(run={"peers": PEERS}, samples=list(samples))


class PlotDataTest(unittest.TestCase):
    def test_each_load_is_a_block_and_each_peer_a_line(self):
        results = results_of(*(
            Sample("throughput", variant, subject, number,
                   {"messages_per_second": 1000.0 * number}, {})
            for variant in ("64x1", "64x16") for subject in PEERS
            for number in (1, 2, 3)))
        self.assertEqual(
            throughput_data(results),
            '# 64x1\n"Beast echo" 2000 1000 3000\n"Stagedoor" 2000 1000 3000\n'
            '\n\n'
            '# 64x16\n"Beast echo" 2000 1000 3000\n'
            '"Stagedoor" 2000 1000 3000\n')

    def test_memory_is_drawn_of_idle_connections(self):
        results = results_of(*(
            Sample("memory", f"10 {state}", "echo", 1,
                   {"bytes_per_connection": size}, {})
            for state, size in (("idle", 2000.0), ("spoken once", 9000.0))))
        self.assertEqual(memory_data(results),
                         '# 10 idle\n"Beast echo" 2 2 2\n')

    def test_what_failed_is_not_drawn(self):
        results = results_of(
            Sample("throughput", "64x1", "echo", 1, {}, {}, "broken"))
        self.assertEqual(throughput_data(results), "")

    def test_rounds_of_latency_are_one_distribution(self):
        details = {"histogram": [[10.0, 9], [50.0, 1]], "rate": 1000}
        results = results_of(*(
            Sample("paced_latency", "64", "echo", number, {}, details)
            for number in (1, 2)))
        self.assertEqual(latency_data(results),
                         '"Beast echo at 1,000/s"\n10 10\n')

    def test_growth_is_a_block_for_each_server(self):
        results = results_of(*(
            Sample("growth_routes", count, "stagedoor", 1,
                   {"cpu_us_per_message": 3.0}, {})
            for count in ("1", "10")))
        self.assertEqual(growth_data("growth_routes")(results),
                         '"Stagedoor"\n1 3 3 3\n10 3 3 3\n')

    def test_fairness_is_a_block_for_each_server(self):
        results = results_of(*(
            Sample("fairness", beside, "stagedoor", 1,
                   {"latency_p99_us": 80.0}, {})
            for beside in ("alone", "flood")))
        self.assertEqual(fairness_data(results),
                         '"Stagedoor"\n"alone" 80 80 80\n'
                         '"flood" 80 80 80\n')

    def test_the_soak_is_megabytes_over_seconds(self):
        results = results_of(
            Sample("soak", "5", "stagedoor", 1, {},
                   {"rss": [(0.5, 10_000_000), (1.0, 11_000_000)]}))
        self.assertEqual(soak_data(results), "0.5 10\n1.0 11\n")
