"""What came in and what became of it: the ingestion log, and the executions of uploads that the log does not have yet or no longer tells right."""

import posixpath
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from lakestack.lake.claims import Claims
from lakestack.lake.executions import Ended, Executions
from lakestack.lake.names import DATABASE, UPLOADS
from lakestack.lake.queries import ask

LOADED, SKIPPED, QUARANTINED, FAILED, RUNNING = "LOADED", "SKIPPED", "QUARANTINED", "FAILED", "RUNNING"
_COUNTS = ("rows_read", "inserted", "updated", "unchanged", "rejected", "held", "duplicates")
_TEXTS = ("upload_id", "dataset", "sheet", "source_key", "source_version_id", "content_hash", "outcome", "reason")
_COLUMNS = f"{', '.join(_TEXTS)}, {', '.join(_COUNTS)}, seconds, array_join(warnings, ' ')"
_LOG = f"{DATABASE}.ingestion_log"
_OUTCOMES = {"SKIP": SKIPPED, "QUARANTINE": QUARANTINED}
_RECENT_EXECUTIONS = 100


@dataclass(frozen=True)
class Counts:
    """Where rows went; `read` is the sum of the rest."""

    read: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    held: int = 0
    duplicates: int = 0

    @property
    def merged(self) -> int:
        return self.inserted + self.updated

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(mine + theirs for mine, theirs in zip(self.values, other.values, strict=True)))

    @property
    def values(self) -> tuple[int, ...]:
        return (self.read, self.inserted, self.updated, self.unchanged, self.rejected, self.held, self.duplicates)


@dataclass(frozen=True)
class Sheet:
    """One row of the ingestion log that is about a sheet."""

    dataset: str
    name: str
    outcome: str
    reason: str
    counts: Counts
    seconds: float
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Ingestion:
    """One upload and what became of it.

    Attributes:
        upload_id: Empty while nothing is logged of it.
        key: Of the object below the bucket.
        outcome: LOADED, SKIPPED, QUARANTINED, FAILED or RUNNING.
        reason: A reason code, or the error of a failure.
        text: What the execution said of it, if it is known.
        state: Of the state machine, while it is RUNNING.
        execution: The ARN of the newest one that is known.

    """

    upload_id: str
    key: str
    version_id: str
    at: datetime
    outcome: str
    reason: str = ""
    text: str = ""
    state: str = ""
    execution: str = ""
    content_hash: str = ""
    sheets: tuple[Sheet, ...] = ()

    @property
    def file(self) -> str:
        return self.key.removeprefix(UPLOADS)

    @property
    def datasets(self) -> str:
        return ", ".join(dict.fromkeys(sheet.dataset for sheet in self.sheets if sheet.dataset))

    @property
    def counts(self) -> Counts:
        return sum((sheet.counts for sheet in self.sheets), Counts())

    @property
    def seconds(self) -> float:
        # A job run's seconds are in the row of each of its sheets.
        by_dataset = {sheet.dataset: sheet.seconds for sheet in self.sheets}
        return sum(by_dataset.values())

    @property
    def warnings(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(code for sheet in self.sheets for code in sheet.warnings))


