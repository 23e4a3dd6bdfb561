"""The job operations of Glue in AWS's words: dictionaries in, dictionaries out, every rule in the modules below.

Source: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs.html (as at 2026-11-23)
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from lakestack_aws.errors import ServiceError
from lakestack_aws.glue import tags
from lakestack_aws.glue.errors import EntityNotFoundException, IdempotentParameterMismatchException, InvalidInputException
from lakestack_aws.glue.jobs.config import Settings
from lakestack_aws.glue.jobs.job_runs import JobRun
from lakestack_aws.glue.jobs.jobs import PYTHON_SHELL, Job, JobKey, completed
from lakestack_aws.glue.jobs.scheduler import Overrides, Scheduler

type Request = dict[str, Any]
type Response = dict[str, Any]

_JOB_PAGE = 100
_RUN_PAGE = 200
_CAPACITY_OF_WORKER = {"Standard": 1.0, "G.025X": 0.25, "G.1X": 1.0, "G.2X": 2.0, "G.4X": 4.0, "G.8X": 8.0, "G.12X": 12.0, "G.16X": 16.0}
_PYTHON_SHELL_CAPACITY = 0.0625
_OVERRIDES = ("AllocatedCapacity", "MaxCapacity", "WorkerType", "NumberOfWorkers", "SecurityConfiguration", "NotificationProperty", "ExecutionClass")


@dataclass(frozen=True)
class Caller:
    account_id: str
    region: str


class JobApi:
    def __init__(self, scheduler: Scheduler, settings: Settings, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._scheduler = scheduler
        self._store = scheduler.store
        self._settings = settings
        self._now = now
        tags.register_kind("job", lambda account_id, region, name: self._store.job(JobKey(account_id, region, name)) is not None)

    # Jobs

    def create_job(self, caller: Caller, request: Request) -> Response:
        key = JobKey(caller.account_id, caller.region, request["Name"])
        definition = completed(_definition(request), self._settings.glue_fallback)
        with self._scheduler.lock:
            existing = self._store.job(key)
            if existing and existing.definition != definition:
                raise IdempotentParameterMismatchException.job(key.name)
            if not existing:
                self._store.put_job(Job(key, definition, created_at=self._now(), last_modified_at=self._now()))
                tags.tag(_arn(key), request.get("Tags") or {})
        return {"Name": key.name}

    def get_job(self, caller: Caller, request: Request) -> Response:
        return {"Job": _job_view(self._job(caller, request["JobName"]))}

    def get_jobs(self, caller: Caller, request: Request) -> Response:
        jobs, token = _page(self._store.jobs(caller.account_id, caller.region), lambda job: job.name, request, _JOB_PAGE)
        return {"Jobs": [_job_view(job) for job in jobs], **token}

    def list_jobs(self, caller: Caller, request: Request) -> Response:
        wanted = (request.get("Tags") or {}).items()
        tagged = [job for job in self._store.jobs(caller.account_id, caller.region) if wanted <= tags.tags_of(_arn(job.key)).items()]
        jobs, token = _page(tagged, lambda job: job.name, request, _JOB_PAGE)
        return {"JobNames": [job.name for job in jobs], **token}

    def batch_get_jobs(self, caller: Caller, request: Request) -> Response:
        found = {name: self._store.job(JobKey(caller.account_id, caller.region, name)) for name in request["JobNames"]}
        return {"Jobs": [_job_view(job) for job in found.values() if job], "JobsNotFound": [name for name, job in found.items() if not job]}

    def update_job(self, caller: Caller, request: Request) -> Response:
        """Overwrite the definition; what JobUpdate leaves out goes back to AWS's default."""
        definition = completed(_definition(request["JobUpdate"]), self._settings.glue_fallback)
        with self._scheduler.lock:
            job = self._job(caller, request["JobName"])
            self._store.put_job(replace(job, definition=definition, last_modified_at=self._now()))
        return {"JobName": request["JobName"]}

    def delete_job(self, caller: Caller, request: Request) -> Response:
        """Remove the job; as on AWS it is no error if there is none, and runs that are under way go on."""
        key = JobKey(caller.account_id, caller.region, request["JobName"])
        with self._scheduler.lock:
            self._store.remove_job(key)
            tags.forget(_arn(key))
        return {"JobName": key.name}

    # Runs

    def start_job_run(self, caller: Caller, request: Request) -> Response:
        if request.get("JobRunId"):
            return self._start_again(caller, request)
        job = self._store.job(JobKey(caller.account_id, caller.region, request["JobName"]))
        if job is None:
            raise EntityNotFoundException.job_to_start()
        if "MaxCapacity" in request and ("WorkerType" in request or "NumberOfWorkers" in request):
            raise InvalidInputException("Please do not set Max Capacity if using Worker Type and Number of Workers.")
        members = {name: request[name] for name in _OVERRIDES if name in request}
        run = self._scheduler.start(job, Overrides(request.get("Arguments") or {}, request.get("Timeout"), members))
        return {"JobRunId": run.id}

    def get_job_run(self, caller: Caller, request: Request) -> Response:
        return {"JobRun": _run_view(self._run(caller, request["JobName"], request["RunId"]))}

    def get_job_runs(self, caller: Caller, request: Request) -> Response:
        """Return the runs newest first; those of a deleted job are still there while the stack is."""
        key = JobKey(caller.account_id, caller.region, request["JobName"])
        runs = self._store.runs(key)
        if not runs:
            self._job(caller, request["JobName"])
        page, token = _page(runs, lambda run: run.id, request, _RUN_PAGE)
        return {"JobRuns": [_run_view(run) for run in page], **token}

    def batch_stop_job_run(self, caller: Caller, request: Request) -> Response:
        stopped, errors = [], []
        for run_id in request["JobRunIds"]:
            named = {"JobName": request["JobName"], "JobRunId": run_id}
            try:
                self._scheduler.stop(self._run(caller, request["JobName"], run_id))
            except ServiceError as error:
                errors.append({**named, "ErrorDetail": {"ErrorCode": error.code, "ErrorMessage": error.message}})
            else:
                stopped.append(named)
        return {"SuccessfulSubmissions": stopped, "Errors": errors}

    def _start_again(self, caller: Caller, request: Request) -> Response:
        """JobRunId names a run to be retried, with its arguments unless others are given."""
        previous = self._run(caller, request["JobName"], request["JobRunId"])
        if not previous.is_over:
            raise InvalidInputException(f"Job run {previous.id} is {previous.state}; only a run that is over can be retried.")
        request = {"Arguments": dict(previous.arguments), **request, "JobRunId": None}
        return self.start_job_run(caller, request)

    def _job(self, caller: Caller, name: str) -> Job:
        job = self._store.job(JobKey(caller.account_id, caller.region, name))
        if job is None:
            raise EntityNotFoundException.job(name)
        return job

    def _run(self, caller: Caller, job_name: str, run_id: str) -> JobRun:
        run = self._store.run(run_id)
        if run is None or run.job.key != JobKey(caller.account_id, caller.region, job_name):
            raise EntityNotFoundException.job_run(run_id)
        return run


