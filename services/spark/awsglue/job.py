"""Job: the brackets around a script whose sources are bookmarked.

Source: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-pyspark-extensions-job.html (as at 2026-11-23)

A bookmark remembers what the sources of DynamicFrames have read. There are none here yet, so there is nothing to remember:
init and commit check that they are called as Glue wants them called.
"""

from collections.abc import Mapping
from typing import Any


class Job:
    """One run of a job, between init and commit."""

    def __init__(self, glue_context: Any) -> None:
        self.glue_context = glue_context
        self._name: str | None = None

    def init(self, job_name: str, args: Mapping[str, str] | None = None) -> None:
        """Begin; `args` is what getResolvedOptions returned."""
        if not job_name:
            raise ValueError("Job.init needs the job's name: job.init(args['JOB_NAME'], args)")
        self._name = job_name
        self._args = dict(args or {})

    def isInitialized(self) -> bool:
        return self._name is not None

    def commit(self) -> None:
        """End; on AWS this is where bookmarks are written."""
        if not self.isInitialized():
            raise RuntimeError("Job.commit was called before Job.init: job.init(args['JOB_NAME'], args)")

    def reset(self) -> None:
        """Forget the bookmarks of the job; there are none."""
