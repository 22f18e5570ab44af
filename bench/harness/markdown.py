"""Numbers as text, and tables of GitHub's Markdown."""

from collections.abc import Sequence

from .spread import Spread

NOTHING = "–"
FAILED = "**failed**"


def number_text(number: float) -> str:
    """Three digits that count, or all before the point."""
    if abs(number) >= 1000:
        return f"{number:,.0f}"
    if abs(number) >= 100:
        return f"{number:.0f}"
    if abs(number) >= 10:
        return f"{number:.1f}"
    return f"{number:.2f}"


def spread_text(spread: Spread | None) -> str:
    """The median, and from where to where it went."""
    if spread is None:
        return NOTHING
    if spread.low == spread.high:
        return number_text(spread.median)
    return (f"{number_text(spread.median)} ({number_text(spread.low)}"
            f"…{number_text(spread.high)})")


def measured_text(spread: Spread | None, failed: bool) -> str:
    """The spread, and a mark where a measurement of it failed."""
    if not failed:
        return spread_text(spread)
    return f"{spread_text(spread)} {FAILED}" if spread else FAILED


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; the first column is text, the others are numbers."""
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
