"""One lock for each thing that has a name, kept only while somebody uses it."""

import threading
from collections.abc import Hashable, Iterable, Iterator
from contextlib import ExitStack, contextmanager


class KeyedLocks:
    """Re-entrant locks by key; a key without holder or waiter costs nothing."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[Hashable, tuple[threading.RLock, int]] = {}

    def acquire(self, key: Hashable) -> None:
        with self._guard:
            lock, users = self._locks.get(key) or (threading.RLock(), 0)
            self._locks[key] = (lock, users + 1)
        lock.acquire()

    def release(self, key: Hashable) -> None:
        with self._guard:
            lock, users = self._locks.pop(key)
            if users > 1:
                self._locks[key] = (lock, users - 1)
        lock.release()

    @contextmanager
    def hold(self, key: Hashable) -> Iterator[None]:
        self.acquire(key)
        try:
            yield
        finally:
            self.release(key)

    @contextmanager
    def hold_all(self, keys: Iterable[Hashable]) -> Iterator[None]:
        """Hold several locks; always taken in the same order, so that two callers cannot wait for each other."""
        with ExitStack() as held:
            for key in sorted(set(keys), key=repr):
                held.enter_context(self.hold(key))
            yield

    def __len__(self) -> int:
        return len(self._locks)
