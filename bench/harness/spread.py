"""The few statistics of the benchmark: medians, spreads, paired ratios."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Spread:
    """The median of some numbers, the least and the greatest of them."""

    median: float
    low: float
    high: float


def spread_of(numbers: Sequence[float]) -> Spread | None:
    """The spread of the numbers; None where there are none."""
    if not numbers:
        return None
    return Spread(median(numbers), min(numbers), max(numbers))


def paired_ratios(of: Mapping[int, float],
                  to: Mapping[int, float]) -> list[float]:
    """The ratio of each round that both sides have a number for."""
    return [of[number] / to[number]
            for number in sorted(of.keys() & to.keys()) if to[number] != 0]


Histogram = Sequence[tuple[float, int]]


def merged(histograms: Iterable[Histogram]) -> list[tuple[float, int]]:
    """One histogram of several: pairs of an upper bound and a count."""
    counts: dict[float, int] = {}
    for histogram in histograms:
        for bound, count in histogram:
            counts[bound] = counts.get(bound, 0) + count
    return sorted(counts.items())


def percentile_curve(histogram: Histogram) -> list[tuple[float, float]]:
    """For each bin the share of the counts up to it, and its upper bound."""
    total = sum(count for _, count in histogram)
    curve = []
    seen = 0
    for bound, count in histogram:
        seen += count
        curve.append((seen / total, bound))
    return curve
