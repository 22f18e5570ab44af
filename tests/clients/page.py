"""What protocol/clients.md says of the clients that are tested.

As a program, it takes the names of the clients that CTest has entries for, and
fails unless the page has just these in bold letters.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / 'protocol' / 'clients.md'


@dataclass(frozen=True)
class Row:
    """A client in bold letters."""

    version: str
    alone: str
    refusal: str
    compression: str


def read_page(page=PAGE):
    """The rows of the clients in bold letters, by name without version."""
    lines = page.read_text(encoding='utf-8').splitlines()
    tables = [[cell.strip() for cell in line.strip('|').split('|')]
              for line in lines if line.startswith('|')]
    heads, rows = tables[0], {}
    for cells in tables[2:]:
        column = dict(zip(heads, cells, strict=True))
        if bold := re.match(r'\*\*(.+) ([0-9.]+)\*\*', column['client']):
            rows[bold[1]] = Row(bold[2], column['subprotocol alone'],
                                column['refusal'], column['compression'])
    return rows


if __name__ == '__main__':
    for name in sorted(read_page().keys() ^ set(sys.argv[1:])):
        where = 'an entry' if name in sys.argv else 'bold letters'
        print(f'{name} has {where} only; see {PAGE}')
    sys.exit(read_page().keys() != set(sys.argv[1:]))
