"""What the clients in Python share: their arguments and what they print."""

import sys
from types import SimpleNamespace


def arguments():
    """What the program is told to do; the README lists it."""
    url, token, protocols, deflate, *messages = sys.argv[1:]
    return SimpleNamespace(
        url=url,
        headers={'Authorization': f'Bearer {token}'} if token else {},
        protocols=protocols.split(',') if protocols else [],
        deflate=bool(deflate),
        messages=messages)


def tell(word, value=''):
    """Prints a line of the report."""
    lines = str(value).splitlines() or ['']
    print(word, lines[0], flush=True)


def told_version(version):
    """Tells the version if that is all that is asked for."""
    if sys.argv[1:] != ['version']:
        return False
    tell('version', version)
    return True
