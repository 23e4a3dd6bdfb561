"""What a test is given: a stack with a bucket and a database of its own, and the few sentences that tests say to it."""

import json
from collections.abc import Mapping
from functools import cache, cached_property
from os import PathLike
from pathlib import Path
from typing import Any

from lakestack.testing import jobs, queries
from lakestack.testing.job_run import JobRun
from lakestack.testing.jobs import DELTA, Jobs
from lakestack.testing.live_stack import LiveStack
from lakestack.testing.removals import Removals, unique
from lakestack.testing.state_machines import StateMachines, read_definition
from lakestack.testing.templates import Templates

_RESULTS = "athena-results/"


class Lakestack:
    """One test's share of a stack; what it made through this object is removed after the test.

    Attributes:
        endpoint_url: Of the stack.
        region: Of everything in it.

    """

    def __init__(self, stack: LiveStack) -> None:
        self.endpoint_url, self.region = stack.endpoint_url, stack.region
        self._stack, self._removals = stack, Removals()
        self._jobs = cache(lambda: Jobs(stack, self._removals))
        self._state_machines = cache(lambda: StateMachines(stack, self._removals))
        self._roles: dict[str, str] = {}

    def client(self, service: str) -> Any:
        """Return the boto3 client of a service: `s3`, `glue`, `athena`, `lambda`, … What is made through it is the test's to remove."""
        return self._stack.client(service)

    @cached_property
    def bucket(self) -> str:
        """The name of a bucket that only this test has, made at the first use."""
        name = unique()
        self.client("s3").create_bucket(Bucket=name)
        self._removals.add(f"the bucket {name}", lambda: self._stack.remove_bucket(name))
        return name

    @cached_property
    def database(self) -> str:
        """The name of a Glue database that only this test has, whose tables lie in its bucket unless they say otherwise."""
        glue, name = self.client("glue"), unique().replace("-", "_")
        glue.create_database(DatabaseInput={"Name": name, "LocationUri": f"s3://{self.bucket}/{name}/"})
        self._removals.add(f"the database {name}", lambda: glue.delete_database(Name=name))
        return name

    def role(self, service: str) -> str:
        """Return the ARN of a role that `service`.amazonaws.com may take, the same each time."""
        if service not in self._roles:
            iam, name = self.client("iam"), unique(service)
            trust = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
            policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
            self._roles[service] = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy)["Role"]["Arn"]
            self._removals.add(f"the role {name}", lambda: iam.delete_role(RoleName=name))
        return self._roles[service]

    def upload(self, content: bytes | str | PathLike[str], key: str) -> str:
        """Put a file's content, or the bytes, into the bucket and return its location, s3://….

        Raises:
            FileNotFoundError: There is no such file.

        """
        if not isinstance(content, bytes):
            path = Path(content)
            if not path.is_file():
                raise FileNotFoundError(f"There is no file {path.absolute()}. Expected a file's path; the content itself is given as bytes.")
            content = path.read_bytes()
        self.client("s3").put_object(Bucket=self.bucket, Key=key, Body=content)
        return f"s3://{self.bucket}/{key}"

    def run_job(
        self,
        script: str | Path,
        arguments: Mapping[str, object] | None = None,
        *,
        kind: str = "glueetl",
        glue_version: str | None = None,
        worker_type: str = "G.1X",
        number_of_workers: int = 2,
        default_arguments: Mapping[str, str] = DELTA,
        timeout_s: float = 300,
        check: bool = True,
        **members: Any,
    ) -> JobRun:
        """Run a script as a Glue job to its end.

        Args:
            script: Its path, or its text (which has a line break).
            arguments: Of the run, by name, with or without the leading dashes.
            kind: `glueetl` for Spark, `pythonshell` for plain Python.
            glue_version: By default 6.0 for Spark and 3.0 for Python shell.
            worker_type: As in CreateJob, and so is the next.
            number_of_workers: Noted, as everything about capacity is here.
            default_arguments: Of the job; DELTA makes Delta tables work, as it does on AWS.
            timeout_s: The run is stopped then.
            check: Raise when the run does not succeed; else the caller looks at `state`.
            **members: Further members of CreateJob: MaxRetries, ExecutionProperty, Connections, …

        Raises:
            JobRunError: The run did not succeed (with check), or did not end in time; the text has the end of its log.

        """
        __tracebackhide__ = True
        name, source = jobs.script_source(script)
        location, is_spark = self.upload(source, f"scripts/{name}.py"), kind == "glueetl"
        capacity = {"WorkerType": worker_type, "NumberOfWorkers": number_of_workers} if is_spark else {}
        given = {"GlueVersion": glue_version, "DefaultArguments": dict(default_arguments) if is_spark else None}
        self._jobs().make(name, location, self.role("glue"), kind, {**given, **capacity, **members})
        return self.run_deployed_job(name, arguments, timeout_s=timeout_s, check=check)

    def run_deployed_job(self, name: str, arguments: Mapping[str, object] | None = None, *, timeout_s: float = 300, check: bool = True) -> JobRun:
        """Run a job that is there already, such as one of a CloudFormation template, to its end; else as `run_job`."""
        __tracebackhide__ = True
        run = self._jobs().run(name, arguments, timeout_s)
        return jobs.check(run) if check else run

    def run_state_machine(self, definition: Mapping[str, Any] | str | Path, input: Any = None, *, timeout_s: float = 300) -> Any:  # noqa: A002 - AWS's name
        """Run a state machine to its end and return its output.

        Args:
            definition: A dictionary, the path of a JSON file, or the ARN of a state machine that is there already.
            input: Anything that JSON can hold; nothing is `{}`.
            timeout_s: The execution is stopped then.

        Raises:
            StateMachineError: The execution did not succeed, or did not end in time; the text names the states that failed and why.

        """
        __tracebackhide__ = True
        machines = self._state_machines()
        if isinstance(definition, str) and definition.startswith("arn:"):
            arn = definition
        else:
            arn = machines.make(read_definition(definition), self.role("states"))
        return machines.run(arn, {} if input is None else input, timeout_s)

    def deploy_template(self, template: str | Path, *, timeout_s: float = 120, **parameters: str) -> dict[str, str]:
        """Deploy a CloudFormation template; its resources go with the test.

        Args:
            template: Path.
            timeout_s: For all of it.
            **parameters: Of the template.

        Returns:
            The physical ids of the resources, such as a job's name, by their logical ids.

        Raises:
            PipelineError: It was not created; the text has each resource that failed and why.

        """
        __tracebackhide__ = True
        return Templates(self._stack, self._removals).deploy(Path(template), parameters, timeout_s)

    def query(self, sql: str, *, timeout_s: float = 120) -> list[dict[str, Any]]:
        """Ask Athena, with the test's database as the one that tables are looked for in.

        Returns:
            A dictionary a row, by column name: int, float, Decimal, bool, date, datetime, bytes, str; None is NULL. Arrays, maps
            and rows are the text that Athena prints.

        Raises:
            QueryError: Athena refused it, it failed, or did not end in time.

        """
        __tracebackhide__ = True
        where = {
            "QueryExecutionContext": {"Database": self.database},
            "ResultConfiguration": {"OutputLocation": f"s3://{self.bucket}/{_RESULTS}"},
        }
        return queries.rows(self.client("athena"), sql, where, timeout_s)

    def remove(self) -> None:
        """Remove what this object made; the fixture does it after the test."""
        self._removals.run()
