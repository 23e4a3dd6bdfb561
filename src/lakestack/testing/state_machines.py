"""Runs a state machine to its end and says which state it failed in."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lakestack.testing.errors import StateMachineError
from lakestack.testing.live_stack import LiveStack
from lakestack.testing.removals import Removals, unique
from lakestack.testing.waiting import until

# A cause may be the whole description of a job run.
_MOST_CHARACTERS = 2000
_MOST_FAILURES = 5
_FAIL_STATE = "FailStateEntered"
_FAILURES = ("Failed", "TimedOut", "Aborted", _FAIL_STATE)


class StateMachines:
    """The state machines of one test."""

    def __init__(self, stack: LiveStack, removals: Removals) -> None:
        self._machines, self._removals = stack.client("stepfunctions"), removals

    def make(self, definition: Mapping[str, Any], role: str) -> str:
        """Return the ARN of a new state machine that goes with the test."""
        name = unique()
        arn = str(self._machines.create_state_machine(name=name, definition=json.dumps(definition), roleArn=role)["stateMachineArn"])
        self._removals.add(f"the state machine {name}", lambda: self._remove(arn))
        return arn

    def run(self, arn: str, given: Any, timeout_s: float) -> Any:
        """Return the output of an execution with the input `given`.

        Raises:
            StateMachineError: It did not succeed, or did not end in time; then it was stopped.

        """
        __tracebackhide__ = True
        execution = self._machines.start_execution(stateMachineArn=arn, input=json.dumps(given))["executionArn"]
        ended = until(lambda: self._ended(execution), timeout_s)
        if ended is None:
            self._machines.stop_execution(executionArn=execution, error="Timeout", cause=f"the test waited {timeout_s:.0f} s")
            text = f"The execution {execution} had not ended after {timeout_s:.0f} s, in state {self._last_state(execution)!r}, so it was stopped."
            raise StateMachineError(text, "RUNNING")
        if ended["status"] == "SUCCEEDED":
            return json.loads(ended["output"])
        error, cause = ended.get("error", ""), ended.get("cause", "")
        failures = "\n".join(f"  {line}" for line in failures_of(self._history(execution)))
        text = f"The execution {execution} is {ended['status']}: {_short(error, cause)}\nWhat failed in it:\n{failures or '  nothing'}"
        raise StateMachineError(text, ended["status"], error, cause)

    def _ended(self, execution: str) -> Any:
        described = self._machines.describe_execution(executionArn=execution)
        return None if described["status"] == "RUNNING" else described

    def _history(self, execution: str) -> list[Any]:
        pages = self._machines.get_paginator("get_execution_history").paginate(executionArn=execution)
        return [event for page in pages for event in page["events"]]

    def _last_state(self, execution: str) -> str:
        entered = [event["stateEnteredEventDetails"]["name"] for event in self._history(execution) if "stateEnteredEventDetails" in event]
        return entered[-1] if entered else ""

    def _remove(self, arn: str) -> None:
        for execution in self._machines.list_executions(stateMachineArn=arn, statusFilter="RUNNING")["executions"]:
            self._machines.stop_execution(executionArn=execution["executionArn"])
        self._machines.delete_state_machine(stateMachineArn=arn)


def failures_of(history: list[Any]) -> list[str]:
    """Return a line for each of the last failures in an execution's history: event, state, error and cause."""
    by_id = {event["id"]: event for event in history}
    failures = [event for event in history if event["type"].endswith(_FAILURES) and not event["type"].startswith("Execution")]
    return [_failure(event, _state_of(event, by_id)) for event in failures[-_MOST_FAILURES:]]


def read_definition(definition: Mapping[str, Any] | str | Path) -> Mapping[str, Any]:
    """Return a definition that is given as such or as the path of its JSON file."""
    if isinstance(definition, Mapping):
        return definition
    return dict(json.loads(Path(definition).read_text()))


def _state_of(event: Any, by_id: Mapping[int, Any]) -> str:
    """Return the state that an event happened in: the last one entered on the way to it."""
    seen = event
    while seen is not None and "stateEnteredEventDetails" not in seen:
        seen = by_id.get(seen.get("previousEventId", 0))
    return str(seen["stateEnteredEventDetails"]["name"]) if seen else ""


def _failure(event: Any, state: str) -> str:
    if event["type"] == _FAIL_STATE:
        return f"{state!r} is a Fail state"
    details: Any = next((value for key, value in event.items() if key.endswith("EventDetails")), {})
    return f"{state!r} {event['type']}: {_short(details.get('error', ''), details.get('cause', ''))}"


def _short(error: str, cause: str) -> str:
    text = ": ".join(part for part in (error, cause) if part) or "it gives no reason"
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]} … ({len(text):,} characters)"
