#!/usr/bin/env python3
"""Runs a configuration of actors/operators/proxies.md before real servers.

    run.py haproxy|haproxy_http2|nginx NEWSROOM
"""

import importlib.util
import os
import shutil
import sys
import unittest

SKIPPED = 77
# Where Debian puts servers, which is not on every user's path.
SYSTEM_FOLDERS = "/usr/sbin:/sbin"


def skip(missing: str) -> None:
    """Ends the run; nothing was tested."""
    print(f"skipped: there is no {missing}; .ci/setup ci installs it")
    sys.exit(SKIPPED)


def main() -> None:
    """Finds the programs, then runs the cases of one file."""
    if len(sys.argv) != 3:
        sys.exit(f"usage: {sys.argv[0]} haproxy|haproxy_http2|nginx NEWSROOM")
    name, newsroom = sys.argv[1:]
    proxy = name.split("_")[0]
    path = os.environ.get("PATH", "") + os.pathsep + SYSTEM_FOLDERS
    program = shutil.which(proxy, path=path)
    if program is None:
        skip(proxy)
    if shutil.which("openssl") is None:
        skip("openssl")
    for module in ("h2", "websockets"):
        if importlib.util.find_spec(module) is None:
            skip(f"python3-{module}")
    os.environ.update(PROXY=program, NEWSROOM=newsroom)
    unittest.main(f"test_{name}", argv=sys.argv[:1], verbosity=2)


if __name__ == "__main__":
    main()
