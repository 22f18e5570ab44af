"""Reads callgrind's output: instructions, and who called what how often.

The format is that of valgrind's manual: `fn=` names the function that the
lines after it are of, and `calls=COUNT …` counts its calls of the function
that the `cfn=` before it names. A name is written out once, as `(ID) NAME`,
and is `(ID)` from then on.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from .process import MeasurementError

_TOTAL = re.compile(r"^(?:summary|totals): (\d+)", re.MULTILINE)
# Of a thread that ends. It has mimalloc look through the memory that threads
# have left, which costs more in one run than in the next.
_END_OF_THREAD = ("start_thread", "__nptl_deallocate_tsd")
_COMPRESSED = re.compile(r"\((\d+)\)(?: (.+))?$")
# The C library has most functions by several names, some with a version.
_DECORATION = re.compile(r"^__(?:libc_)?|@.*$")

_SYSTEM_CALLS = {
    "recv": "recv", "recvfrom": "recv", "recvmsg": "recv",
    "send": "send", "sendto": "send", "sendmsg": "send",
    "epoll_wait": "wait", "epoll_pwait": "wait", "epoll_pwait2": "wait",
}
# Those of the C library, those of C++, and mimalloc's own names of both.
_ALLOCATES = re.compile(
    r"(?:mi_)?(?:malloc|calloc|zalloc|realloc|reallocarray|aligned_alloc|"
    r"posix_memalign|memalign|valloc|pvalloc|new|new_n|new_nothrow|"
    r"new_aligned|new_aligned_nothrow)$|operator new\b")


@dataclass(frozen=True)
class Profile:
    """What callgrind saw of the whole life of a process."""

    # Without those that free what belongs to a thread that ends.
    instructions: int
    # By caller and callee.
    calls: Counter[tuple[str, str]]


def parse_profile(text: str) -> Profile:
    """Reads callgrind's file."""
    total = _TOTAL.search(text)
    if not total:
        raise MeasurementError("callgrind wrote no sum")
    names: dict[str, str] = {}
    calls: Counter[tuple[str, str]] = Counter()
    caller = callee = ""
    ends = 0
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith("fn="):
            caller = _name_of(line[len("fn="):], names)
        elif line.startswith("cfn="):
            callee = _name_of(line[len("cfn="):], names)
        elif line.startswith("calls="):
            count = line[len("calls="):].split()[0]
            calls[caller, callee] += int(count)
            if (caller, callee) == _END_OF_THREAD:
                ends += int(next(lines).split()[1])
    return Profile(int(total[1]) - ends, calls)


def _name_of(text: str, names: dict[str, str]) -> str:
    found = _COMPRESSED.match(text)
    if not found:
        return text
    if found[2]:
        names[found[1]] = found[2]
    return names.get(found[1], text)


def system_call(function: str) -> str | None:
    """What the function asks of the kernel: recv, send or wait."""
    return _SYSTEM_CALLS.get(_DECORATION.sub("", function))


def allocation(function: str) -> str | None:
    """Whether the function gives memory."""
    plain = _DECORATION.sub("", function)
    return "allocation" if _ALLOCATES.match(plain) else None


def counts(profile: Profile) -> Counter[str]:
    """Instructions, calls of each kind, and allocations.

    Where one function of a kind is made of another one, as `operator new` is
    of `malloc`, that is one call.
    """
    result = Counter({"instructions": profile.instructions})
    kinds: tuple[Callable[[str], str | None], ...] = (system_call, allocation)
    for (caller, callee), count in profile.calls.items():
        for kind_of in kinds:
            kind = kind_of(callee)
            if kind and kind_of(caller) != kind:
                result[kind] += count
    return result
