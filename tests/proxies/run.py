#!/usr/bin/env python3
"""Runs a configuration of actors/operators/proxies.md before real servers.

    run.py haproxy|haproxy_http2|nginx NEWSROOM
"""

import importlib.metadata
import os
import shutil
import sys
import unittest

SKIPPED = 77
# Where Debian puts servers, which is not on every user's path.
SYSTEM_FOLDERS = "/usr/sbin:/sbin"


# What the cases know of the internals of a package.
PACKAGES = {"h2": "4.", "websockets": "10."}


def skip(missing: str) -> None:
    """Ends the run; nothing was tested. CI has all."""
    in_ci = os.environ.get("CI") == "true"
    print(f"{'FAILED' if in_ci else 'skipped'}: there is no {missing}; "
          ".ci/setup ci installs it")
    sys.exit(1 if in_ci else SKIPPED)


def has_package(name: str, version: str) -> bool:
    """Whether a package of Python is there in such a version."""
    try:
        return importlib.metadata.version(name).startswith(version)
    except importlib.metadata.PackageNotFoundError:
        return False


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
    for package, version in PACKAGES.items():
        if not has_package(package, version):
            skip(f"python3-{package} {version}x")
    os.environ.update(PROXY=program, NEWSROOM=newsroom)
    unittest.main(f"test_{name}", argv=sys.argv[:1], verbosity=2)


if __name__ == "__main__":
    main()
