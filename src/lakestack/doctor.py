"""What could keep the stack from working on this machine: one finding a check, each with what to do."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import psutil

from lakestack.engine import control
from lakestack.engine.stack import DEFAULT_PORT, Stack, holder_of, is_free
from lakestack.install import cache, components

# The idle stack takes about 2 GB; a Spark run and a query come on top.
_NEEDED_MEMORY_BYTES = 4_000_000_000
# Everything installed is about 2.5 GB; Trino's archive is unpacked whole before two thirds of it go.
_NEEDED_DISK_BYTES = 5_000_000_000


class Verdict(StrEnum):
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """What was looked at, what was found, and what to do about it when it is not good."""

    subject: str
    verdict: Verdict
    found: str
    remedy: str = ""


def examine(stack: Stack) -> Iterator[Finding]:
    """Yield the findings in the order in which a user would mend them."""
    yield _python()
    yield _system()
    yield _installed()
    yield _disk(cache.cache_dir())
    yield _memory(is_running=control.is_running(stack))
    yield _port(stack)
    yield from _parts(stack)
    yield _credentials()


def _python() -> Finding:
    version = platform.python_version()
    if sys.version_info[:2] == (3, 13):
        return Finding("Python", Verdict.GOOD, version)
    return Finding("Python", Verdict.BAD, version, "Make .venv anew with Python 3.13: rm -r .venv && make install")


def _system() -> Finding:
    found = f"{platform.system()} {platform.machine()}"
    if platform.system() in {"Linux", "Darwin"}:
        return Finding("system", Verdict.GOOD, found)
    return Finding("system", Verdict.BAD, found, "Use Linux, macOS, or Windows' WSL 2.")


def _installed() -> Finding:
    parts = components.components()
    missing = [part.name for part in parts if not part.is_installed]
    if not missing:
        return Finding("installed", Verdict.GOOD, f"all {len(parts)} parts, in {cache.cache_dir()}")
    return Finding("installed", Verdict.BAD, f"missing: {', '.join(missing)}", "lakestack install")


def _disk(folder: Path) -> Finding:
    existing = next(path for path in [folder, *folder.parents] if path.exists())
    free = shutil.disk_usage(existing).free
    found = f"{free / 1e9:.1f} GB free at {existing}"
    if free >= _NEEDED_DISK_BYTES:
        return Finding("disk", Verdict.GOOD, found)
    return Finding(
        "disk",
        Verdict.WARNING,
        found,
        f"An installation wants {_NEEDED_DISK_BYTES / 1e9:.0f} GB: make room, or set LAKESTACK_CACHE to a larger disk.",
    )


def _memory(*, is_running: bool) -> Finding:
    available = psutil.virtual_memory().available
    found = f"{available / 1e9:.1f} GB available" + (", beside the running stack" if is_running else "")
    if is_running or available >= _NEEDED_MEMORY_BYTES:
        return Finding("memory", Verdict.GOOD, found)
    remedy = (
        f"The stack with a job running wants {_NEEDED_MEMORY_BYTES / 1e9:.0f} GB. Fewer parallel jobs take less: LAKESTACK_SPARK_SLOTS=1 lakestack up"
    )
    return Finding("memory", Verdict.WARNING, found, remedy)


def _port(stack: Stack) -> Finding:
    port = stack.settings.port if stack.is_prepared else DEFAULT_PORT
    if control.is_running(stack):
        return Finding("port", Verdict.GOOD, f"{port}, used by this stack")
    if is_free(port):
        return Finding("port", Verdict.GOOD, f"{port} is free")
    return Finding("port", Verdict.BAD, f"{port} is taken{holder_of(port)}", "End that program, or take another port: lakestack up --port 4567")


def _parts(stack: Stack) -> Iterator[Finding]:
    if not control.is_running(stack):
        yield Finding("stack", Verdict.GOOD, f"not running ({stack.folder})")
        return
    for name, part in control.parts(stack).items():
        restarts = f", started again {part.restarts} times" if part.restarts else ""
        found = f"{part.state}{restarts} {part.detail}".strip()
        if part.state == "healthy" and not part.restarts:
            yield Finding(name, Verdict.GOOD, found)
        else:
            yield Finding(name, Verdict.WARNING if part.state == "healthy" else Verdict.BAD, found, f"Read its log: {control.log_of(stack, name)}")


def _credentials() -> Finding:
    set_here = [name for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE") if os.environ.get(name) not in {None, "", "test"}]
    if not set_here:
        return Finding("credentials", Verdict.GOOD, "no real AWS credentials in this shell")
    return Finding("credentials", Verdict.GOOD, f"{', '.join(set_here)} is set in this shell; no part of the stack sees it")
