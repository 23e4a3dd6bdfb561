"""Glue jobs in a test's words: write a script, run it, look at how it ended and what it said."""

import contextlib
import json
import textwrap
import uuid
from dataclasses import dataclass

from tests.support.waiting import eventually

_TERMINAL = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR")
# A stack on a busy machine may have to start a JVM first.
_WITHIN_S = 180


@dataclass(frozen=True)
class Run:
    """A job run as GetJobRun shows it, with its log at hand."""

    job_run: dict
    logs: object

    @property
    def id(self) -> str:
        return self.job_run["Id"]

    @property
    def state(self) -> str:
        return self.job_run["JobRunState"]

    @property
    def why(self) -> str:
        return self.job_run.get("ErrorMessage", "")

    @property
    def output(self) -> list[str]:
        return self._lines("output")

    @property
    def errors(self) -> list[str]:
        return self._lines("error")

    @property
    def said(self) -> dict:
        """What the script printed as JSON in its last line."""
        assert self.state == "SUCCEEDED", (self.why, self.errors[-5:])
        return json.loads(self.output[-1])

    def _lines(self, kind: str) -> list[str]:
        group = f"{self.job_run['LogGroupName']}/{kind}"
        try:
            events = self.logs.get_log_events(logGroupName=group, logStreamName=self.id, startFromHead=True)["events"]
        except self.logs.exceptions.ResourceNotFoundException:
            return []
        return [event["message"] for event in events]


class GlueJobs:
    """Makes jobs of one bucket, and removes them at the end."""

    def __init__(self, stack, bucket: str) -> None:
        self.glue, self._s3, self._logs = stack.client("glue"), stack.client("s3"), stack.client("logs")
        self._iam = stack.client("iam")
        self._bucket = bucket
        self._made: list[str] = []
        self.role = self._make_role()

    def job(self, script: str, kind: str = "glueetl", **members) -> str:
        """Make a job of this script and return its name."""
        name = f"job-{uuid.uuid4().hex[:10]}"
        self.put(f"scripts/{name}.py", textwrap.dedent(script).encode())
        command = {"Name": kind, "ScriptLocation": f"s3://{self._bucket}/scripts/{name}.py"}
        members = {"GlueVersion": "6.0" if kind == "glueetl" else "3.0", **members}
        self.glue.create_job(Name=name, Role=self.role, Command=command, **members)
        self._made.append(name)
        return name

    def put(self, key: str, body: bytes) -> str:
        """Store an object and return its location."""
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=body)
        return f"s3://{self._bucket}/{key}"

    def start(self, name: str, **arguments: str) -> str:
        return self.glue.start_job_run(JobName=name, Arguments={f"--{key}": value for key, value in arguments.items()})["JobRunId"]

    def see(self, name: str, run_id: str) -> Run:
        return Run(self.glue.get_job_run(JobName=name, RunId=run_id)["JobRun"], self._logs)

    def ended(self, name: str, run_id: str) -> Run:
        return eventually(lambda: self.in_state(name, run_id, *_TERMINAL), within_s=_WITHIN_S, what=f"the end of {name}")

    def in_state(self, name: str, run_id: str, *states: str) -> Run | None:
        run = self.see(name, run_id)
        return run if run.state in states else None

    def await_state(self, name: str, run_id: str, state: str) -> Run:
        return eventually(lambda: self.in_state(name, run_id, state), within_s=_WITHIN_S, what=f"{state} of {name}")

    def await_output(self, name: str, run_id: str, line: str) -> Run:
        def seen() -> Run | None:
            run = self.see(name, run_id)
            assert run.state not in _TERMINAL, (run.state, run.why, run.errors)
            return run if any(line in said for said in run.output) else None

        return eventually(seen, within_s=_WITHIN_S, what=f"{line!r} in the log of {name}")

    def run(self, script: str, kind: str = "glueetl", arguments: dict | None = None, **members) -> Run:
        """Make a job, run it once and return its end."""
        name = self.job(script, kind, **({"DefaultArguments": arguments} if arguments else {}), **members)
        return self.ended(name, self.start(name))

    def clean_up(self) -> None:
        for name in self._made:
            with contextlib.suppress(self.glue.exceptions.EntityNotFoundException):  # the test removed it
                runs = self.glue.get_job_runs(JobName=name)["JobRuns"]
                open_ids = [run["Id"] for run in runs if run["JobRunState"] not in _TERMINAL]
                if open_ids:
                    self.glue.batch_stop_job_run(JobName=name, JobRunIds=open_ids)
            self.glue.delete_job(JobName=name)
        self._iam.delete_role(RoleName=self.role.rpartition("/")[2])

    def _make_role(self) -> str:
        trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
        name = f"glue-{uuid.uuid4().hex[:10]}"
        return self._iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
