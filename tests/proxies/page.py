"""The configurations that the page for operators shows."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "actors" / "operators" / "proxies.md"


def configuration(heading: str) -> str:
    """The first fenced block below a heading of the page."""
    _, found, section = PAGE.read_text().partition(f"\n## {heading}\n")
    assert found, f"{PAGE} has no heading {heading}"
    block = re.search(r"^```\w*\n(.*?)^```$", section.split("\n## ")[0],
                      re.MULTILINE | re.DOTALL)
    assert block, f"{PAGE} shows no configuration below {heading}"
    return block[1]


def substitute(text: str, replacements: dict[str, str]) -> str:
    """Replaces texts, each of which the page has to have."""
    for old, new in replacements.items():
        assert old in text, f"the configuration on the page lacks: {old}"
        text = text.replace(old, new)
    return text
