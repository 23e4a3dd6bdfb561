"""Executions of the state machine: which one an upload started, the states as they pass, how it ended."""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lakestack.errors import PipelineError
from lakestack.lake.names import state_machine_arn
from lakestack.lake.uploads import Upload

_POLL_S = 0.25
_STARTS_WITHIN_S = 60.0
_ENDS_WITHIN_S = 3600.0
_ENTERED = "StateEntered"


@dataclass(frozen=True)
class Passed:
    """An execution entered a state for the first time, or ended.

    Attributes:
        state: Name of the state; empty when it ended.
        after_s: Seconds from the upload.
        ended: How, at the end.

    """

    upload: Upload
    state: str
    after_s: float
    ended: "Ended | None" = None


@dataclass(frozen=True)
class Ended:
    """How an execution ended.

    Attributes:
        status: SUCCEEDED, FAILED, TIMED_OUT or ABORTED.
        outcome: LOADED or SKIPPED of one that succeeded, else the error's name.
        text: One sentence for a person.
        reason: Code of a skip, such as DUPLICATE_UPLOAD.

    """

    arn: str
    status: str
    outcome: str
    text: str
    reason: str | None = None

    @property
    def is_success(self) -> bool:
        return self.status == "SUCCEEDED"


@dataclass
class _Followed:
    upload: Upload
    arn: str
    states: set[str] = field(default_factory=set)
    last_event: int = 0


class Executions:
    """The executions of one stack."""

    def __init__(self, stepfunctions: Any, region: str) -> None:
        self._stepfunctions = stepfunctions
        self._state_machine_arn = state_machine_arn(region)
        self._inputs: dict[str, tuple[str, str]] = {}

    def follow(self, uploads: Sequence[Upload]) -> Iterator[Passed]:
        """Yield what happens to the uploads as it happens, until each one's execution has ended.

        Raises:
            PipelineError: No execution starts, or one does not end in time.

        """
        waiting, followed = list(uploads), list[_Followed]()
        started = time.monotonic()
        while waiting or followed:
            for upload, arn in self._started(waiting):
                waiting.remove(upload)
                followed.append(_Followed(upload, arn))
            for one in list(followed):
                yield from self._new_states(one)
                if ended := self.ended(one.arn):
                    yield from self._new_states(one)
                    yield Passed(one.upload, "", _seconds(one.upload, self._stopped_at(one.arn)), ended)
                    followed.remove(one)
            _check_time(waiting, followed, time.monotonic() - started)
            if waiting or followed:
                time.sleep(_POLL_S)

    def ended(self, arn: str) -> Ended | None:
        """Return how the execution ended, or None while it runs."""
        described = self._stepfunctions.describe_execution(executionArn=arn)
        if described["status"] == "RUNNING":
            return None
        if described["status"] != "SUCCEEDED":
            return Ended(arn, described["status"], described.get("error") or described["status"], described.get("cause") or "It gives no reason.")
        output = json.loads(described.get("output") or "{}")
        return Ended(arn, "SUCCEEDED", output.get("outcome", "SUCCEEDED"), output.get("text", ""), output.get("reason"))

    def recent(self, limit: int) -> list[Any]:
        """Return the newest executions as ListExecutions describes them."""
        answer = self._stepfunctions.list_executions(stateMachineArn=self._state_machine_arn, maxResults=limit)
        return list(answer["executions"])

    def upload_of(self, arn: str) -> tuple[str, str]:
        """Return key and version id of the object whose creation started the execution; empty if it was started otherwise."""
        if arn not in self._inputs:
            event = json.loads(self._stepfunctions.describe_execution(executionArn=arn).get("input") or "{}")
            described = event.get("detail", {}).get("object", {}) if isinstance(event, dict) else {}
            self._inputs[arn] = (described.get("key", ""), described.get("version-id", ""))
        return self._inputs[arn]

    def states(self, arn: str, after_event: int = 0) -> list[tuple[int, str, datetime]]:
        """Return the states entered after an event: number of the event, state, moment."""
        pages = self._stepfunctions.get_paginator("get_execution_history").paginate(executionArn=arn)
        events = [event for page in pages for event in page["events"] if event["id"] > after_event and event["type"].endswith(_ENTERED)]
        return [(event["id"], event["stateEnteredEventDetails"]["name"], event["timestamp"]) for event in events]

    def _started(self, uploads: Sequence[Upload]) -> Iterator[tuple[Upload, str]]:
        if not uploads:
            return
        by_object = {(upload.key, upload.version_id): upload for upload in uploads}
        for execution in reversed(self.recent(100)):
            upload = by_object.pop(self.upload_of(execution["executionArn"]), None)
            if upload:
                yield upload, execution["executionArn"]

    def _new_states(self, one: _Followed) -> Iterator[Passed]:
        for number, state, at in self.states(one.arn, one.last_event):
            one.last_event = number
            # A loop that waits passes its states again and again; once is news.
            if state not in one.states:
                one.states.add(state)
                yield Passed(one.upload, state, _seconds(one.upload, at))

    def _stopped_at(self, arn: str) -> datetime:
        stopped_at: datetime = self._stepfunctions.describe_execution(executionArn=arn)["stopDate"]
        return stopped_at


def _seconds(upload: Upload, at: datetime) -> float:
    return max(0.0, (at - upload.at).total_seconds())


def _check_time(waiting: Sequence[Upload], followed: Sequence[_Followed], passed_s: float) -> None:
    if waiting and passed_s > _STARTS_WITHIN_S:
        names = ", ".join(upload.address for upload in waiting)
        raise PipelineError(f"No execution started for {names} within {_STARTS_WITHIN_S:.0f} s. Is everything deployed? See: lakestack deploy")
    if followed and passed_s > _ENDS_WITHIN_S:
        raise PipelineError(f"{followed[0].arn} did not end within {_ENDS_WITHIN_S:.0f} s. See: lakestack runs")
