"""The memory that a container lets the worker use, and whether the kernel had to kill a process for the lack of it.

Without a container's limit there is nothing to read, and nothing is said. Both versions of control groups are read:
https://docs.kernel.org/admin-guide/cgroup-v2.html and .../cgroup-v1/memory.html (as at 2026-11-25).
"""

import re
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
_EVENTS = ("memory.events", "memory/memory.oom_control")
_LIMITS = ("memory.max", "memory/memory.limit_in_bytes")
_UNLIMITED_BYTES = 1 << 60

# For the kernel's choice among equals: a script before its JVM, and both long before the worker.
DRIVER_SCORE = 600
JVM_SCORE = 300


def kills(root: Path = _ROOT) -> int:
    """Return how many processes the kernel has killed so far because the limit was reached."""
    found = re.search(r"^oom_kill (\d+)$", _read(root, _EVENTS), re.MULTILINE)
    return int(found[1]) if found else 0


def limit_bytes(root: Path = _ROOT) -> int | None:
    """Return the limit, or None where there is none."""
    text = _read(root, _LIMITS).strip()
    limit = int(text) if text.isdigit() else _UNLIMITED_BYTES
    return limit if limit < _UNLIMITED_BYTES else None


def explained(error_message: str, root: Path = _ROOT) -> str:
    """Return the ErrorMessage of a run during which the kernel killed a process: the reason first, then what the run itself made of it."""
    limit = limit_bytes(root)
    size = f" of {limit / (1 << 30):.1f} GiB" if limit else ""
    own_words = re.sub(r"^Error Category: \w+; ", "", error_message)
    return f"Error Category: OUT_OF_MEMORY_ERROR; Command Failed due to Out of Memory: it reached its worker's limit{size}. {own_words}"


def _read(root: Path, names: tuple[str, ...]) -> str:
    for name in names:
        try:
            return (root / name).read_text()
        except OSError:
            continue
    return ""
