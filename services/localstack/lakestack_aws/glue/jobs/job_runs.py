"""What becomes of a Glue job after StartJobRun.

    WAITING -> STARTING -> RUNNING -> SUCCEEDED | FAILED | TIMEOUT | ERROR
                                   -> STOPPING -> STOPPED

A run waits until a worker takes it, and waits again when that worker never says that it has it. Any state before the end may turn
into FAILED (its worker was lost) or STOPPING.

Source: https://docs.aws.amazon.com/glue/latest/dg/job-run-statuses.html (as at 2026-11-23)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from lakestack_aws.glue.jobs.jobs import Job


class JobRunState(StrEnum):
    WAITING = "WAITING"
    STARTING = "STARTING"
    RUNNING = "RUNNING"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMEOUT = "TIMEOUT"
    ERROR = "ERROR"

    @property
    def is_terminal(self) -> bool:
        return not TRANSITIONS[self]


TRANSITIONS: Mapping[JobRunState, frozenset[JobRunState]] = {
    JobRunState.WAITING: frozenset({JobRunState.STARTING, JobRunState.STOPPING, JobRunState.FAILED, JobRunState.ERROR}),
    JobRunState.STARTING: frozenset(
        {JobRunState.RUNNING, JobRunState.WAITING, JobRunState.STOPPING, JobRunState.FAILED, JobRunState.TIMEOUT, JobRunState.ERROR}
    ),
    JobRunState.RUNNING: frozenset({JobRunState.SUCCEEDED, JobRunState.FAILED, JobRunState.TIMEOUT, JobRunState.STOPPING, JobRunState.ERROR}),
    JobRunState.STOPPING: frozenset({JobRunState.STOPPED}),
    JobRunState.STOPPED: frozenset(),
    JobRunState.SUCCEEDED: frozenset(),
    JobRunState.FAILED: frozenset(),
    JobRunState.TIMEOUT: frozenset(),
    JobRunState.ERROR: frozenset(),
}


class InvalidTransitionError(Exception):
    """A run cannot go where it was sent."""


@dataclass(frozen=True)
class JobRun:
    """One attempt of a job.

    Attributes:
        job: The job as it was when the run was asked for; a later UpdateJob does not change it.
        arguments: What StartJobRun was given, without the job's defaults.
        overrides: Further members of StartJobRun that GetJobRun returns, in AWS's words (``WorkerType`` ...).
        retries_left: How many runs may follow if this one fails.
        began_at: When it became RUNNING; ExecutionTime and Timeout count from here.
        worker_id: Who runs it, from STARTING on.
        is_timed_out: Its time is up and its worker was asked to end it.
    """

    id: str
    job: Job
    started_at: datetime
    last_modified_at: datetime
    timeout_minutes: int
    retries_left: int
    state: JobRunState = JobRunState.WAITING
    attempt: int = 0
    previous_run_id: str | None = None
    arguments: Mapping[str, str] = field(default_factory=dict)
    overrides: Mapping[str, Any] = field(default_factory=dict)
    began_at: datetime | None = None
    completed_at: datetime | None = None
    execution_seconds: int = 0
    error_message: str | None = None
    worker_id: str | None = None
    is_timed_out: bool = False

    @property
    def is_over(self) -> bool:
        return self.state.is_terminal

    @property
    def is_to_end(self) -> bool:
        """Whether its worker has to kill it."""
        return self.is_over or self.is_timed_out or self.state is JobRunState.STOPPING

    @property
    def effective_arguments(self) -> dict[str, str]:
        """The job's defaults, overridden by the run's arguments, overridden by what the job does not let one override."""
        return {**self.job.default_arguments, **self.arguments, **self.job.non_overridable_arguments}


def moved(run: JobRun, state: JobRunState, at: datetime, error_message: str | None = None) -> JobRun:
    """Return `run` in `state`, with the moments that go with it.

    Raises:
        InvalidTransitionError: The state does not follow the run's.
    """
    if state not in TRANSITIONS[run.state]:
        final = ", which is final" if run.is_over else ""
        raise InvalidTransitionError(f"Job run {run.id} is {run.state}{final}; it cannot become {state}.")
    if not state.is_terminal:
        began_at = at if state is JobRunState.RUNNING else run.began_at
        return replace(run, state=state, last_modified_at=at, began_at=began_at)
    execution_seconds = round((at - run.began_at).total_seconds()) if run.began_at else 0
    return replace(run, state=state, last_modified_at=at, completed_at=at, execution_seconds=execution_seconds, error_message=error_message)


def next_attempt(run: JobRun, at: datetime) -> JobRun:
    """Return the run that follows a failed one; as on AWS it is a run of its own that names its predecessor."""
    first_id = run.id.partition("_attempt_")[0]
    attempt = run.attempt + 1
    return JobRun(
        id=f"{first_id}_attempt_{attempt}",
        job=run.job,
        started_at=at,
        last_modified_at=at,
        timeout_minutes=run.timeout_minutes,
        retries_left=run.retries_left - 1,
        attempt=attempt,
        previous_run_id=run.id,
        arguments=run.arguments,
        overrides=run.overrides,
    )
