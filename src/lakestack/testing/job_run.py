"""How a job run of a test ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lakestack.lake.job_runs import Line


@dataclass(frozen=True)
class JobRun:
    """How a job run ended.

    Attributes:
        job_run: As GetJobRun describes it.
        log: What it said, on both streams, oldest first.

    """

    job_run: Mapping[str, Any]
    log: tuple[Line, ...]

    @property
    def id(self) -> str:
        return str(self.job_run["Id"])

    @property
    def job_name(self) -> str:
        return str(self.job_run["JobName"])

    @property
    def state(self) -> str:
        return str(self.job_run["JobRunState"])

    @property
    def error_message(self) -> str:
        """Glue's reason for a run that did not succeed, else empty."""
        return str(self.job_run.get("ErrorMessage", ""))

    @cached_property
    def lines(self) -> list[str]:
        """What it printed on standard output."""
        return [line.text for line in self.log if not line.is_error]

    @cached_property
    def error_lines(self) -> list[str]:
        """What came on standard error: tracebacks and Spark's own log."""
        return [line.text for line in self.log if line.is_error]
