"""The workers that asked to be given job runs, and when each was last heard of."""

from dataclasses import dataclass, field, replace
from datetime import datetime


class UnknownWorkerError(Exception):
    """A worker is not registered, or was lost; it has to register again."""


@dataclass(frozen=True)
class Worker:
    """One process that takes runs.

    Attributes:
        id: Made up by the worker, new for each of its processes.
        name: What stays the same when the worker is started again, so that its successor is known as such.
        slots: How many runs it takes at once.
        is_ready: Whether a run would start at once; until its first JVM is warm, one waits for that.
        facts: What it says about itself (versions, memory), for people to read.
    """

    id: str
    name: str
    pid: int
    slots: int
    registered_at: datetime
    heard_at: datetime
    is_ready: bool = False
    facts: dict[str, str] = field(default_factory=dict)


class WorkerRegistry:
    """Not thread-safe by itself: callers hold the lock of the Scheduler."""

    def __init__(self) -> None:
        self._workers: dict[str, Worker] = {}

    def register(self, worker: Worker) -> list[str]:
        """Add `worker` and return the ids of those whose place it takes."""
        replaced = [other.id for other in self._workers.values() if other.name == worker.name and other.id != worker.id]
        for worker_id in replaced:
            del self._workers[worker_id]
        self._workers[worker.id] = worker
        return replaced

    def hear(self, worker_id: str, at: datetime) -> None:
        self._workers[worker_id] = replace(self.get(worker_id), heard_at=at)

    def get(self, worker_id: str) -> Worker:
        if worker_id not in self._workers:
            raise UnknownWorkerError(f"Worker {worker_id} is not registered; it has to register again.")
        return self._workers[worker_id]

    def knows(self, worker_id: str) -> bool:
        return worker_id in self._workers

    def forget(self, worker_id: str) -> None:
        self._workers.pop(worker_id, None)

    def all(self) -> list[Worker]:
        return sorted(self._workers.values(), key=lambda worker: worker.registered_at)
