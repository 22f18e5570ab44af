"""Samples, and what is asked of them."""

import tempfile
import unittest
from pathlib import Path

from harness.results import Results, Sample, Series, read_results
from harness.spread import Spread


def sample(subject, number, value, failure=""):
    """A sample of some throughput."""
    return Sample("throughput", "64x1", subject, number,
                  {} if failure else {"messages_per_second": value}, {},
                  failure)


def series(subject):
    """The series of these samples."""
    return Series("throughput", "64x1", subject, "messages_per_second")


class ResultsTest(unittest.TestCase):
    def setUp(self):
        self.results = Results(samples=[
            sample("echo", 1, 100.0), sample("stagedoor", 1, 150.0),
            sample("echo", 2, 200.0), sample("stagedoor", 2, 100.0),
            sample("echo", 3, 100.0), sample("stagedoor", 3, 0.0, "broken")])

    def test_ratios_are_within_a_round(self):
        # The ratio of the medians would be 1.25.
        self.assertEqual(
            self.results.ratio(series("stagedoor"), series("echo")),
            Spread(1.0, 0.5, 1.5))

    def test_a_failure_is_no_number_but_is_remembered(self):
        self.assertEqual(self.results.by_round(series("stagedoor")),
                         {1: 150.0, 2: 100.0})
        self.assertTrue(
            self.results.failed("throughput", "64x1", "stagedoor"))
        self.assertFalse(self.results.failed("throughput", "64x1", "echo"))
        self.assertEqual([bad.failure for bad in self.results.failures()],
                         ["broken"])

    def test_subjects_keep_their_order(self):
        self.assertEqual(self.results.subjects("throughput"),
                         ["echo", "stagedoor"])
        self.assertEqual(self.results.variants("throughput"), ["64x1"])
        self.assertEqual(self.results.variants("latency"), [])

    def test_what_was_written_can_be_read(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "results.json"
            self.results.write(path)
            self.assertEqual(read_results(path), self.results)

    def test_each_sample_has_a_line(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "results.json"
            self.results.write(path)
            lines = path.read_text().splitlines()
            self.assertEqual(
                len([line for line in lines if '"experiment"' in line]),
                len(self.results.samples))
            # Braces, the machine, the run, and the list of samples.
            self.assertEqual(len(lines), len(self.results.samples) + 6)

    def test_no_samples_can_be_read_too(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "results.json"
            Results().write(path)
            self.assertEqual(read_results(path), Results())
