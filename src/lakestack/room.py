"""Room on a disk: how much there is, and whether an error means that there is none."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lakestack.errors import StackError

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
# What uv, pip, tar, Java and the system itself call it.
_WORDS = ("No space left on device", "Disk quota exceeded")
# Less than this is a full disk, whatever the program that met it made of it.
_NOTHING_BYTES = 1_000_000
# A stack that was started and deployed to has written 8 MB; its logs and the first files come on top.
_TO_START_BYTES = 50_000_000


def free_bytes(path: Path) -> int:
    """Return what is free where `path` is or would be made."""
    return shutil.disk_usage(_existing(path)).free


def described(path: Path) -> str:
    """Return "1.2 MB of 50 MB are free" for the disk of `path`."""
    disk = shutil.disk_usage(_existing(path))
    return f"{readable(disk.free)} of {readable(disk.total)} are free"


def readable(count: int) -> str:
    if count >= 1e9:
        return f"{count / 1e9:.1f} GB"
    return f"{count / 1e6:.0f} MB" if count >= 10e6 else f"{count / 1e6:.1f} MB"


def is_full(error: BaseException, path: Path) -> bool:
    """Return whether `error` means that the disk of `path` is full: it says so, or there is nothing left on it."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno in _NO_ROOM
    return any(words in str(error) for words in _WORDS) or free_bytes(path) < _NOTHING_BYTES


@contextmanager
def to_start_in(folder: Path) -> Iterator[None]:
    """Hold that there is room for a stack in `folder`.

    Raises:
        StackError: There is not, or it ran out meanwhile.
    """
    if free_bytes(folder) < _TO_START_BYTES:
        raise _no_room_to_start(folder)
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        raise _no_room_to_start(folder) from error


def _no_room_to_start(folder: Path) -> StackError:
    return StackError(
        f"The disk is full: the stack keeps its data and its logs in {folder}, where {described(folder)}; it needs {readable(_TO_START_BYTES)} "
        "to start. Make room, or name a folder on another disk: lakestack up --stack DIR"
    )


def _existing(path: Path) -> Path:
    return next(each for each in [path, *path.parents] if each.exists())
