"""What a person is told, in words to act on: what happened, what to do, and where to look."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from lakehouse.rules import RULES

_MOST_CHARACTERS_OF_A_SUBJECT = 100  # SNS takes no more, and only printable ASCII
_MOST_CHARACTERS_OF_A_CAUSE = 2000
_MOST_FILES = 20
_MOST_LINES_OF_A_FILE = 30
_CONSOLES = {"aws": "console.aws.amazon.com", "aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com"}


@dataclass(frozen=True)
class Alert:
    """One message for the topic; error and cause are those of the failed execution."""

    subject: str
    message: str
    error: str
    cause: str


@dataclass(frozen=True)
class ReasonCount:
    """How many rows of a sheet were rejected for a reason, and the numbers of the first of them."""

    upload_id: str
    key: str
    sheet: str
    code: str
    rows: int
    first_rows: tuple[int, ...]


@dataclass(frozen=True)
class RejectedUpload:
    """An upload that is loaded, with more rejects than a person should hear of later."""

    upload_id: str
    key: str
    dataset: str
    rows_read: int
    rejected: int
    counts: tuple[ReasonCount, ...]

    @property
    def percent(self) -> float:
        return 100 * self.rejected / self.rows_read


def quarantined(key: str, reason: str, text: str, upload_id: str, execution: str) -> Alert:
    message = (
        f"The file {key} was set aside and not loaded.\n\n{text}\n\nThe original is kept under rejected/files/{upload_id}/. Upload a file that is "
        f"mended under the same name; this one need not be removed.\n\n{_where_to_look(execution)}"
    )
    return Alert(_subject(f"Quarantined {reason}: {key}"), message, "Quarantined", text)


def failed(key: str, error: str, cause: str, execution: str, others: tuple[str, ...] = (), untold: int = 0) -> Alert:
    """Word a failure.

    Args:
        key: the upload's.
        error, cause: the state machine's.
        execution: its ARN.
        others: keys of the uploads that the same load held; they fail with it, and nothing else tells of them.
        untold: how often the same has happened since it was told last.
    """
    found = readable_cause(cause)
    with_it = f"With it were not loaded: {_listed(others)}.\n\n" if others else ""
    again = f"The same has happened {untold} more times since the last message about it.\n\n" if untold else ""
    message = (
        f"Loading {key} failed: {error}.\n\n{found}\n\n{with_it}{again}Nothing is lost: the files are where they were. When the reason is mended, "
        f"start the execution again with the same input, or upload the file again; it goes on from the first dataset that is not done.\n\n"
        f"{_where_to_look(execution)}"
    )
    return Alert(_subject(f"Not loaded: {key}"), message, "LoadFailed", f"{key}: {error}: {found}")


def maintenance_failed(error: str, cause: str, execution: str) -> Alert:
    found = readable_cause(cause)
    message = (
        f"The maintenance of the tables failed: {error}.\n\n{found}\n\nNo row is lost and loads go on; until it succeeds, the tables keep more files "
        "than they need, and queries get slower. The next run by the schedule tries again. To try now: start an execution of lakehouse-maintenance "
        f"with the input {{}}.\n\n{_where_to_look(execution)}"
    )
    return Alert(_subject(f"Maintenance of the tables failed: {error}"), message, "MaintenanceFailed", f"{error}: {found}")


def many_rejects(uploads: list[RejectedUpload], overdue: list[ReasonCount], alert_percent: float, execution: str) -> dict[str, str]:
    """Word one notice for a whole load that succeeded: uploads with too many rejects, and items whose product never came.

    Returns:
        subject and message.
    """
    parts = [_about_upload(upload, alert_percent) for upload in uploads[:_MOST_FILES]]
    if len(uploads) > _MOST_FILES:
        parts.append(f"{len(uploads) - _MOST_FILES} more files of this load: run the query sql/rejected_records_analysis.sql.")
    if overdue:
        parts.append(_about_overdue(overdue))
    return {"subject": _subject(_notice_subject(uploads, overdue)), "message": "\n\n".join([*parts, _where_to_look(execution)])}


def _notice_subject(uploads: list[RejectedUpload], overdue: list[ReasonCount]) -> str:
    late = sum(count.rows for count in overdue)
    if not uploads:
        return f"Rejected {late} items whose product never came"
    first = uploads[0]
    more = f" and {len(uploads) - 1} more" if len(uploads) > 1 else ""
    return f"Rejected {first.rejected} of {first.rows_read} rows ({first.percent:.1f} %): {first.key}{more}"


def _about_upload(upload: RejectedUpload, alert_percent: float) -> str:
    return (
        f"{upload.key} is loaded into {upload.dataset}, but {upload.rejected:,} of its {upload.rows_read:,} rows were rejected "
        f"({upload.percent:.1f} %; more than {alert_percent:g} % is told):\n{_reasons(upload.counts)}\n"
        "Correct these rows and upload the file again under the same name: of the other rows nothing changes.\n"
        f"All of them: {_query(upload.upload_id)}"
    )


def _about_overdue(counts: list[ReasonCount]) -> str:
    uploads = list(dict.fromkeys(count.upload_id for count in counts))
    return (
        f"{sum(count.rows for count in counts):,} order items waited longer than the limit for a product that never came; they are rejected now "
        f"(NO_SUCH_PRODUCT: {RULES['NO_SUCH_PRODUCT'].text}):\n{_reasons(tuple(counts), with_key=True)}\n"
        "Upload the products, then the file with these items again.\n"
        f"All of them: {_query(*uploads[:_MOST_FILES])}"
    )


def _reasons(counts: tuple[ReasonCount, ...], *, with_key: bool = False) -> str:
    lines = []
    for count in counts[:_MOST_LINES_OF_A_FILE]:
        known = RULES.get(count.code)
        rows = ", ".join(map(str, count.first_rows)) + (", ..." if count.rows > len(count.first_rows) else "")
        place = f"{count.key}, sheet {count.sheet}" if with_key else f"sheet {count.sheet}"
        lines.append(f"  {count.rows:,} x {count.code} in {place}: rows {rows}. {known.text if known else ''}".rstrip())
    if len(counts) > _MOST_LINES_OF_A_FILE:
        lines.append(f"  and {len(counts) - _MOST_LINES_OF_A_FILE} more reasons and sheets")
    return "\n".join(lines)


def _query(*upload_ids: str) -> str:
    ids = ", ".join("'{}'".format(upload.replace("'", "''")) for upload in upload_ids)
    columns = "source_key, sheet, row_number, reason_codes, raw"
    where = f"upload_id in ({ids}) and outcome = 'REJECT'"
    return f"select {columns} from ecom_catalog.rejected_records where {where} order by source_key, sheet, row_number"  # noqa: S608 - for a person


def console_link(execution: str) -> str:
    """Return where the AWS console shows an execution, told by its ARN.

    >>> console_link("arn:aws:states:eu-west-1:1:execution:m:e")
    'https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/arn:aws:states:eu-west-1:1:execution:m:e'
    """
    _, partition, _, region, *_ = execution.split(":")
    return f"https://{region}.{_CONSOLES.get(partition, _CONSOLES['aws'])}/states/home?region={region}#/v2/executions/details/{execution}"


def _where_to_look(execution: str) -> str:
    link = console_link(execution) if execution.startswith("arn:") else execution
    return f"Execution: {link}\nOn a local stack: lakestack runs; lakestack logs {execution.rsplit(':', 1)[-1][:8]}\n"


def readable_cause(cause: str) -> str:
    """Take the sentence out of a cause that is a service's whole answer as JSON."""
    try:
        answer = json.loads(cause)
    except ValueError:
        return cause[:_MOST_CHARACTERS_OF_A_CAUSE]
    if not isinstance(answer, dict):
        return cause[:_MOST_CHARACTERS_OF_A_CAUSE]
    return _sentence(answer, cause)[:_MOST_CHARACTERS_OF_A_CAUSE]


def _sentence(answer: dict[str, Any], cause: str) -> str:
    status = (answer.get("QueryExecution") or answer).get("Status", {})
    reason = status.get("StateChangeReason") if isinstance(status, dict) else None
    job = f"Job {answer['JobName']}, run {answer.get('Id')}: " if "JobName" in answer else ""
    return job + str(answer.get("ErrorMessage") or answer.get("errorMessage") or reason or cause)


def _listed(keys: tuple[str, ...]) -> str:
    more = f" and {len(keys) - _MOST_FILES} more" if len(keys) > _MOST_FILES else ""
    return ", ".join(keys[:_MOST_FILES]) + more


def _subject(text: str) -> str:
    plain = re.sub(r"[^\x20-\x7e]", "?", text)
    return plain if len(plain) <= _MOST_CHARACTERS_OF_A_SUBJECT else f"{plain[: _MOST_CHARACTERS_OF_A_SUBJECT - 3]}..."
