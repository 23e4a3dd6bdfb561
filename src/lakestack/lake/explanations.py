"""What became of one file and its rows, in a few lines that end with what to do."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import PurePath
from shlex import quote
from typing import Any

from lakestack.errors import PipelineError
from lakestack.lake.ingestions import FAILED, LOADED, QUARANTINED, RUNNING, SKIPPED, Ingestion, Ingestions, quoted
from lakestack.lake.names import BUCKET, DATABASE
from lakestack.lake.queries import ask
from lakestack.lake.reasons import text_of

_MOST_PRODUCTS = 10
_MOST_RAW = 300
_JOB_RUN = re.compile(r"\bjr_[0-9a-f]+\b")
_ITEMS_JOB = "etl_order_items"


@dataclass(frozen=True)
class _Reason:
    """Rows that were logged for one reason, and the first of them."""

    code: str
    outcome: str
    rows: int
    resolved: int
    sheet: str
    row: str
    raw: str


class Explanations:
    """Answers for the files of one stack."""

    def __init__(self, athena: Any, s3: Any, glue: Any, ingestions: Ingestions) -> None:
        self._athena = athena
        self._s3 = s3
        self._glue = glue
        self._ingestions = ingestions
        self._by_outcome = {
            LOADED: self._loaded,
            SKIPPED: self._skipped,
            QUARANTINED: self._quarantined,
            FAILED: self._failed,
            RUNNING: self._running,
        }

    def explain(self, file: str) -> list[str]:
        """Return the lines about the newest upload that a file name, a key, an upload id or the path of a local file means.

        Raises:
            PipelineError: No upload is called so; the text has the names that are nearest.

        """
        found = self._ingestions.of(file) or self._ingestions.of(PurePath(file).name)
        if not found:
            raise PipelineError(self._unknown(file))
        newest, *earlier = found
        lines = list(self._by_outcome[newest.outcome](newest))
        if earlier:
            lines.append(f"{_count(len(earlier), 'earlier upload')} of this name: lakestack uploads --file {quote(PurePath(newest.key).name)}")
        return lines

    def _unknown(self, file: str) -> str:
        names = self._ingestions.names()
        near = difflib.get_close_matches(PurePath(file).name, names, n=3, cutoff=0.5)
        if near:
            return f"No upload is called {file}. Near to it: {', '.join(near)}"
        return (
            f"No upload is called {file}. {'See which there are: lakestack uploads' if names else 'Nothing was uploaded yet: lakestack upload FILE'}"
        )

    def _loaded(self, one: Ingestion) -> Iterator[str]:
        counts = one.counts
        merged = f"{counts.merged:,} merged ({counts.inserted:,} new, {counts.updated:,} changed)"
        others = (("unchanged", counts.unchanged), ("rejected", counts.rejected), ("held", counts.held))
        parts = [merged, *(f"{count:,} {name}" for name, count in (*others, (_plural(counts.duplicates, "duplicate"), counts.duplicates)) if count)]
        yield f"{_name(one)} was LOADED: {_count(counts.read, 'row')} read, {', '.join(parts)}."
        reasons = self._reasons(one) if counts.rejected or counts.duplicates else []
        rejects = [reason for reason in reasons if reason.outcome == "REJECT"]
        yield from self._rejects(rejects)
        if any(reason.resolved < reason.rows for reason in rejects):
            yield "Correct them and upload the file again under the same name: only those rows will change. All of them:"
            yield _query_of_rejects(one)
        yield from self._held(one, counts.held)
        for reason in reasons:
            if reason.outcome != "REJECT":
                yield f"  {reason.rows:,} x {reason.code}: {text_of(reason.code)} First: {_place(reason)}"
        for code in one.warnings:
            yield f"  warning {code}: {text_of(code)}"
        for sheet in one.sheets:
            if sheet.outcome == "SKIP":
                yield f"  sheet {sheet.name} was left out, {sheet.reason}: {text_of(sheet.reason)}"

    def _rejects(self, rejects: list[_Reason]) -> Iterator[str]:
        for reason in rejects:
            corrected = f" ({reason.resolved:,} of them corrected since)" if reason.resolved else ""
            yield f"  {reason.rows:,} x {reason.code}{corrected}: {text_of(reason.code)} First: {_place(reason)}"

    def _held(self, one: Ingestion, held: int) -> Iterator[str]:
        if not held:
            return
        held_items = f'{DATABASE}.held_order_items where "_upload_id" = {quoted(one.upload_id)}'
        sql = f"select product_id, count(*), min(held_at) from {held_items} group by 1 order by 1"  # noqa: S608 - the id is quoted
        rows = ask(self._athena, sql).rows
        if not rows:
            return
        days = self._held_limit_days()
        until = min(date.fromisoformat(str(held_at)[:10]) for _, _, held_at in rows) + timedelta(days=days)
        products = ", ".join(str(product) for product, _, _ in rows[:_MOST_PRODUCTS])
        more = f" and {len(rows) - _MOST_PRODUCTS} more" if len(rows) > _MOST_PRODUCTS else ""
        yield f"  {held:,} x PRODUCT_NOT_YET: {text_of('PRODUCT_NOT_YET')} Missing: {_plural(len(rows), 'product')} {products}{more}."
        yield f"Upload {_plural(len(rows), 'the product')} before {until} ({days} days of waiting); then the items become rejects."

    def _held_limit_days(self) -> int:
        arguments = self._glue.get_job(JobName=_ITEMS_JOB)["Job"].get("DefaultArguments", {})
        return int(arguments.get("--held_limit_days", 30))

    def _skipped(self, one: Ingestion) -> Iterator[str]:
        yield f"{_name(one)} was SKIPPED, {one.reason}: {text_of(one.reason)}"
        if one.reason != "DUPLICATE_UPLOAD":
            return
        earlier = [
            other for other in self._ingestions.with_content(one.content_hash) if other.upload_id != one.upload_id and other.outcome != SKIPPED
        ]
        if earlier:
            first = earlier[-1]
            yield f"The same content came as {_name(first)} and was {first.outcome}: lakestack why {first.upload_id}"
        else:
            yield "The same content came under another name and is not done yet: lakestack uploads"
        yield f"To load it once more all the same: lakestack upload {quote(PurePath(one.key).name)} --again"

    def _quarantined(self, one: Ingestion) -> Iterator[str]:
        yield f"{_name(one)} was QUARANTINED and not loaded: {one.text or f'{one.reason}: {text_of(one.reason)}'}"
        if one.counts.rejected:
            yield from self._rejects([reason for reason in self._reasons(one) if reason.outcome == "REJECT"])
            yield _query_of_rejects(one)
        kept = self._s3.list_objects_v2(Bucket=BUCKET, Prefix=f"rejected/files/{one.upload_id}/").get("Contents", []) if one.upload_id else []
        for item in kept:
            yield f"The original is kept at s3://{BUCKET}/{item['Key']}"
        yield f"Mend the file and upload it: lakestack upload {quote(PurePath(one.key).name)} --follow"

    def _failed(self, one: Ingestion) -> Iterator[str]:
        yield f"{_name(one)} FAILED with {one.reason}: {one.text}"
        runs = list(dict.fromkeys(_JOB_RUN.findall(one.text)))
        looks = [f"lakestack logs {run}" for run in runs] or [f"lakestack logs {one.execution.rpartition(':')[2]}"]
        yield f"Nothing is lost. See what happened: {'; '.join(looks)}"
        yield f"When the reason is mended, upload it again; it goes on from where it was: lakestack upload {quote(PurePath(one.key).name)} --follow"

    def _running(self, one: Ingestion) -> Iterator[str]:
        yield f"{_name(one)} is on its way: its execution is in the state '{one.state}'. See: lakestack logs {one.execution.rpartition(':')[2]}"

    def _reasons(self, one: Ingestion) -> list[_Reason]:
        place = "row(r.sheet, r.row_number)"
        firsts = ", ".join(f"min_by({column}, {place})" for column in ("r.sheet", "r.row_number", "r.raw"))
        sql = (
            f"select code, r.outcome, count(*), count_if(r.resolved_at is not null), {firsts} "  # noqa: S608 - the id is quoted
            f"from {DATABASE}.rejected_records as r cross join unnest(r.reason_codes) as u (code) "
            f"where r.upload_id = {quoted(one.upload_id)} group by 1, 2 order by 3 desc, 1"
        )
        return [
            _Reason(code or "", outcome or "", int(rows or 0), int(resolved or 0), sheet or "", row or "", raw or "")
            for code, outcome, rows, resolved, sheet, row, raw in ask(self._athena, sql).rows
        ]


def _query_of_rejects(one: Ingestion) -> str:
    where = f"upload_id = {quoted(one.upload_id)} and outcome = 'REJECT'"
    return f'  lakestack query "select sheet, row_number, reason_codes, raw from rejected_records where {where} order by 1, 2"'  # noqa: S608


def _name(one: Ingestion) -> str:
    return f"{one.file} (uploaded {one.at.astimezone():%Y-%m-%d %H:%M:%S})"


def _place(reason: _Reason) -> str:
    raw = reason.raw if len(reason.raw) <= _MOST_RAW else f"{reason.raw[:_MOST_RAW]}…"
    return f"row {reason.row} of sheet {reason.sheet}, as read: {raw}"


def _count(count: int, noun: str) -> str:
    return f"{count:,} {_plural(count, noun)}"


def _plural(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"
