#!/usr/bin/python3
"""Shows the newest full run in bench/README.md: ratios, machine and plots."""

import sys
from pathlib import Path

from harness.report import ratios_part
from harness.results import read_results

BENCH = Path(__file__).resolve().parent
PAGE = BENCH / "README.md"
BEGIN = "<!-- benchmark: begin (bench/update_readme.py writes this) -->"
END = "<!-- benchmark: end -->"

PLOTS = """\
![Messages per second](results/throughput.svg)
![Latency at a fixed rate](results/latency.svg)
![Memory of an idle connection](results/memory.svg)
"""


def replaced(text: str, part: str) -> str:
    """The text with another part between the marks."""
    before, begin, rest = text.partition(BEGIN + "\n")
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the marks are missing")
    return f"{before}{begin}\n{part}\n{end}{after}"


def main() -> int:
    """Reads bench/results, writes bench/README.md."""
    results = read_results(BENCH / "results" / "results.json")
    part = f"{ratios_part(results)}\n{PLOTS}"
    PAGE.write_text(replaced(PAGE.read_text(), part))
    return 0


if __name__ == "__main__":
    sys.exit(main())
