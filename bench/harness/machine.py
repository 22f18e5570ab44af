"""Describes what the numbers were measured on."""

import os
import platform
import re
import subprocess
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

DEBIAN_PACKAGES = ("libcaf-dev", "libre2-dev")
PYTHON_PACKAGES = ("Django", "channels", "uvicorn", "uvloop", "websockets")


def _first_line(command: Sequence[str], cwd: Path | None = None) -> str:
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True,
                              text=True, timeout=20, check=False)
    except OSError:
        return ""
    return done.stdout.partition("\n")[0].strip()


def _from_file(path: Path, pattern: str) -> str:
    try:
        found = re.search(pattern, path.read_text(), re.MULTILINE)
    except OSError:
        return ""
    return found[1].strip() if found else ""


def _python_version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _debian_version(package: str) -> str:
    return _first_line(["dpkg-query", "-W", "-f", "${Version}", package])


def _boost_package() -> str:
    """The package of the Boost that is compiled with, which has its version
    in its name on some systems."""
    owner = _first_line(
        ["dpkg-query", "-S", "/usr/include/boost/version.hpp"])
    return owner.partition(":")[0] or "libboost-dev"


def _build(cache: Path) -> dict[str, str]:
    compiler = _from_file(cache, r"^CMAKE_CXX_COMPILER:\w+=(.+)$")
    kind = _from_file(cache, r"^CMAKE_BUILD_TYPE:\w+=(.+)$")
    flags = _from_file(
        cache, rf"^CMAKE_CXX_FLAGS_{kind.upper()}:\w+=(.+)$") if kind else ""
    return {
        "compiler": _first_line([compiler, "--version"]) if compiler else "",
        "build": f"{kind} {flags}".strip(),
    }


def _commit(top: Path) -> str:
    commit = _first_line(["git", "rev-parse", "HEAD"], top)
    if commit and _first_line(["git", "status", "--porcelain",
                               "--untracked-files=no", "--",
                               ":!bench/results", ":!bench/README.md"],
                              top):
        return f"{commit} with changes"
    return commit


def describe(build_dir: Path, bench_dir: Path) -> dict[str, object]:
    """Processor, system, compiler, versions and commit."""
    memory_kb = _from_file(Path("/proc/meminfo"), r"^MemTotal:\s+(\d+)")
    lock = bench_dir / "servers" / "ws_server" / "package.json"
    versions = {name: _debian_version(name)
                for name in (_boost_package(), *DEBIAN_PACKAGES)}
    versions |= {name: _python_version(name) for name in PYTHON_PACKAGES}
    versions["python"] = platform.python_version()
    versions["node"] = _first_line(["node", "--version"])
    versions["ws"] = _from_file(lock, r'"ws": "([^"]+)"')
    return {
        "cpu": _from_file(Path("/proc/cpuinfo"), r"^model name\s*: (.+)$"),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(int(memory_kb or 0) / 1e6, 1),
        "kernel": platform.release(),
        "system": _from_file(Path("/etc/os-release"),
                             r'^PRETTY_NAME="(.+)"$'),
        **_build(build_dir / "CMakeCache.txt"),
        "versions": {name: text for name, text in versions.items() if text},
        "commit": _commit(bench_dir),
    }


def machine_text(machine: dict[str, object]) -> str:
    """The description in two sentences."""
    versions = machine.get("versions", {})
    assert isinstance(versions, dict)
    listed = ", ".join(f"{name} {text}" for name, text in versions.items())
    return (f"{machine['cpu']}, {machine['cores']} cores, "
            f"{machine['memory_gb']} GB; {machine['system']}, "
            f"Linux {machine['kernel']}; {machine['compiler']}, "
            f"{machine['build']}; {listed}. "
            f"Commit {str(machine['commit'])[:12]}"
            f"{' with changes' if 'changes' in str(machine['commit']) else ''}"
            ".")
