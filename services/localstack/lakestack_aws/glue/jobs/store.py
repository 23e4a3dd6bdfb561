"""Where jobs and their runs are kept: a small protocol, so that a database can take the place of memory."""

from typing import Protocol

from lakestack_aws.glue.jobs.job_runs import JobRun
from lakestack_aws.glue.jobs.jobs import Job, JobKey


class JobStore(Protocol):
    """Jobs by account, region and name; runs by id. Callers hold the lock of JobRuns while they read and write."""

    def job(self, key: JobKey) -> Job | None: ...

    def jobs(self, account_id: str, region: str) -> list[Job]:
        """Return the jobs of one account and region, by name."""

    def put_job(self, job: Job) -> None: ...

    def remove_job(self, key: JobKey) -> None: ...

    def run(self, run_id: str) -> JobRun | None: ...

    def runs(self, key: JobKey) -> list[JobRun]:
        """Return the runs of one job, newest first."""

    def open_runs(self) -> list[JobRun]:
        """Return every run that is not over, oldest first."""

    def put_run(self, run: JobRun) -> None: ...


class MemoryJobStore:
    """A JobStore that ends with its process."""

    def __init__(self) -> None:
        self._jobs: dict[JobKey, Job] = {}
        self._runs: dict[str, JobRun] = {}
        self._run_ids: dict[JobKey, list[str]] = {}
        self._open: dict[str, None] = {}  # in the order of arrival

    def job(self, key: JobKey) -> Job | None:
        return self._jobs.get(key)

    def jobs(self, account_id: str, region: str) -> list[Job]:
        mine = [job for key, job in self._jobs.items() if (key.account_id, key.region) == (account_id, region)]
        return sorted(mine, key=lambda job: job.name)

    def put_job(self, job: Job) -> None:
        self._jobs[job.key] = job

    def remove_job(self, key: JobKey) -> None:
        self._jobs.pop(key, None)

    def run(self, run_id: str) -> JobRun | None:
        return self._runs.get(run_id)

    def runs(self, key: JobKey) -> list[JobRun]:
        return [self._runs[run_id] for run_id in reversed(self._run_ids.get(key, []))]

    def open_runs(self) -> list[JobRun]:
        return [self._runs[run_id] for run_id in self._open]

    def put_run(self, run: JobRun) -> None:
        if run.id not in self._runs:
            self._run_ids.setdefault(run.job.key, []).append(run.id)
        self._runs[run.id] = run
        if run.is_over:
            self._open.pop(run.id, None)
        else:
            self._open[run.id] = None
