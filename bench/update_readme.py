#!/usr/bin/python3
"""Shows the newest full run in the README: its ratios, machine and plots."""

import sys
from pathlib import Path

from harness.report import ratios_part
from harness.results import read_results

TOP = Path(__file__).resolve().parent.parent
BEGIN = "<!-- benchmark: begin (bench/update_readme.py writes this) -->"
END = "<!-- benchmark: end -->"

PLOTS = """\
![Messages per second](bench/results/throughput.svg)
![Latency at a fixed rate](bench/results/latency.svg)
![Memory of an idle connection](bench/results/memory.svg)
"""


def replaced(text: str, part: str) -> str:
    """The text with another part between the marks."""
    before, begin, rest = text.partition(BEGIN + "\n")
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the marks are missing")
    return f"{before}{begin}\n{part}\n{end}{after}"


def main() -> int:
    """Reads bench/results, writes README.md."""
    results = read_results(TOP / "bench" / "results" / "results.json")
    readme = TOP / "README.md"
    part = f"{ratios_part(results)}\n{PLOTS}"
    readme.write_text(replaced(readme.read_text(), part))
    return 0


if __name__ == "__main__":
    sys.exit(main())
