"""What has to be reached, and what is reached for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .experiments.instructions import DELIVERY
from .results import Results, Series
from .spread import Spread, paired_ratios, spread_of

BYTES_PER_KB = 1000


@dataclass(frozen=True)
class Bar:
    """One row of the table: what is measured, and its bar."""

    title: str
    measured: Callable[[Results], Spread | None]
    bar: float
    reach: float | None = None
    at_least: bool = True
    unit: str = ""

    def met_by(self, number: float) -> bool:
        """Whether the number is on the right side of the bar."""
        return number >= self.bar if self.at_least else number <= self.bar

    def text(self, number: float | None) -> str:
        """The bar in signs, for instance `≥ 0.9`."""
        if number is None:
            return "–"
        return f"{'≥' if self.at_least else '≤'} {number:,g}{self.unit}"


def to_echo(experiment: str, variant: str, value: str,
            subject: str = "stagedoor") -> Callable[[Results], Spread | None]:
    """The ratio to the echo of the same round."""
    return between(Series(experiment, variant, subject, value),
                   Series(experiment, variant, "echo", value))


def between(of: Series, to: Series) -> Callable[[Results], Spread | None]:
    """The ratio of two series, round by round."""
    return lambda results: results.ratio(of, to)


def alone(series: Series) -> Callable[[Results], Spread | None]:
    """A number that is none of a ratio: it hardly depends on the machine."""
    return lambda results: results.spread(series)


def counted(value: str) -> Callable[[Results], Spread | None]:
    """What callgrind counted of a message."""
    return alone(Series("instructions", "64x1", "stagedoor", value))


def socket_calls(results: Results) -> Spread | None:
    """The greater of both: where clients never let the server wait, and where
    it waits for each message."""
    found = [spread for spread in (
        counted("socket_calls")(results),
        counted("paced_socket_calls")(results)) if spread]
    return max(found, key=lambda spread: spread.median, default=None)


def idle_memory(results: Results) -> Spread | None:
    """KB of an idle connection: no ratio, but the bar is none either."""
    numbers = [sample.values["bytes_per_connection"] / BYTES_PER_KB
               for sample in results.matching("memory", subject="stagedoor")
               if not sample.failure and sample.variant.endswith(" idle")]
    return spread_of(numbers)


def retrieved(results: Results) -> Spread | None:
    """What a row adds to the CPU of a message, to a bare SELECT of it."""
    def of(subject: str, value: str = "cpu_us_per_message"
           ) -> dict[int, float]:
        return results.by_round(Series("models", "sqlite", subject, value))
    ping = of("ping")
    beyond = {number: cpu - ping[number]
              for number, cpu in of("retrieve").items() if number in ping}
    return spread_of(paired_ratios(beyond, of("bare", "cpu_us_per_select")))


def soaked_memory(results: Results) -> Spread | None:
    """Memory at the end of the soak, over that after the warm-up."""
    numbers = [sample.values["rss_end_bytes"] / sample.values["rss_warm_bytes"]
               for sample in results.matching("soak") if not sample.failure]
    return spread_of(numbers)


def beside(aggressor: str, subject: str = "stagedoor"
           ) -> Callable[[Results], Spread | None]:
    """The victim's p99 beside the aggressor, over that alone."""
    value = "latency_p99_us"
    return between(Series("fairness", aggressor, subject, value),
                   Series("fairness", "alone", subject, value))


def revoked(value: str) -> Callable[[Results], Spread | None]:
    """Of all calls that end rights."""
    def found(results: Results) -> Spread | None:
        return spread_of([sample.values[value]
                          for sample in results.matching("revocation")
                          if not sample.failure])
    return found


def _loads(make: Callable[[str], Bar]) -> Iterable[Bar]:
    return (make("64x1"), make("64x16"))


