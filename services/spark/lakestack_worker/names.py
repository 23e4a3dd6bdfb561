"""A worker's name: the same when it is started again, another one for each that runs beside it."""

import fcntl
import itertools
import os
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class HeldName:
    """A name that is this process's as long as it lives; the system frees the lock even after kill -9."""

    name: str
    lock: int

    def release(self) -> None:
        os.close(self.lock)


def take_name(folder: Path | None) -> HeldName:
    """Take the first free name of this host: ``host-0``, ``host-1`` and so on; locks lie in `folder`."""
    folder = folder or Path(tempfile.gettempdir()) / f"lakestack-workers-{os.getuid()}"
    folder.mkdir(parents=True, exist_ok=True)
    for number in itertools.count():
        lock = os.open(folder / f"worker-{number}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
        else:
            return HeldName(f"{socket.gethostname()}-{number}", lock)
    raise AssertionError("there is always another number")