def _definition(request: Request) -> dict[str, Any]:
    return {member: value for member, value in request.items() if member not in ("Name", "Tags") and value is not None}


def _arn(key: JobKey) -> str:
    return tags.arn_of("job", key.name, key.account_id, key.region)


def _job_view(job: Job) -> Response:
    return {"Name": job.name, **job.definition, "CreatedOn": job.created_at, "LastModifiedOn": job.last_modified_at}


def _run_view(run: JobRun) -> Response:
    """Return a JobRun as GetJobRun shows it; what is not known yet is left out."""
    inherited = {name: run.job.definition[name] for name in (*_OVERRIDES, "GlueVersion", "JobMode") if name in run.job.definition}
    capacity = _capacity(run, {**inherited, **run.overrides})
    view = {
        **inherited,
        **run.overrides,
        "Id": run.id,
        "Attempt": run.attempt,
        "PreviousRunId": run.previous_run_id,
        "JobName": run.job.name,
        "StartedOn": run.started_at,
        "LastModifiedOn": run.last_modified_at,
        "CompletedOn": run.completed_at,
        "JobRunState": run.state.value,
        "Arguments": dict(run.arguments) or None,
        "ErrorMessage": run.error_message,
        "PredecessorRuns": [],
        "ExecutionTime": run.execution_seconds,
        "Timeout": run.timeout_minutes,
        "LogGroupName": log_group(run),
        **capacity,
    }
    return {name: value for name, value in view.items() if value is not None}


def log_group(run: JobRun) -> str:
    """Return the prefix of the run's log groups, to which /output and /error are added."""
    return "/aws-glue/python-jobs" if run.job.kind == PYTHON_SHELL else "/aws-glue/jobs"


def _capacity(run: JobRun, members: dict[str, Any]) -> dict[str, float]:
    if "MaxCapacity" in members:
        return {}
    if "NumberOfWorkers" in members:
        return {"MaxCapacity": _CAPACITY_OF_WORKER.get(members.get("WorkerType", "G.1X"), 1.0) * members["NumberOfWorkers"]}
    return {"MaxCapacity": _PYTHON_SHELL_CAPACITY} if run.job.kind == PYTHON_SHELL else {}


def _page[Item](items: Sequence[Item], key: Callable[[Item], str], request: Request, default_size: int) -> tuple[Sequence[Item], dict[str, str]]:
    """Return the page that NextToken asks for and, if there are more items, {"NextToken": …}."""
    start = 0
    if request.get("NextToken"):
        last_seen = _decoded(request["NextToken"])
        keys = [key(item) for item in items]
        if last_seen not in keys:
            raise InvalidInputException("The pagination token is invalid.")
        start = keys.index(last_seen) + 1
    page = items[start : start + (request.get("MaxResults") or default_size)]
    is_last = start + len(page) >= len(items)
    return page, {} if is_last else {"NextToken": base64.urlsafe_b64encode(key(page[-1]).encode()).decode()}


def _decoded(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token.encode()).decode()
    except (binascii.Error, ValueError) as error:
        raise InvalidInputException("The pagination token is invalid.") from error