BARS: tuple[Bar, ...] = (
    Bar("instructions of a message, 64 × 1", counted("instructions"),
        7_000, 4_500, at_least=False),
    # 2,280 before groups could have histories, and up to 0.5 % more or less.
    Bar("instructions of a delivery to 100 members, 1 event in flight",
        alone(Series("instructions", DELIVERY, "stagedoor", "instructions")),
        2_300, at_least=False),
    Bar("the same of a group with a history, to that without",
        between(Series("instructions", DELIVERY, "history", "instructions"),
                Series("instructions", DELIVERY, "stagedoor",
                       "instructions")), 1.3, at_least=False),
    Bar("allocations of a message, 64 × 1", counted("allocations"), 5, 2,
        at_least=False),
    Bar("`recv` and `send` calls of a message, 64 × 1", socket_calls, 2.05,
        at_least=False),
    *(Bar(f"{title}, server's CPU of a message, to the echo's",
          to_echo("throughput", load, "cpu_us_per_message"), bar, reach,
          at_least=False)
      for title, load, bar, reach in (("64 × 1", "64x1", 0.8, 0.68),
                                      ("64 × 16", "64x16", 0.22, 0.16),
                                      ("1,000 × 1", "1000x1", 0.82, 0.68))),
    Bar("64 × 1, messages/s, to the echo's",
        to_echo("throughput", "64x1", "messages_per_second"), 1.2, 1.4),
    Bar("64 × 16, messages/s, to the echo's",
        to_echo("throughput", "64x16", "messages_per_second"), 4.5, 7),
    Bar("1 × 1, median latency, to the echo's",
        to_echo("latency", "1x1", "latency_p50_us"), 1, 0.9,
        at_least=False),
    Bar("1 × 1, median latency with `--spin=50us`, to the echo's",
        to_echo("latency", "1x1", "latency_p50_us", "spin"), 0.45, 0.33,
        at_least=False),
    Bar("memory of an idle connection, KB", idle_memory, 3.8, 3.2,
        at_least=False, unit=" KB"),
    *(Bar(f"CPU of a message, two units to one, {rate} messages/s",
          between(Series("units", f"{rate} messages/s", "2",
                         "cpu_us_per_message"),
                  Series("units", f"{rate} messages/s", "1",
                         "cpu_us_per_message")),
          1.05, 1, at_least=False)
      for rate in ("20,000", "50,000")),
    Bar("64 × 16, messages/s with the permission on another node, to the "
        "echo's",
        between(Series("levels", "64x16", "remote", "messages_per_second"),
                Series("levels", "64x16", "echo", "messages_per_second")),
        0.4, 0.8),
    Bar("context switches of an idle server per second",
        alone(Series("idle", "no connections", "stagedoor",
                     "switches_per_second")), 20, 5, at_least=False),
    *_loads(lambda load: Bar(
        f"`AllowAny` to no permission, {load}",
        between(Series("levels", load, "open", "messages_per_second"),
                Series("levels", load, "free", "messages_per_second")),
        0.92, 0.97)),
    Bar("64 × 1, messages/s, to Django Channels'",
        between(Series("throughput", "64x1", "stagedoor",
                       "messages_per_second"),
                Series("throughput", "64x1", "channels",
                       "messages_per_second")), 20, 30),
    *(Bar(f"CPU of a delivery to 1,000 members on {nodes}, {events} in "
          "flight, to bare sockets'",
          between(Series("broadcast", load, subject, "cpu_us_per_delivery"),
                  Series("broadcast", load, "bare", "cpu_us_per_delivery")),
          2, at_least=False)
      for subject, nodes in (("stagedoor", "one node"),
                             ("nodes", "two nodes"))
      for load, events in (("1000x1", "1 event"), ("1000x16", "16 events"))),
    Bar("events to members whose right has ended, behind the answer",
        revoked("violations"), 0, at_least=False),
    Bar("members that are not told of that, of those", revoked("not_told"), 0,
        at_least=False),
    Bar("CPU of a retrieved row beyond a message's, to a bare SELECT's",
        retrieved, 3, at_least=False),
    Bar("rows created and committed/s, to a bare loop's",
        between(Series("models", "sqlite", "create", "messages_per_second"),
                Series("models", "sqlite", "bare", "commits_per_second")),
        1, 3),
    *(Bar(f"p99 of pings beside half of the {title}/s, to that alone",
          between(Series("models", "pings at a fixed rate", action,
                         "latency_p99_us"),
                  Series("models", "pings at a fixed rate", "alone",
                         "latency_p99_us")), 2, at_least=False)
      for action, title in (("retrieve", "retrieved rows"),
                            ("create", "created rows"))),
    *(Bar(f"PostgreSQL: {title}, to pgbench's",
          between(Series("models", f"postgresql, {action}", "models",
                         "messages_per_second"),
                  Series("models", f"postgresql, {action}", "pgbench",
                         "messages_per_second")), 0.7)
      for action, title in (("retrieve", "rows retrieved/s"),
                            ("create", "rows created/s"))),
    Bar("memory after the soak, to that after its warm-up", soaked_memory,
        1.05, at_least=False),
    Bar("p99 beside a flood, to that alone", beside("flood"), 2,
        at_least=False),
    Bar("p99 beside a slow client, to that alone", beside("slow client"), 2,
        at_least=False),
    Bar("p99 beside 8 slow clients, to that alone",
        beside("8 slow clients"), 2, at_least=False),
)
