"""Executions of lakehouse-orchestration, followed state by state: started again, stopped, waited for."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tests.support.pipeline import LAKE, STATE_MACHINE, Execution
from tests.support.waiting import eventually


@dataclass
class Attempt:
    """One execution that may still run."""

    arn: str
    _client: object

    def entered(self, state: str, within_s: float = 120) -> None:
        """Wait until it is in a state."""

        def look() -> bool:
            described = self._client.describe_execution(executionArn=self.arn)
            names = self._states()
            assert state in names or described["status"] == "RUNNING", (
                f"{described['status']} without {state!r}: {names} {described.get('cause', '')}"
            )
            return state in names

        eventually(look, within_s, 0.02, f"{state!r} of {self.arn}")

    def _states(self) -> list[str]:
        # Newest first, so that one page tells.
        events = self._client.get_execution_history(executionArn=self.arn, reverseOrder=True, maxResults=200)["events"]
        return [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]

    def status(self) -> str:
        return str(self._client.describe_execution(executionArn=self.arn)["status"])

    def stop(self) -> None:
        self._client.stop_execution(executionArn=self.arn, error="Test", cause="stopped by a test")
        self.ended()

    def ended(self, within_s: float = 400) -> Execution:
        def look() -> Execution | None:
            found = self._client.describe_execution(executionArn=self.arn)
            if found["status"] == "RUNNING":
                return None
            return Execution(found["status"], json.loads(found.get("output") or "{}"), found.get("error", ""), found.get("cause", ""))

        return eventually(look, within_s, 0.1, f"the end of {self.arn}")

    def again(self) -> Attempt:
        """Start a new execution with the same input, as an operator does and as a repeated event does."""
        found = self._client.describe_execution(executionArn=self.arn)
        return Attempt(self._client.start_execution(stateMachineArn=found["stateMachineArn"], input=found["input"])["executionArn"], self._client)


def put(stack, key: str, body: bytes) -> str:
    """Put an object; return its version."""
    return stack.client("s3").put_object(Bucket=LAKE, Key=key, Body=body)["VersionId"]


def attempt_of(stack, key: str, version: str, latest: int = 30) -> Attempt:
    """Return the execution that the event of an upload's version started, one of the latest."""
    client = stack.client("stepfunctions")
    machine = next(m["stateMachineArn"] for m in client.list_state_machines()["stateMachines"] if m["name"] == STATE_MACHINE)
    inputs: dict[str, tuple[str, str]] = {}

    def look() -> str | None:
        for execution in client.list_executions(stateMachineArn=machine, maxResults=latest)["executions"]:
            arn = execution["executionArn"]
            if arn not in inputs:
                uploaded = json.loads(client.describe_execution(executionArn=arn)["input"])["detail"]["object"]
                inputs[arn] = (uploaded["key"], uploaded["version-id"])
            if inputs[arn] == (key, version):
                return arn
        return None

    return Attempt(eventually(look, 30, 0.05, f"the execution of {key!r}"), client)
