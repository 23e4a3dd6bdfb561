"""A Glue whose clock the tests turn, and whose workers are the tests themselves."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from lakestack_aws.glue.jobs.api import Caller, JobApi
from lakestack_aws.glue.jobs.config import Settings
from lakestack_aws.glue.jobs.scheduler import Scheduler
from lakestack_aws.glue.jobs.store import MemoryJobStore
from lakestack_aws.glue.jobs.workers import Worker

ETL = {"Name": "glueetl", "ScriptLocation": "s3://scripts/etl.py"}
SHELL = {"Name": "pythonshell", "ScriptLocation": "s3://scripts/shell.py"}


class Glue:
    """The job operations of one account, with one worker at hand."""

    def __init__(self, settings: Settings) -> None:
        self.time = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
        self.scheduler = Scheduler(MemoryJobStore(), settings, now=lambda: self.time)
        self.api = JobApi(self.scheduler, settings, now=lambda: self.time)
        self.caller = Caller("000000000000", f"region-{uuid.uuid4().hex[:8]}")  # the tag store is one for the process
        self.scheduler._watch = lambda: None  # the tests sweep

    def __getattr__(self, operation):
        return lambda **request: getattr(self.api, operation)(self.caller, request)

    def job(self, name="etl", **members):
        kind = members.pop("Command", ETL)
        version = {} if kind is SHELL else {"GlueVersion": "6.0"}
        self.create_job(**{"Name": name, "Role": "glue", "Command": kind, **version, **members})
        return name

    def start(self, name="etl", **members):
        return self.start_job_run(JobName=name, **members)["JobRunId"]

    def run(self, run_id, name="etl"):
        return self.get_job_run(JobName=name, RunId=run_id)["JobRun"]

    def pass_time(self, seconds):
        self.time += timedelta(seconds=seconds)
        self.scheduler.sweep()

    def worker(self, worker_id="w", name="host"):
        self.scheduler.register(Worker(worker_id, name, pid=1, slots=1, registered_at=self.time, heard_at=self.time))
        return worker_id

    def begin(self, worker_id="w"):
        """Take the next run as a worker does, and return its id."""
        run = self.scheduler.next_run(worker_id, wait_s=0)
        self.scheduler.confirm(worker_id, run.id)
        return run.id

    def finish(self, run_id, error_message=None, worker_id="w"):
        self.scheduler.finish(worker_id, run_id, error_message)


@pytest.fixture
def glue():
    return Glue(Settings(lost_after_s=15))


@pytest.fixture
def glue_with():
    return lambda **settings: Glue(Settings(**settings))
