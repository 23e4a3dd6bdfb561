"""Who runs what: runs wait here until a worker pulls them, and end here when a worker says so, is lost, or time is up.

Workers pull (a long poll), confirm what they got, and hold a heartbeat per run whose answer tells them to end it; nobody has to be
able to reach a worker. One lock guards the store, the registry and every change; whoever waits does so on its condition.
"""

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from lakestack_aws.glue.errors import ConcurrentRunsExceededException, JobRunInvalidStateTransitionException
from lakestack_aws.glue.jobs.config import Settings
from lakestack_aws.glue.jobs.job_runs import JobRun, JobRunState, moved, next_attempt
from lakestack_aws.glue.jobs.jobs import Job
from lakestack_aws.glue.jobs.store import JobStore
from lakestack_aws.glue.jobs.workers import Worker, WorkerRegistry

# A worker confirms at once; who has not by then is gone, and somebody else may have the run.
_CONFIRM_WITHIN_S = 5
_SWEEP_EVERY_S = 1.0


@dataclass(frozen=True)
class Overrides:
    """What one StartJobRun says beside the job's name."""

    arguments: dict[str, str]
    timeout_minutes: int | None = None
    members: dict[str, Any] | None = None


class Scheduler:
    def __init__(self, store: JobStore, settings: Settings, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.store = store
        self.lock = threading.Condition()
        self._settings = settings
        self._now = now
        self._workers = WorkerRegistry()
        self._heard_at: dict[str, datetime] = {}  # by run: when its worker last spoke of it
        self._unconfirmed: dict[str, datetime] = {}  # by run: when it was handed out
        self._watcher: threading.Thread | None = None

    # What clients of Glue ask for

    def start(self, job: Job, overrides: Overrides) -> JobRun:
        """Return a new run of `job`, WAITING.

        Raises:
            ConcurrentRunsExceededException: As many runs of the job are not over yet as it allows.
        """
        with self.lock:
            if sum(run.job.key == job.key for run in self.store.open_runs()) >= job.max_concurrent_runs:
                raise ConcurrentRunsExceededException.job(job.name)
            run = JobRun(
                id=f"jr_{uuid.uuid4().hex}{uuid.uuid4().hex}",
                job=job,
                started_at=self._now(),
                last_modified_at=self._now(),
                timeout_minutes=overrides.timeout_minutes or job.timeout_minutes,
                retries_left=job.max_retries,
                arguments=overrides.arguments,
                overrides=overrides.members or {},
            )
            self._put(run)
            self._watch()
            return run

    def stop(self, run: JobRun) -> None:
        """Ask for the end of `run`; its worker hears of it at once.

        Raises:
            JobRunInvalidStateTransitionException: The run is over.
        """
        with self.lock:
            run = self.store.run(run.id) or run
            if run.is_over:
                raise JobRunInvalidStateTransitionException.stop(run.id, run.state)
            if run.state is JobRunState.STOPPING:
                return
            stopping = moved(run, JobRunState.STOPPING, self._now())
            self._put(moved(stopping, JobRunState.STOPPED, self._now()) if run.state is JobRunState.WAITING else stopping)

    # What workers say

    def register(self, worker: Worker) -> None:
        """Add a worker; runs of a predecessor with its name are lost."""
        with self.lock:
            for replaced in self._workers.register(worker):
                self._lose_runs_of(replaced, "its worker was started anew")
            self.lock.notify_all()

    def workers(self) -> list[tuple[Worker, list[JobRun]]]:
        """Return the registered workers, each with the runs that it has."""
        with self.lock:
            self._forget_silent_workers()
            return [(worker, [run for run in self.store.open_runs() if run.worker_id == worker.id]) for worker in self._workers.all()]

    def next_run(self, worker_id: str, wait_s: float) -> JobRun | None:
        """Return the run that waits longest, now STARTING at this worker, or None after `wait_s` without any.

        Raises:
            UnknownWorkerError: The worker has to register first.
        """
        deadline = self._now() + timedelta(seconds=min(wait_s, self._settings.lost_after_s / 2))
        with self.lock:
            self._workers.hear(worker_id, self._now())
            while True:
                self._workers.get(worker_id)  # its successor may have registered meanwhile
                waiting = next((run for run in self.store.open_runs() if run.state is JobRunState.WAITING), None)
                if waiting:
                    run = replace(moved(waiting, JobRunState.STARTING, self._now()), worker_id=worker_id)
                    self._heard_at[run.id] = self._unconfirmed[run.id] = self._now()
                    self._put(run)
                    return run
                remaining_s = (deadline - self._now()).total_seconds()
                if remaining_s <= 0:
                    return None
                self.lock.wait(remaining_s)

    def confirm(self, worker_id: str, run_id: str) -> bool:
        """Turn the run RUNNING and return True, or False if it is no longer the worker's to run."""
        with self.lock:
            run = self._run_of(worker_id, run_id)
            if run is None or run.is_to_end:
                return False
            self._unconfirmed.pop(run_id, None)
            if run.state is JobRunState.STARTING:
                self._put(moved(run, JobRunState.RUNNING, self._now()))
            return True

    def heartbeat(self, worker_id: str, run_id: str, wait_s: float) -> bool:
        """Return whether the worker may go on with the run: False at once when it is to end, True after `wait_s`."""
        deadline = self._now() + timedelta(seconds=min(wait_s, self._settings.lost_after_s / 2))
        with self.lock:
            while True:
                run = self._run_of(worker_id, run_id)
                if run is None or run.is_to_end:
                    return False
                remaining_s = (deadline - self._now()).total_seconds()
                if remaining_s <= 0:
                    return True
                self.lock.wait(remaining_s)

    def finish(self, worker_id: str, run_id: str, error_message: str | None) -> None:
        """End the run: SUCCEEDED without an error message, else FAILED and tried again; STOPPED or TIMEOUT if that was asked for."""
        with self.lock:
            run = self._run_of(worker_id, run_id)
            if run is None or run.is_over:
                return
            if run.state is JobRunState.STOPPING:
                self._put(moved(run, JobRunState.STOPPED, self._now()))
            elif run.is_timed_out:
                self._put(moved(run, JobRunState.TIMEOUT, self._now(), f"Job run exceeded its timeout of {run.timeout_minutes} minutes."))
            elif error_message is None:
                self._put(moved(run, JobRunState.SUCCEEDED, self._now()))
            else:
                self._fail(run, error_message)

    def refuse(self, run: JobRun, error_message: str) -> None:
        """Fail a run before any worker had it."""
        with self.lock:
            self._fail(run, error_message)

    # What time brings

    def sweep(self) -> None:
        """End what is lost or out of time, and hand out again what was not confirmed."""
        with self.lock:
            now = self._now()
            self._forget_silent_workers()
            for run in self.store.open_runs():
                if run.state is JobRunState.WAITING:
                    self._fail_without_workers(run, now)
                elif (asked_at := self._unconfirmed.get(run.id)) and now - asked_at > timedelta(seconds=_CONFIRM_WITHIN_S):
                    del self._unconfirmed[run.id]
                    if run.state is JobRunState.STARTING:
                        self._put(replace(moved(run, JobRunState.WAITING, now), worker_id=None))
                elif now - self._heard_at.get(run.id, now) > timedelta(seconds=self._settings.lost_after_s):
                    self._lose(run, f"its worker sent no heartbeat for {self._settings.lost_after_s:.0f} s")
                elif run.began_at and not run.is_to_end and now - run.began_at > self._timeout(run):
                    self._put(replace(run, is_timed_out=True, last_modified_at=now))

    def _watch(self) -> None:
        if self._watcher is None:
            self._watcher = threading.Thread(target=self._keep_sweeping, name="glue-job-runs", daemon=True)
            self._watcher.start()

    def _keep_sweeping(self) -> None:
        while True:
            before = self._now()
            with self.lock:
                self.lock.wait(_SWEEP_EVERY_S if self.store.open_runs() else None)
                slept_s = (self._now() - before).total_seconds()
                if self.store.open_runs() and slept_s > self._settings.lost_after_s / 2:
                    # The machine itself slept: nobody could have been heard.
                    self._heard_at = dict.fromkeys(self._heard_at, self._now())
            self.sweep()

    # Below, the lock is held

    def _put(self, run: JobRun) -> None:
        self.store.put_run(run)
        if run.is_over:
            self._heard_at.pop(run.id, None)
            self._unconfirmed.pop(run.id, None)
        self.lock.notify_all()

    def _run_of(self, worker_id: str, run_id: str) -> JobRun | None:
        if self._workers.knows(worker_id):
            self._workers.hear(worker_id, self._now())
        run = self.store.run(run_id)
        if run is None or run.worker_id != worker_id:
            return None
        if not run.is_over:
            self._heard_at[run_id] = self._now()
        return run

    def _fail(self, run: JobRun, error_message: str) -> None:
        self._put(moved(run, JobRunState.FAILED, self._now(), error_message))
        if run.retries_left > 0:
            self._put(next_attempt(run, self._now()))

    def _lose_runs_of(self, worker_id: str, why: str) -> None:
        for run in self.store.open_runs():
            if run.worker_id == worker_id:
                self._lose(run, why)

    def _lose(self, run: JobRun, why: str) -> None:
        if run.state is JobRunState.STOPPING:
            self._put(moved(run, JobRunState.STOPPED, self._now()))
        else:
            self._fail(run, f"Job run {run.id} of '{run.job.name}' was lost: {why}. See: lakestack logs {run.id}")

    def _fail_without_workers(self, run: JobRun, now: datetime) -> None:
        if not self._workers.all() and now - run.last_modified_at > timedelta(seconds=self._settings.no_worker_after_s):
            waited = f"{self._settings.no_worker_after_s:.0f} s"
            self._fail(run, f"Job run {run.id} of '{run.job.name}' waited {waited} and no worker was there to take it. See: lakestack status")

    def _forget_silent_workers(self) -> None:
        silent_since = self._now() - timedelta(seconds=self._settings.lost_after_s)
        for worker in self._workers.all():
            if worker.heard_at < silent_since:
                self._workers.forget(worker.id)
                self.lock.notify_all()

    def _timeout(self, run: JobRun) -> timedelta:
        return timedelta(seconds=run.timeout_minutes * self._settings.timeout_unit_s)
