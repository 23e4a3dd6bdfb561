"""One load of one dataset: what etl_products, etl_orders and etl_order_items do.

The rows are read once and their fates are counted in one pass. Then, each step safe to do again: the load's accounting is prepared,
rejects and held rows are written, the table is merged, the log is published, released rows leave held_order_items. The load lease is
demanded before each of them: what is left is the time of one Delta commit, for a job that outlived its execution and its lease.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from lakehouse import accounting, frames, leases, logs, metrics, notices, transforms
from lakehouse.accounting import HELD, INSERTED, MERGED_BEFORE, UPDATED, LogRow
from lakehouse.alerts import ReasonCount
from lakehouse.s3 import Bucket, in_parallel
from lakehouse.tables import DATASET_TABLES, HELD_ORDER_ITEMS, REJECTED_RECORDS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from lakehouse.datasets import Dataset

HELD_KEY = "state/held.json"
_TRIES = 3


@dataclass(frozen=True)
class Load:
    """The part of a load's manifest that is about one dataset.

    Attributes:
        sheets: {upload_id, sheet, csv, rows_read, warnings} of every sheet of the dataset.
        uploads: upload_id -> {key, version_id, content_hash, uploaded_at, attempts}.
    """

    load_id: str
    execution: str
    dataset: Dataset
    sheets: list[dict[str, Any]]
    uploads: dict[str, dict[str, Any]]

    @property
    def upload_ids(self) -> list[str]:
        return sorted({sheet["upload_id"] for sheet in self.sheets})

    @property
    def was_tried_before(self) -> bool:
        return any(self.uploads[upload]["attempts"] > 1 for upload in self.upload_ids)


@dataclass(frozen=True)
class Fates:
    """How many rows met which fate, in one sheet; was_held tells replayed rows from those of the load's own sheets."""

    upload_id: str
    sheet: str
    was_held: bool
    fate: str
    rows: int
    logged: int
    warnings: tuple[str, ...]


def main(dataset: Dataset, arguments: dict[str, str], held_limit_days: int = 30) -> None:
    """Run the job: --bucket, --load (the key of the load's manifest), --execution (who holds the load lease), --coordination (where it lies)."""
    logs.begin(job=arguments["JOB_NAME"], job_run=arguments.get("JOB_RUN_ID"), execution=arguments["execution"], dataset=dataset.name)
    with logs.telling("load"):
        bucket = Bucket(arguments["bucket"], coordination_setting=arguments["coordination"])
        load = read_load(bucket, arguments["load"], arguments["execution"], dataset)
        logs.bind(load_id=load.load_id, upload_ids=sorted(load.uploads))
        spark = frames.open_session(arguments["JOB_NAME"])
        run(spark, bucket, f"s3://{bucket.name}", load, held_limit_days)


def read_load(bucket: Bucket, key: str, execution: str, dataset: Dataset) -> Load:
    document = bucket.read(key)
    if document is None:
        raise FileNotFoundError(f"s3://{bucket.name}/{key} is not there. --load must be the key of a load's manifest, as the load lease gave it.")
    content = document.content
    sheets = content["datasets"].get(dataset.name, {"sheets": []})["sheets"]
    return Load(content["load_id"], execution, dataset, sheets, {upload["upload_id"]: upload for upload in content["uploads"]})


def run(spark: SparkSession, bucket: Bucket, root: str, load: Load, held_limit_days: int = 30) -> list[LogRow]:
    """Load one dataset; a Delta conflict starts over with what the tables hold then.

    Args:
        spark: the job's session.
        bucket: the lake's.
        root: where the bucket's keys begin for Spark, `s3://<bucket>`.
        load: what to load.
        held_limit_days: how long an item waits for its product.

    Returns:
        the log's rows, one per sheet of the load.
    """
    for tries_left in reversed(range(_TRIES)):
        try:
            return _run_once(spark, bucket, root, load, held_limit_days, is_first=tries_left == _TRIES - 1)
        except Exception as error:  # noqa: PERF203 - three tries of seconds each
            # Delta's exceptions differ from version to version in their modules, not in their names.
            if tries_left == 0 or not type(error).__name__.startswith("Concurrent"):
                raise
            logs.warning("another writer committed first; reading again", error=type(error).__name__)
    raise AssertionError