class Ingestions:
    """The uploads of one stack."""

    def __init__(self, athena: Any, executions: Executions, claims: Claims) -> None:
        self._athena = athena
        self._executions = executions
        self._claims = claims

    def newest(self, limit: int, file: str | None = None) -> list[Ingestion]:
        """Return the newest uploads, newest first; `file` keeps those of one file name or key."""
        if file is None:
            return self._collect("true", limit, lambda _key: True)
        return self._collect(_is_named(file), limit, lambda key: is_named(key, file))

    def of(self, file: str, limit: int = 20) -> list[Ingestion]:
        """Return the uploads that a file name, a key or an upload id means, newest first."""
        return self._collect(f"({_is_named(file)} or upload_id = {quoted(file)})", limit, lambda key: is_named(key, file))

    def with_content(self, content_hash: str) -> list[Ingestion]:
        """Return the logged uploads of the same content."""
        return self._logged(f"content_hash = {quoted(content_hash)}", 20)

    def names(self) -> list[str]:
        """Return the names of all files that ever came, without their folders."""
        rows = ask(self._athena, f"select distinct source_key from {_LOG} where source_key is not null").rows  # noqa: S608 - a constant
        keys = {key for (key,) in rows if key} | {self._executions.upload_of(one["executionArn"])[0] for one in self._recent()}
        return sorted({posixpath.basename(key) for key in keys if posixpath.basename(key)})

    def _recent(self) -> list[Any]:
        return self._executions.recent(_RECENT_EXECUTIONS)

    def _collect(self, where: str, limit: int, matches: Callable[[str], bool]) -> list[Ingestion]:
        # The executions first: of a pipeline that is not deployed they have the better word.
        newest_of: dict[tuple[str, str], Any] = {}
        for execution in reversed(self._recent()):
            key, version_id = self._executions.upload_of(execution["executionArn"])
            if key and matches(key):
                newest_of[key, version_id] = execution
        found = []
        for logged in self._logged(where, limit):
            execution = newest_of.pop((logged.key, logged.version_id), None)
            found.append(self._as_executed(logged, execution) if execution else logged)
        for (key, version_id), execution in newest_of.items():
            unlogged = Ingestion("", key, version_id, execution["startDate"], "")
            if (one := self._as_executed(unlogged, execution)).outcome:
                found.append(one)
        return sorted(found, key=lambda one: one.at, reverse=True)[:limit]

    def _logged(self, where: str, limit: int) -> list[Ingestion]:
        newest = f"select upload_id from {_LOG} where {where} group by upload_id order by upload_id desc limit {limit}"  # noqa: S608 - `where` is ours
        sql = f"select {_COLUMNS} from {_LOG} where upload_id in ({newest}) order by upload_id desc, dataset, sheet"  # noqa: S608
        by_upload: dict[str, list[dict[str, str]]] = {}
        for row in ask(self._athena, sql).rows:
            values = dict(zip((*_TEXTS, *_COUNTS, "seconds", "warnings"), ("" if value is None else value for value in row), strict=True))
            by_upload.setdefault(values["upload_id"], []).append(values)
        return [_ingestion(upload_id, rows) for upload_id, rows in by_upload.items()]

    def _as_executed(self, logged: Ingestion, execution: Any) -> Ingestion:
        """Say what the upload's newest execution knows better than the log: that it runs still, or failed after it had logged."""
        arn = execution["executionArn"]
        known = replace(logged, execution=arn)
        if execution["status"] == "RUNNING":
            states = self._executions.states(arn)
            return replace(known, outcome=RUNNING, reason="", state=states[-1][1] if states else "starting")
        ended = self._executions.ended(arn)
        if ended is None:
            return replace(known, outcome=RUNNING, state="ending")
        if ended.is_success:
            return replace(known, text=ended.text)
        if ended.outcome == "Quarantined":
            return replace(known, outcome=QUARANTINED, text=ended.text, reason=logged.reason)
        return known if self._was_loaded_by_another(logged) else _failed(known, ended)

    def _was_loaded_by_another(self, logged: Ingestion) -> bool:
        """Say whether the claim is LOADED although its own execution failed: the holder of the lease took the upload along."""
        if not logged.content_hash:
            return False
        return self._claims.status_of(logged.upload_id, logged.content_hash, logged.version_id) == LOADED


def _failed(known: Ingestion, ended: Ended) -> Ingestion:
    return replace(known, outcome=FAILED, reason=ended.outcome, text=ended.text)


def _ingestion(upload_id: str, rows: list[dict[str, str]]) -> Ingestion:
    sheets = tuple(_sheet(row) for row in rows if row["dataset"] or row["sheet"])
    whole = next((row for row in rows if not row["dataset"] and not row["sheet"]), None)
    set_aside = next((row for row in rows if row["outcome"] == "QUARANTINE"), None)
    decisive = set_aside or (whole if whole and not any(row["dataset"] for row in rows) else None)
    first = rows[0]
    return Ingestion(
        upload_id=upload_id,
        key=first["source_key"],
        version_id=first["source_version_id"],
        at=moment_of(upload_id),
        outcome=_OUTCOMES[decisive["outcome"]] if decisive else LOADED,
        reason=decisive["reason"] if decisive else "",
        content_hash=first["content_hash"],
        sheets=sheets,
    )


def _sheet(row: dict[str, str]) -> Sheet:
    counts = Counts(*(int(row[name] or 0) for name in _COUNTS))
    warnings = tuple(row["warnings"].split())
    return Sheet(row["dataset"], row["sheet"], row["outcome"], row["reason"], counts, float(row["seconds"] or 0), warnings)


def moment_of(upload_id: str) -> datetime:
    """Return when an upload came, which its id begins with.

    >>> moment_of("20260401T120102Z-v1").isoformat()
    '2026-04-01T12:01:02+00:00'
    """
    return datetime.strptime(upload_id.partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def is_named(key: str, file: str) -> bool:
    return file in {key, key.removeprefix(UPLOADS), posixpath.basename(key)}


def _is_named(file: str) -> str:
    return f"(source_key in ({quoted(file)}, {quoted(UPLOADS + file)}) or element_at(split(source_key, '/'), -1) = {quoted(file)})"


def quoted(text: str) -> str:
    """Write a text as a literal of SQL."""
    return "'{}'".format(text.replace("'", "''"))
