"""Who uses the cache just now: stacks, shells, installations."""

import fcntl
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil

from lakestack.errors import StackError
from lakestack.install import cache, inventory

_SUPERVISOR = "lakestack.engine.supervisor"


def users_of(paths: Sequence[Path]) -> list[str]:
    """Return in words who runs from `paths`: each stack once, and whatever else by its process."""
    stacks: dict[str, None] = {}
    others: dict[int, str] = {}
    for process in psutil.process_iter():
        try:
            command = process.cmdline()
            if not _names_any(command, paths):
                continue
            family = [process, *process.parents()]
            supervisor = next((each for each in family if _SUPERVISOR in each.cmdline()), None)
            if supervisor:
                folder = supervisor.cmdline()[-1]
                stacks[f"the stack in {folder}; stop it with: lakestack down --stack {folder}"] = None
            elif not any(each.pid in others for each in family[1:]):
                others[process.pid] = f"process {process.pid}: {' '.join(command)[:100]}"
        except psutil.Error:  # it ended meanwhile, or is another user's, who has another cache
            continue
    return [*stacks, *others.values()]


@contextmanager
def nobody_installs() -> Iterator[None]:
    """Hold every lock of the cache.

    Raises:
        StackError: Somebody else holds one.
    """
    with ExitStack() as held:
        for path in inventory.lock_files():
            lock = held.enter_context(path.open("r+"))
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StackError(f"{path.name} is being installed into {cache.cache_dir()} just now. Wait for it, then run this again.") from None
        yield


def _names_any(command: Iterable[str], paths: Sequence[Path]) -> bool:
    prefixes = tuple(f"{path}/" for path in paths)
    return any(prefix in argument for argument in command for prefix in prefixes)