def _run_once(spark: SparkSession, bucket: Bucket, root: str, load: Load, held_limit_days: int, *, is_first: bool) -> list[LogRow]:
    started = time.monotonic()
    settled = _settle(spark, root, load, held_limit_days).persist()
    try:
        counted = [_fates_of(row) for row in transforms.count_fates(settled).collect()]
        rows = _log_rows(bucket, load, counted)
        accounting.check(rows)
        leases.demand(bucket, load.execution)
        _prepare(bucket, load, counted, rows)
        may_be_there = load.was_tried_before or not is_first
        _write_rejects(spark, bucket, root, load, settled, counted, may_be_there=may_be_there)
        if _count(counted, HELD, was_held=False):
            leases.demand(bucket, load.execution)
            frames.hold(spark, root, transforms.to_hold(settled, _sources(load)), may_be_there=may_be_there)
        if _count(counted, INSERTED) or _count(counted, UPDATED):
            changes = transforms.to_merge(settled, load.dataset)
            has_updates = bool(_count(counted, UPDATED))
            leases.demand(bucket, load.execution)
            frames.merge_changes(spark, root, DATASET_TABLES[load.dataset.name], load.dataset.key, changes, has_updates=has_updates)
        leases.demand(bucket, load.execution)
        rows = _publish(bucket, load, rows, time.monotonic() - started)
        _release(spark, bucket, root, load, settled, counted)
    finally:
        settled.unpersist()
    _report(load, rows, time.monotonic() - started)
    return rows


def _settle(spark: SparkSession, root: str, load: Load, held_limit_days: int) -> DataFrame:
    dataset = load.dataset
    paths = [f"{root}/{sheet['csv']}" for sheet in load.sheets if sheet["rows_read"]]
    judged = transforms.judge(frames.read_csvs(spark, paths, dataset), dataset)
    parents = None
    if dataset.parent_key:
        held = transforms.replay(frames.read_table(spark, root, HELD_ORDER_ITEMS), dataset, held_limit_days)
        judged = judged.unionByName(held)
        parents = frames.read_table(spark, root, DATASET_TABLES["products"])
    target = frames.read_table(spark, root, DATASET_TABLES[dataset.name])
    return transforms.settle(transforms.find_parents(judged, dataset, parents), dataset, target)


def _fates_of(row: Any) -> Fates:
    return Fates(row["_upload_id"], row["sheet"], row["was_held"], row["fate"], row["rows"], row["logged"] or 0, tuple(row["warnings"] or ()))


def _count(counted: list[Fates], fate: str, *, was_held: bool | None = None) -> int:
    return sum(fates.rows for fates in counted if fates.fate == fate and was_held in (None, fates.was_held))


def _log_rows(bucket: Bucket, load: Load, counted: list[Fates]) -> list[LogRow]:
    """Return one row per sheet of the load; those of an upload that was merged before say what that run found."""
    by_sheet: dict[tuple[str, str], list[Fates]] = {}
    for fates in counted:
        if not fates.was_held:
            by_sheet.setdefault((fates.upload_id, fates.sheet), []).append(fates)
    rows = [_log_row(load, sheet, by_sheet.pop((sheet["upload_id"], sheet["sheet"]), [])) for sheet in load.sheets]
    strays = [f"{upload}: {sheet}" for upload, sheet in by_sheet]
    if strays:
        raise accounting.AccountingError(f"The CSVs hold rows of sheets that no manifest lists: {strays[:5]}. Convert again.")
    merged_before = {fates.upload_id for fates in counted if fates.fate == MERGED_BEFORE and not fates.was_held}
    for upload in merged_before:
        prepared = {row.sheet: row for row in accounting.parse_lines((bucket.read_bytes(_prepared_key(load, upload)) or b"").decode())}
        rows = [prepared.get(row.sheet, row) if row.upload_id == upload else row for row in rows]
    return rows


def _log_row(load: Load, sheet: dict[str, Any], fates: list[Fates]) -> LogRow:
    found = {one.fate: one.rows for one in fates}
    found[INSERTED] = found.get(INSERTED, 0) + found.pop(MERGED_BEFORE, 0)
    upload = load.uploads[sheet["upload_id"]]
    warnings = sorted({*sheet["warnings"], *(code for one in fates for code in one.warnings)})
    return LogRow(
        upload_id=sheet["upload_id"],
        dataset=load.dataset.name,
        sheet=sheet["sheet"],
        source_key=upload["key"],
        source_version_id=upload["version_id"],
        content_hash=upload["content_hash"],
        uploaded_at=upload["uploaded_at"],
        rows_read=sheet["rows_read"],
        outcome="WARN" if warnings else "OK",
        warnings=tuple(warnings),
        load_id=load.load_id,
        **found,
    )


