"""Runs of Glue jobs and what they print."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_POLL_S = 0.3
FINAL = frozenset({"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED"})
# https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html (as at 2026-11-22)
_LOG_GROUPS = ("/aws-glue/jobs/output", "/aws-glue/jobs/error", "/aws-glue/python-jobs/output", "/aws-glue/python-jobs/error")
_BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Line:
    """One event of a run's log.

    Attributes:
        is_error: It came on the error stream.

    """

    text: str
    is_error: bool


class JobRuns:
    """The job runs of one stack."""

    def __init__(self, glue: Any, logs: Any) -> None:
        self._glue = glue
        self._logs = logs

    def recent(self, limit: int) -> list[Any]:
        """Return the newest runs of all jobs as GetJobRuns describes them."""
        runs = [run for job in self._job_names() for run in self._glue.get_job_runs(JobName=job, MaxResults=limit)["JobRuns"]]
        return sorted(runs, key=lambda run: run.get("StartedOn", _BEGINNING), reverse=True)[:limit]

    def starting_with(self, run_id: str) -> list[Any]:
        """Return the runs, of whichever job, whose id begins so."""
        pages = [page for job in self._job_names() for page in self._glue.get_paginator("get_job_runs").paginate(JobName=job)]
        return [run for page in pages for run in page["JobRuns"] if run["Id"].startswith(run_id)]

    def follow(self, run: Any) -> Iterator[Line]:
        """Yield the lines of a run's log as they come, until it has ended; `state` tells how."""
        seen: set[str] = set()
        while True:
            is_over = self.describe(run)["JobRunState"] in FINAL
            yield from self._new_lines(run["Id"], seen)
            if is_over:
                return
            time.sleep(_POLL_S)

    def lines(self, run_id: str) -> Iterator[Line]:
        """Yield what the run has said until now."""
        return self._new_lines(run_id, set())

    def describe(self, run: Any) -> Any:
        return self._glue.get_job_run(JobName=run["JobName"], RunId=run["Id"])["JobRun"]

    def _job_names(self) -> list[str]:
        return [name for page in self._glue.get_paginator("list_jobs").paginate() for name in page["JobNames"]]

    def _new_lines(self, run_id: str, seen: set[str]) -> Iterator[Line]:
        found = []
        for group in _LOG_GROUPS:
            try:
                # By the stream's name: here a prefix would be ignored, and the lines of every run of the stack returned.
                pages = self._logs.get_paginator("filter_log_events").paginate(logGroupName=group, logStreamNames=[run_id])
                found += [(event["timestamp"], event, group.endswith("error")) for page in pages for event in page["events"]]
            except self._logs.exceptions.ResourceNotFoundException:
                continue
        for _, event, is_error in sorted(found, key=lambda entry: entry[0]):
            if event["eventId"] not in seen:
                seen.add(event["eventId"])
                yield Line(event["message"].rstrip("\n"), is_error)
