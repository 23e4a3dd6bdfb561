"""Runs a script as a Glue job: the job is made, run to its end, and what it said is at hand."""

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lakestack.lake.job_runs import FINAL, JobRuns
from lakestack.testing.errors import JobRunError
from lakestack.testing.job_run import JobRun
from lakestack.testing.live_stack import LiveStack
from lakestack.testing.removals import Removals, unique
from lakestack.testing.waiting import until

# https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-format-delta-lake.html (as at 2026-11-22)
DELTA: Mapping[str, str] = {
    "--datalake-formats": "delta",
    "--conf": "spark.sql.extensions=io.delta.sql.DeltaSparkSessionExtension "
    "--conf spark.sql.catalog.spark_catalog=org.apache.spark.sql.delta.catalog.DeltaCatalog",
}
_VERSIONS = {"glueetl": "6.0", "pythonshell": "3.0"}
_LOG_TAIL_LINES = 30


class Jobs:
    """The jobs of one test."""

    def __init__(self, stack: LiveStack, removals: Removals) -> None:
        self._glue, self._removals = stack.client("glue"), removals
        self._runs = JobRuns(self._glue, stack.client("logs"))

    def make(self, name: str, location: str, role: str, kind: str, members: Mapping[str, Any]) -> None:
        """Make a job that goes with the test; `members` are further members of CreateJob, and None leaves one out."""
        if kind not in _VERSIONS:
            raise ValueError(f"There is no kind of job {kind!r} here. Expected one of {', '.join(_VERSIONS)}.")
        command = {"Name": kind, "ScriptLocation": location, **({"PythonVersion": "3.9"} if kind == "pythonshell" else {})}
        wanted = {"GlueVersion": _VERSIONS[kind], **{key: value for key, value in members.items() if value is not None}}
        self._glue.create_job(Name=name, Role=role, Command=command, **wanted)
        self._removals.add(f"the job {name}", lambda: self._remove(name))

    def run(self, name: str, arguments: Mapping[str, object] | None, timeout_s: float) -> JobRun:
        """Run a job to its end, whatever that is.

        Raises:
            JobRunError: It did not end in time; it was stopped then.

        """
        __tracebackhide__ = True
        run_id = self._glue.start_job_run(JobName=name, Arguments=as_arguments(arguments or {}))["JobRunId"]
        described = until(lambda: self._ended(name, run_id), timeout_s)
        if described is not None:
            return self._seen(described)
        run = self._seen(self._describe(name, run_id))
        self._glue.batch_stop_job_run(JobName=name, JobRunIds=[run_id])
        raise JobRunError(f"The run {run_id} of {name} was still {run.state} after {timeout_s:.0f} s, so it was stopped.{_tail(run)}", run)

    def _ended(self, name: str, run_id: str) -> Any:
        described = self._describe(name, run_id)
        return described if described["JobRunState"] in FINAL else None

    def _describe(self, name: str, run_id: str) -> Any:
        return self._glue.get_job_run(JobName=name, RunId=run_id)["JobRun"]

    def _seen(self, described: Any) -> JobRun:
        return JobRun(described, tuple(self._runs.lines(described["Id"])))

    def _remove(self, name: str) -> None:
        runs = self._glue.get_job_runs(JobName=name)["JobRuns"]
        if running := [run["Id"] for run in runs if run["JobRunState"] not in FINAL]:
            self._glue.batch_stop_job_run(JobName=name, JobRunIds=running)
        self._glue.delete_job(JobName=name)


def check(run: JobRun) -> JobRun:
    """Return a run that succeeded.

    Raises:
        JobRunError: It did not.

    """
    __tracebackhide__ = True
    if run.state == "SUCCEEDED":
        return run
    reason = run.error_message or "it gives no reason"
    raise JobRunError(f"The run {run.id} of {run.job_name} is {run.state}: {reason}{_tail(run)}", run)


def as_arguments(given: Mapping[str, object]) -> dict[str, str]:
    """Return arguments as Glue takes them: texts, whose names begin with two dashes whether they were given so or not."""
    return {f"--{name.removeprefix('--')}": str(value) for name, value in given.items()}


def script_source(script: str | Path) -> tuple[str, bytes]:
    """Return name and text of a script that is given as its path, or as its text, which has a line break.

    Raises:
        FileNotFoundError: There is no such file.

    """
    if isinstance(script, str) and "\n" in script:
        return unique("job"), textwrap.dedent(script).encode()
    path = Path(script)
    if not path.is_file():
        raise FileNotFoundError(f"There is no script {path.absolute()}. Expected a file's path, or the script's text with its line breaks.")
    return unique(path.stem), path.read_bytes()


def _tail(run: JobRun) -> str:
    if not run.log:
        return "\nIts log is empty."
    lines = [f"  {'err' if line.is_error else 'out'}  {line.text}" for line in run.log[-_LOG_TAIL_LINES:]]
    return "\n".join(["\nThe end of its log:", *lines])
