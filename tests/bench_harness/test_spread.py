"""Medians, spreads, ratios and histograms."""

import unittest

from harness.spread import (
    Spread, merged, paired_ratios, percentile_curve, spread_of)


class SpreadTest(unittest.TestCase):
    def test_median_stands_between_the_least_and_the_greatest(self):
        self.assertEqual(spread_of([3.0, 1.0, 9.0]), Spread(3.0, 1.0, 9.0))
        self.assertEqual(spread_of([4.0, 1.0]), Spread(2.5, 1.0, 4.0))

    def test_no_numbers_have_no_spread(self):
        self.assertIsNone(spread_of([]))


class PairedRatiosTest(unittest.TestCase):
    def test_rounds_are_divided_by_their_own_yardstick(self):
        self.assertEqual(
            paired_ratios({1: 10.0, 2: 40.0}, {1: 5.0, 2: 10.0}), [2.0, 4.0])

    def test_a_round_that_one_side_lacks_is_left_out(self):
        self.assertEqual(
            paired_ratios({1: 10.0, 3: 9.0}, {2: 5.0, 3: 3.0}), [3.0])

    def test_nothing_is_divided_by_zero(self):
        self.assertEqual(paired_ratios({1: 10.0}, {1: 0.0}), [])


class HistogramTest(unittest.TestCase):
    def test_merging_adds_the_counts_of_a_bin(self):
        self.assertEqual(merged([[(1.0, 2), (4.0, 1)], [(2.0, 5), (4.0, 3)]]),
                         [(1.0, 2), (2.0, 5), (4.0, 4)])

    def test_the_curve_rises_to_all(self):
        self.assertEqual(percentile_curve([(10.0, 3), (20.0, 1)]),
                         [(0.75, 10.0), (1.0, 20.0)])

    def test_the_curve_of_nothing_is_empty(self):
        self.assertEqual(percentile_curve([]), [])
