"""The user's cache: one folder per part and lock, complete or absent."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lakestack import room
from lakestack.errors import InstallError


class FullDiskError(InstallError):
    """There was no room for what was to be installed; the text is that of the program that met it."""


def cache_dir() -> Path:
    """Return the folder for downloads: LAKESTACK_CACHE, or lakestack/ in the user's cache folder."""
    if configured := os.environ.get("LAKESTACK_CACHE"):
        return Path(configured).expanduser().absolute()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "lakestack"


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Let one process at a time install `name`; others wait for it and then find it there."""
    locks = cache_dir() / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    with (locks / name).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def building(final: Path) -> Iterator[Path]:
    """Yield an empty folder that becomes `final` when the block ends well, and disappears when it does not.

    Raises:
        FullDiskError: In place of whatever the block raised because its disk is full.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{final.name}-", dir=final.parent))
    try:
        yield scratch
        scratch.chmod(0o755)
        scratch.rename(final)
    except Exception as error:
        if room.is_full(error, scratch):
            raise FullDiskError(str(error)) from error
        raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def size_of(path: Path) -> int:
    """Return the bytes of all files below `path`; a file with several links counts once."""
    seen: dict[tuple[int, int], int] = {}
    for folder, _, names in os.walk(path):
        for name in names:
            stat = (Path(folder) / name).lstat()
            seen[stat.st_dev, stat.st_ino] = stat.st_size
    return sum(seen.values())
