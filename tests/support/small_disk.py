"""A real disk that is soon full: a file system in memory, a few megabytes large."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Mount a file system of that size on `folder`; tests are skipped by name where that is not allowed."""
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.which("mount") is None:
        pytest.skip("there is no mount here: a disk cannot be made small")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder], capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path, leave_bytes: int = 0) -> Path:
    """Fill the disk of `folder` but for `leave_bytes`; return the file that does, to be removed when there shall be room again."""
    path = folder / "fills-the-disk"
    free = shutil.disk_usage(folder).free
    with path.open("wb", buffering=0) as file:
        rest = memoryview(bytes(max(0, free - leave_bytes)))
        try:
            while rest:
                rest = rest[file.write(rest) :]
        except OSError:
            pass
    return path
