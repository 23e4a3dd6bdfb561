"""Where every row of a sheet went: rows_read = merged + unchanged + rejected + held + duplicates, or the job fails.

The table ingestion_log holds one row per upload, dataset and sheet. Its rows are JSON lines, one object per upload and dataset,
so that a second run of the same load replaces them.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from lakehouse.rules import QUARANTINE
from lakehouse.tables import INGESTION_LOG

if TYPE_CHECKING:
    from datetime import datetime

    from lakehouse.s3 import Bucket

INSERTED, UPDATED, UNCHANGED = "inserted", "updated", "unchanged"
REJECTED, HELD, DUPLICATES = "rejected", "held", "duplicates"
# A row that an earlier, interrupted run of the same load had merged already.
MERGED_BEFORE = "merged_before"
FATES = (INSERTED, UPDATED, UNCHANGED, REJECTED, HELD, DUPLICATES)


class AccountingError(Exception):
    """Rows of a sheet are neither in a table nor logged; nothing may disappear."""


@dataclass(frozen=True)
class LogRow:
    """One row of ingestion_log."""

    upload_id: str
    dataset: str | None = None
    sheet: str | None = None
    source_key: str | None = None
    source_version_id: str | None = None
    content_hash: str | None = None
    uploaded_at: str | None = None
    loaded_at: str | None = None
    rows_read: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    held: int = 0
    duplicates: int = 0
    seconds: float = 0.0
    outcome: str = "OK"
    reason: str | None = None
    warnings: tuple[str, ...] = ()
    load_id: str | None = None

    @property
    def merged(self) -> int:
        return self.inserted + self.updated

    @property
    def accounted(self) -> int:
        return self.merged + self.unchanged + self.rejected + self.held + self.duplicates

    def as_line(self) -> str:
        values = {**asdict(self), "merged": self.merged}
        return json.dumps({name: values[name] for name, _ in INGESTION_LOG.columns}, ensure_ascii=False)


def check(rows: list[LogRow]) -> None:
    """Raise AccountingError unless every sheet's rows are all accounted for."""
    wrong = [row for row in rows if row.rows_read != row.accounted]
    if wrong:
        found = "; ".join(f"sheet {row.sheet!r} of {row.upload_id}: {row.rows_read} rows read, {row.accounted} accounted for" for row in wrong[:5])
        raise AccountingError(
            f"The rows do not add up, so nothing was merged: {found}. The converter's CSV and its manifest disagree; convert again."
        )


def timestamp_text(moment: datetime) -> str:
    """Write a moment as the JSON SerDes of Athena read a timestamp, in UTC."""
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def log_key(upload_id: str, part: str) -> str:
    return f"{INGESTION_LOG.prefix}/{upload_id}-{part}.json"


def publish(bucket: Bucket, upload_id: str, part: str, rows: list[LogRow]) -> None:
    """Write the log of one upload and dataset (or of what was not loaded), in place of an earlier one."""
    body = "".join(f"{row.as_line()}\n" for row in rows).encode()
    bucket.write_bytes(log_key(upload_id, part), body, "application/x-ndjson")


def read_log(bucket: Bucket, upload_id: str, part: str) -> list[LogRow]:
    """Read what publish wrote; empty when there is none."""
    return parse_lines((bucket.read_bytes(log_key(upload_id, part)) or b"").decode())


def is_set_aside(bucket: Bucket, upload_id: str, dataset: str) -> bool:
    """Say whether an upload's rows of a dataset were all set aside, because too many of them were rejected."""
    return any(row.outcome == QUARANTINE for row in read_log(bucket, upload_id, dataset))


def parse_lines(text: str) -> list[LogRow]:
    return [_parse(json.loads(line)) for line in text.splitlines() if line.strip()]


def _parse(values: dict[str, Any]) -> LogRow:
    known = {name: value for name, value in values.items() if name in LogRow.__dataclass_fields__}
    return LogRow(**{**known, "warnings": tuple(values.get("warnings") or ())})


def settle_held(row: LogRow, still_held: int, fates: dict[str, int]) -> LogRow:
    """Move replayed rows of a sheet from held to what became of them.

    Args:
        row: the sheet's row as logged.
        still_held: how many of its rows wait after this run.
        fates: fate -> how many of its held rows met it in this run.

    Returns:
        the row with as many rows accounted for as before, whether or not the same was done before.
    """
    to_move = max(row.held - still_held, 0)
    moved = dict.fromkeys(FATES, 0)
    for fate in (INSERTED, UPDATED, UNCHANGED, DUPLICATES, REJECTED):
        moved[fate] = min(fates.get(fate, 0) + (fates.get(MERGED_BEFORE, 0) if fate == INSERTED else 0), to_move)
        to_move -= moved[fate]
    return replace(
        row,
        held=row.held - sum(moved.values()),
        inserted=row.inserted + moved[INSERTED],
        updated=row.updated + moved[UPDATED],
        unchanged=row.unchanged + moved[UNCHANGED],
        duplicates=row.duplicates + moved[DUPLICATES],
        rejected=row.rejected + moved[REJECTED],
    )