def _prepared_key(load: Load, upload_id: str) -> str:
    return f"state/uploads/{upload_id}/accounting-{load.dataset.name}.json"


def _prepare(bucket: Bucket, load: Load, counted: list[Fates], rows: list[LogRow]) -> None:
    """Keep the accounting before the merge: a run that comes after an interruption can no longer tell inserts from updates."""
    merged_before = {fates.upload_id for fates in counted if fates.fate == MERGED_BEFORE}

    def keep(upload_id: str) -> None:
        lines = "".join(f"{row.as_line()}\n" for row in rows if row.upload_id == upload_id)
        bucket.write_bytes(_prepared_key(load, upload_id), lines.encode(), "application/x-ndjson")

    in_parallel(keep, [upload for upload in load.upload_ids if upload not in merged_before])


def _sources(load: Load) -> dict[str, tuple[str, str]]:
    return {upload: (load.uploads[upload]["key"], load.uploads[upload]["version_id"]) for upload in load.upload_ids}


def _write_rejects(
    spark: SparkSession, bucket: Bucket, root: str, load: Load, settled: DataFrame, counted: list[Fates], *, may_be_there: bool
) -> None:
    if not sum(fates.logged for fates in counted):
        return
    rejects = transforms.to_reject(settled, load.dataset, _sources(load))
    frames.read_table(spark, root, REJECTED_RECORDS)
    frames.write_rejects(spark, root, rejects, load.dataset, load.upload_ids, may_be_there=may_be_there)
    counts = [ReasonCount(**{**row.asDict(), "first_rows": tuple(row["first_rows"])}) for row in transforms.count_reasons(rejects).collect()]
    notices.keep_rejects(bucket, load.load_id, load.dataset.name, load.upload_ids, counts)
    rejects.coalesce(1).write.mode("overwrite").json(f"{root}/rejected/rows/{load.dataset.name}/{load.load_id}")


def _publish(bucket: Bucket, load: Load, rows: list[LogRow], seconds: float) -> list[LogRow]:
    now = accounting.timestamp_text(datetime.now(timezone.utc))
    done = [replace(row, loaded_at=now, seconds=round(seconds, 3), load_id=load.load_id) for row in rows]
    in_parallel(
        lambda upload: accounting.publish(bucket, upload, load.dataset.name, [row for row in done if row.upload_id == upload]), load.upload_ids
    )
    return done


def _release(spark: SparkSession, bucket: Bucket, root: str, load: Load, settled: DataFrame, counted: list[Fates]) -> None:
    """Settle what waited before: its rows in the log, then the table of held rows, then the count that the next load goes by."""
    if not load.dataset.parent_key:
        return
    replayed = [fates for fates in counted if fates.was_held]
    released = [fates for fates in replayed if fates.fate != HELD]
    for upload in {fates.upload_id for fates in released} - set(load.upload_ids):
        rows = [
            _settled_row(row, [fates for fates in replayed if fates.upload_id == upload])
            for row in accounting.read_log(bucket, upload, load.dataset.name)
        ]
        accounting.publish(bucket, upload, load.dataset.name, rows)
    if released:
        leases.demand(bucket, load.execution)
        frames.release(spark, root, settled)
    waiting = _count(counted, HELD, was_held=False) + _count(counted, HELD, was_held=True)
    bucket.write(HELD_KEY, {"rows": waiting, "load": load.load_id})


def _settled_row(row: LogRow, replayed: list[Fates]) -> LogRow:
    fates = {one.fate: one.rows for one in replayed if one.sheet == row.sheet}
    return accounting.settle_held(row, fates.pop(HELD, 0), fates)


def _report(load: Load, rows: list[LogRow], seconds: float) -> None:
    for row in rows:
        counts = {name: getattr(row, name) for name in ("rows_read", *accounting.FATES)}
        logs.info("sheet loaded", upload_id=row.upload_id, sheet=row.sheet, seconds=row.seconds, warnings=row.warnings or None, **counts)
    metrics.loaded(load.dataset.name, rows, seconds)
