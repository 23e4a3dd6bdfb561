"""The deployed pipeline in a test's words: upload files, see how their executions ended, ask Athena."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.support import command
from tests.support.athena import rows_of
from tests.support.waiting import eventually

LAKE = "ecom-lakehouse"
STATE_MACHINE = "lakehouse-orchestration"
_LOADED_WITHIN_S = 400


@dataclass(frozen=True)
class Execution:
    """An execution that has ended."""

    status: str
    output: dict
    error: str
    why: str


class Pipeline:
    """The pipeline on a stack."""

    def __init__(self, stack) -> None:
        self._stack = stack
        self._ended: dict[str, Execution] = {}
        self._executions: dict[tuple[str, str], str] = {}

    def deploy(self, *options: str) -> str:
        """Deploy as a user does; return what was printed."""
        with tempfile.TemporaryDirectory() as folder:
            done = command.run(self._stack, Path(folder), "deploy", *options, within_s=400)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def upload(self, **files: str | bytes | Path) -> list[Execution]:
        """Upload files side by side, given as name=content (`__` is a dot), and wait for their executions."""
        return self.upload_keys({name.replace("__", "."): content for name, content in files.items()})

    def upload_keys(self, files: dict[str, str | bytes | Path]) -> list[Execution]:
        """Upload {name below uploads/: content} side by side, and wait for their executions."""
        s3 = self._stack.client("s3")
        versions = []
        for name, content in files.items():
            body = content.read_bytes() if isinstance(content, Path) else content
            versions.append((f"uploads/{name}", s3.put_object(Bucket=LAKE, Key=f"uploads/{name}", Body=body)["VersionId"]))
        return [eventually(lambda v=version: self._ended_of(v), _LOADED_WITHIN_S, 0.5, f"the end of {version[0]!r}") for version in versions]

    def _ended_of(self, version: tuple[str, str]) -> Execution | None:
        client = self._stack.client("stepfunctions")
        if version not in self._executions:
            self._find_executions(client)
        if version not in self._executions:
            return None
        found = client.describe_execution(executionArn=self._executions[version])
        if found["status"] == "RUNNING":
            return None
        return Execution(found["status"], json.loads(found.get("output") or "{}"), found.get("error", ""), found.get("cause", ""))

    def _find_executions(self, client) -> None:
        machine = next(m["stateMachineArn"] for m in client.list_state_machines()["stateMachines"] if m["name"] == STATE_MACHINE)
        for execution in client.list_executions(stateMachineArn=machine, maxResults=50)["executions"]:
            uploaded = json.loads(client.describe_execution(executionArn=execution["executionArn"])["input"])["detail"]["object"]
            self._executions.setdefault((uploaded["key"], uploaded["version-id"]), execution["executionArn"])

    def query(self, sql: str) -> list[tuple[str | None, ...]]:
        """Return the rows of an Athena query, as text."""
        athena = self._stack.client("athena")
        query = athena.start_query_execution(QueryString=sql, WorkGroup="lakehouse", QueryExecutionContext={"Database": "ecom_catalog"})[
            "QueryExecutionId"
        ]
        execution = eventually(lambda: _ended_query(athena, query), 120, 0.1, f"the end of {sql!r}")
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"].get("StateChangeReason")
        return [tuple(row) for row in rows_of(athena.get_query_results(QueryExecutionId=query))[1:]]

    def keys(self, prefix: str) -> list[str]:
        return [item["Key"] for item in self._stack.client("s3").list_objects_v2(Bucket=LAKE, Prefix=prefix).get("Contents", [])]


def _ended_query(athena, query: str) -> dict | None:
    execution = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
    return execution if execution["Status"]["State"] in {"SUCCEEDED", "FAILED", "CANCELLED"} else None
