"""Writes the Delta log of registered tables that have none yet."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from deploying.errors import DeployError

if TYPE_CHECKING:
    from deploying.target import Target

DATABASE = "ecom_catalog"
JOB = "create_tables"
_LIMIT_S = 900
_ENDED_BADLY = {"FAILED", "TIMEOUT", "STOPPED", "ERROR", "EXPIRED"}


def tables_without_log(target: Target) -> list[str]:
    """Return the registered Delta tables at whose location nothing was ever written."""
    s3 = target.client("s3")
    pages = target.client("glue").get_paginator("get_tables").paginate(DatabaseName=DATABASE)
    tables = [table for page in pages for table in page["TableList"] if table.get("Parameters", {}).get("table_type", "").lower() == "delta"]
    return [table["Name"] for table in tables if not _has_log(s3, table["StorageDescriptor"]["Location"])]


def _has_log(s3: Any, location: str) -> bool:
    place = urlsplit(location)
    prefix = f"{place.path.strip('/')}/_delta_log/"
    return bool(s3.list_objects_v2(Bucket=place.netloc, Prefix=prefix, MaxKeys=1).get("KeyCount"))


def create_tables(target: Target) -> float:
    """Run the job create_tables and wait for it.

    Returns:
        How many seconds it ran.

    Raises:
        DeployError: It did not succeed.
    """
    glue = target.client("glue")
    run_id = glue.start_job_run(JobName=JOB)["JobRunId"]
    deadline = time.monotonic() + _LIMIT_S
    while time.monotonic() < deadline:
        run = glue.get_job_run(JobName=JOB, RunId=run_id)["JobRun"]
        if run["JobRunState"] == "SUCCEEDED":
            return float(run.get("ExecutionTime", 0))
        if run["JobRunState"] in _ENDED_BADLY:
            reason = run.get("ErrorMessage", "it gives no reason")
            raise DeployError(f"The job {JOB} is {run['JobRunState']}: {reason}. Its log: /aws-glue/jobs/error, stream {run_id}")
        time.sleep(target.poll_interval_s)
    raise DeployError(f"The job run {run_id} of {JOB} did not end within {_LIMIT_S} s.")
