"""What a person is told when an upload was not loaded: what happened, what to do, and where to look."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

_MOST_CHARACTERS_OF_A_SUBJECT = 100  # SNS takes no more, and only printable ASCII
_MOST_CHARACTERS_OF_A_CAUSE = 2000


@dataclass(frozen=True)
class Alert:
    """One message for the topic; error and cause are those of the failed execution."""

    subject: str
    message: str
    error: str
    cause: str


def quarantined(key: str, reason: str, text: str, execution: str) -> Alert:
    message = f"The file {key} was set aside and not loaded.\n\n{text}\n\nThe original is kept under rejected/files/.\nExecution: {execution}\n"
    return Alert(_subject(f"Quarantined {reason}: {key}"), message, "Quarantined", text)


def failed(key: str, error: str, cause: str, execution: str) -> Alert:
    found = readable_cause(cause)
    message = (
        f"Loading {key} failed: {error}.\n\n{found}\n\nNothing is lost: the file is where it was. When the reason is mended, start the execution "
        f"again with the same input; it goes on from the first dataset that is not done.\nExecution: {execution}\n"
    )
    return Alert(_subject(f"Not loaded: {key}"), message, "LoadFailed", f"{key}: {error}: {found}")


def maintenance_failed(error: str, cause: str, execution: str) -> Alert:
    found = readable_cause(cause)
    message = (
        f"The maintenance of the tables failed: {error}.\n\n{found}\n\nNo row is lost and loads go on; until it succeeds, the tables keep more files "
        "than they need, and queries get slower. The next run by the schedule tries again. To try now: start an execution of lakehouse-maintenance "
        f"with the input {{}}.\nExecution: {execution}\n"
    )
    return Alert(_subject(f"Maintenance of the tables failed: {error}"), message, "MaintenanceFailed", f"{error}: {found}")


def readable_cause(cause: str) -> str:
    """Take the sentence out of a cause that is a service's whole answer as JSON."""
    try:
        answer = json.loads(cause)
    except ValueError:
        return cause[:_MOST_CHARACTERS_OF_A_CAUSE]
    if not isinstance(answer, dict):
        return cause[:_MOST_CHARACTERS_OF_A_CAUSE]
    status = (answer.get("QueryExecution") or answer).get("Status", {})
    reason = status.get("StateChangeReason") if isinstance(status, dict) else None
    job = f"Job {answer['JobName']}, run {answer.get('Id')}: " if "JobName" in answer else ""
    return (job + str(answer.get("ErrorMessage") or answer.get("errorMessage") or reason or cause))[:_MOST_CHARACTERS_OF_A_CAUSE]


def _subject(text: str) -> str:
    plain = re.sub(r"[^\x20-\x7e]", "?", text)
    return plain if len(plain) <= _MOST_CHARACTERS_OF_A_SUBJECT else f"{plain[: _MOST_CHARACTERS_OF_A_SUBJECT - 3]}..."
