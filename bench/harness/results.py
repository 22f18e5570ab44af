"""Every number that was measured, by experiment, variant, subject, round."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .spread import Spread, paired_ratios, spread_of


@dataclass(frozen=True)
class Measurement:
    """What one step found: numbers, and what plots need besides."""

    values: dict[str, float]
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Sample:
    """A measurement, or why there is none, and where it belongs."""

    experiment: str
    variant: str
    subject: str
    round: int
    values: dict[str, float]
    details: dict[str, Any]
    failure: str = ""


@dataclass(frozen=True)
class Series:
    """Names one number of one subject; a number for each round."""

    experiment: str
    variant: str
    subject: str
    value: str


@dataclass
class Results:
    """All samples, what they were measured on, and how."""

    machine: dict[str, Any] = field(default_factory=dict)
    run: dict[str, Any] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)

    def matching(self, experiment: str, variant: str | None = None,
                 subject: str | None = None) -> Iterator[Sample]:
        """The samples of an experiment, or of a part of it."""
        for sample in self.samples:
            if (sample.experiment == experiment
                    and variant in (None, sample.variant)
                    and subject in (None, sample.subject)):
                yield sample

    def variants(self, experiment: str) -> list[str]:
        """The variants of an experiment, in the order they were measured."""
        return list(dict.fromkeys(
            sample.variant for sample in self.matching(experiment)))

    def subjects(self, experiment: str) -> list[str]:
        """The subjects of an experiment, in the order they were measured."""
        return list(dict.fromkeys(
            sample.subject for sample in self.matching(experiment)))

    def by_round(self, series: Series) -> dict[int, float]:
        """The number of each round that has one."""
        return {
            sample.round: sample.values[series.value]
            for sample in self.matching(
                series.experiment, series.variant, series.subject)
            if not sample.failure and series.value in sample.values}

    def spread(self, series: Series) -> Spread | None:
        """The spread over all rounds."""
        return spread_of(list(self.by_round(series).values()))

    def ratio(self, of: Series, to: Series) -> Spread | None:
        """The spread of the ratios within each round."""
        return spread_of(paired_ratios(self.by_round(of), self.by_round(to)))

    def failed(self, experiment: str, variant: str, subject: str) -> bool:
        """Whether any measurement of this failed."""
        return any(sample.failure for sample in self.matching(
            experiment, variant, subject))

    def failures(self) -> list[Sample]:
        """All samples that are none."""
        return [sample for sample in self.samples if sample.failure]

    def write(self, path: Path) -> None:
        """Writes all of it as JSON, with a line for each sample.

        A run that measures the same again changes as many lines as samples.
        """
        content = asdict(self)
        samples = ",\n".join(map(json.dumps, content.pop("samples")))
        head = "".join(f"{json.dumps(name)}: {json.dumps(value)},\n"
                       for name, value in content.items())
        path.write_text(f'{{\n{head}"samples": [\n{samples}\n]\n}}\n')


def read_results(path: Path) -> Results:
    """Reads what `Results.write` wrote."""
    content = json.loads(path.read_text())
    return Results(content["machine"], content["run"],
                   [Sample(**sample) for sample in content["samples"]])
