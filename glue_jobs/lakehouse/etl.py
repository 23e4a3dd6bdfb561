"""One load of one dataset: what etl_products, etl_orders and etl_order_items do.

The rows are read once and their fates are counted in one pass; only a load that holds a file of too many rejects is judged a second
time, without that file. Then, each step safe to do again: the load's accounting is prepared, rejects and held rows are written, the
table is merged, the log is published, rejects that are good now are marked, released rows leave held_order_items. The load lease is
demanded before each of them: what is left is the time of one Delta commit, for a job that outlived its execution and its lease.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import boto3

from lakehouse import accounting, frames, late, leases, logs, metrics, new_columns, rejects, transforms
from lakehouse.accounting import HELD, INSERTED, MERGED_BEFORE, REJECTED, UPDATED, LogRow
from lakehouse.rules import QUARANTINE
from lakehouse.s3 import Bucket, in_parallel
from lakehouse.tables import DATASET_TABLES, HELD_ORDER_ITEMS

if TYPE_CHECKING:
    from datetime import date

    from pyspark.sql import DataFrame, SparkSession

    from lakehouse.datasets import Dataset
    from lakehouse.late import Witness

HELD_KEY = "state/held.json"
_TRIES = 3


@dataclass(frozen=True)
class Policy:
    """The parameters of a load.

    Attributes:
        held_limit_days: how long an item waits for its product.
        reject_limit_percent: a file of which more rows of a dataset are rejected is set aside.
        new_columns: one of new_columns.POLICIES.
    """

    held_limit_days: int = 30
    reject_limit_percent: float = 50
    new_columns: str = new_columns.KEEP_OUT

    @classmethod
    def of(cls, arguments: dict[str, str]) -> Policy:
        """Read --held_limit_days, --reject_limit_percent and --new_columns; those that a job does not take keep their defaults."""
        chosen = arguments.get("new_columns", new_columns.KEEP_OUT)
        if chosen not in new_columns.POLICIES:
            raise ValueError(f"--new_columns is {chosen!r}; expected {' or '.join(new_columns.POLICIES)}.")
        percent = float(arguments.get("reject_limit_percent", cls.reject_limit_percent))
        if not 0 <= percent <= 100:
            raise ValueError(f"--reject_limit_percent is {percent}; expected 0 to 100.")
        return cls(int(arguments.get("held_limit_days", cls.held_limit_days)), percent, chosen)


@dataclass(frozen=True)
class Load:
    """The part of a load's manifest that is about one dataset.

    Attributes:
        dataset: with the columns that the policy adds.
        sheets: {upload_id, sheet, csv, rows_read, warnings, extra} of every sheet of the dataset.
        uploads: upload_id -> {key, version_id, content_hash, uploaded_at, attempts}.
        witnesses: what a late load reads again.
        added: column that the policy adds -> its names as written.
    """

    load_id: str
    execution: str
    dataset: Dataset
    sheets: list[dict[str, Any]]
    uploads: dict[str, dict[str, Any]]
    witnesses: tuple[Witness, ...] = ()
    added: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def upload_ids(self) -> list[str]:
        return sorted({sheet["upload_id"] for sheet in self.sheets})

    @property
    def was_tried_before(self) -> bool:
        return any(self.uploads[upload]["attempts"] > 1 for upload in self.upload_ids)

    @property
    def sources(self) -> dict[str, tuple[str, str]]:
        """Upload id -> (key, version id), also of the witnesses."""
        own = {upload: (self.uploads[upload]["key"], self.uploads[upload]["version_id"]) for upload in self.upload_ids}
        return {**own, **{witness.upload_id: witness.source for witness in self.witnesses}}


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
    codes: tuple[str, ...]
    partitions: tuple[date, ...]


def main(dataset: Dataset, arguments: dict[str, str]) -> None:
    """Run the job: --bucket, --load (the key of the load's manifest), --execution (who holds the load lease), --coordination, and those of Policy."""
    logs.begin(job=arguments["JOB_NAME"], job_run=arguments.get("JOB_RUN_ID"), execution=arguments["execution"], dataset=dataset.name)
    with logs.telling("load"):
        policy = Policy.of(arguments)
        bucket = Bucket(arguments["bucket"], coordination_setting=arguments["coordination"])
        load = read_load(bucket, arguments["load"], arguments["execution"], dataset)
        logs.bind(load_id=load.load_id, upload_ids=sorted(load.uploads))
        spark = frames.open_session(arguments["JOB_NAME"])
        run(spark, bucket, f"s3://{bucket.name}", load, policy)


def read_load(bucket: Bucket, key: str, execution: str, dataset: Dataset) -> Load:
    document = bucket.read(key)
    if document is None:
        raise FileNotFoundError(f"s3://{bucket.name}/{key} is not there. --load must be the key of a load's manifest, as the load lease gave it.")
    content = document.content
    sheets = content["datasets"].get(dataset.name, {"sheets": []})["sheets"]
    return Load(content["load_id"], execution, dataset, sheets, {upload["upload_id"]: upload for upload in content["uploads"]})


def run(spark: SparkSession, bucket: Bucket, root: str, load: Load, policy: Policy, glue: Any = None) -> list[LogRow]:
    """Load one dataset; a Delta conflict starts over with what the tables hold then.

    Args:
        spark: the job's session.
        bucket: the lake's.
        root: where the bucket's keys begin for Spark, `s3://<bucket>`.
        load: what to load.
        policy: the parameters.
        glue: boto3's client for the catalog; by default one of this process's own credentials and region, made when a column is added.

    Returns:
        the log's rows, one per sheet of the load.
    """
    for tries_left in reversed(range(_TRIES)):
        try:
            return _run_once(spark, bucket, root, load, policy, glue, is_first=tries_left == _TRIES - 1)
        except Exception as error:  # noqa: PERF203 - three tries of seconds each
            # Delta's exceptions differ from version to version in their modules, not in their names.
            if tries_left == 0 or not type(error).__name__.startswith("Concurrent"):
                raise
            logs.warning("another writer committed first; reading again", error=type(error).__name__)
    raise AssertionError


def _run_once(spark: SparkSession, bucket: Bucket, root: str, load: Load, policy: Policy, glue: Any, *, is_first: bool) -> list[LogRow]:
    started = time.monotonic()
    load = _extend(bucket, load, policy)
    judged = _judge(spark, root, load, policy)
    # As rows were read, good ones are needed only to tell which rejects they resolve.
    keeps_cells = len(load.sources) > 1 or load.was_tried_before or not is_first or rejects.may_be_unresolved(bucket, load.dataset)
    settled, counted = _settle(spark, root, load, judged, [], keeps_cells=keeps_cells)
    aside = _too_many_rejects(load, counted, policy)
    if aside:  # their rows must not compete with those of other uploads
        settled, counted = _settle(spark, root, load, judged, aside, keeps_cells=keeps_cells)
    rows = _log_rows(bucket, load, counted, aside)
    accounting.check(rows)
    leases.demand(bucket, load.execution)
    _prepare(bucket, load, counted, rows)
    may_be_there = load.was_tried_before or not is_first
    found = _rejects_found(load, settled, counted, may_be_there=may_be_there)
    _announce_release(bucket, load, counted)
    rejects.write(spark, bucket, root, load.dataset, load.load_id, found)
    if _count(counted, HELD, was_held=False):
        leases.demand(bucket, load.execution)
        frames.hold(spark, root, transforms.to_hold(settled, load.sources), may_be_there=may_be_there)
    if _count(counted, INSERTED) or _count(counted, UPDATED):
        leases.demand(bucket, load.execution)
        _merge(spark, root, load, settled, counted, glue)
    leases.demand(bucket, load.execution)
    rows = _publish(bucket, load, rows, time.monotonic() - started)
    rejects.resolve(spark, bucket, root, load.dataset, load.load_id, found)
    _release(spark, bucket, root, load, settled, counted, policy)
    _report(load, rows, time.monotonic() - started)
    return rows


def _extend(bucket: Bucket, load: Load, policy: Policy) -> Load:
    """Find what else the load must read: the witnesses of late uploads, and the columns that the policy adds."""
    witnesses = tuple(late.find_witnesses(bucket, load.dataset.name, load.upload_ids))
    if policy.new_columns != new_columns.ADD:
        return replace(load, witnesses=witnesses)
    extra = [name for sheet in load.sheets for name in sheet.get("extra") or ()] + [name for witness in witnesses for name in witness.extra]
    added = new_columns.names_of(extra, load.dataset)
    return replace(load, witnesses=witnesses, added=added, dataset=new_columns.with_added(load.dataset, added))


def _judge(spark: SparkSession, root: str, load: Load, policy: Policy) -> DataFrame:
    dataset = load.dataset
    paths = [f"{root}/{sheet['csv']}" for sheet in load.sheets if sheet["rows_read"]]
    paths += [f"{root}/{csv}" for witness in load.witnesses for csv in witness.csvs]
    judged = transforms.judge(frames.read_csvs(spark, paths, dataset, load.added), dataset)
    judged = transforms.bear_witness(judged, [witness.upload_id for witness in load.witnesses])
    if not dataset.parent_key:
        return transforms.find_parents(judged, dataset, None)
    held = transforms.replay(frames.read_table(spark, root, HELD_ORDER_ITEMS), dataset, policy.held_limit_days)
    parents = frames.read_table(spark, root, DATASET_TABLES["products"])
    return transforms.find_parents(judged.unionByName(held), dataset, parents)


def _settle(spark: SparkSession, root: str, load: Load, judged: DataFrame, aside: list[str], *, keeps_cells: bool) -> tuple[DataFrame, list[Fates]]:
    """Settle the rows, those of the uploads to set aside all rejected; return them, computed once, and how many met which fate.

    A checkpoint instead of a cache: what follows is planned from these rows, not from all the rules again, which was half of a small load's
    time. Rows on an executor that is lost are lost with it; then the run fails, and doing it again is safe.
    """
    target = frames.read_table(spark, root, DATASET_TABLES[load.dataset.name])
    judged = transforms.set_aside(judged, aside) if aside else judged
    settled = transforms.settle(judged, load.dataset, target, keeps_cells=keeps_cells).localCheckpoint(eager=False)
    return settled, [_fates_of(row) for row in transforms.count_fates(settled, load.dataset).collect()]


def _fates_of(row: Any) -> Fates:
    partitions = tuple(day for day in row["partitions"] or () if day is not None)
    words = (tuple(row["warnings"] or ()), tuple(row["codes"] or ()))
    return Fates(row["_upload_id"], row["sheet"], row["was_held"], row["fate"], row["rows"], row["logged"] or 0, *words, partitions)


def _too_many_rejects(load: Load, counted: list[Fates], policy: Policy) -> list[str]:
    """Return the uploads of which all rows of the dataset, or more than the limit, were rejected; rows that had waited do not count."""

    def is_over(upload: str) -> bool:
        own = [one for one in counted if one.upload_id == upload and not one.was_held]
        read, bad = sum(one.rows for one in own), sum(one.rows for one in own if one.fate == REJECTED)
        return bad > 0 and (bad == read or bad * 100 > policy.reject_limit_percent * read)

    return [upload for upload in load.upload_ids if is_over(upload)]


def _rejects_found(load: Load, settled: DataFrame, counted: list[Fates], *, may_be_there: bool) -> rejects.Found:
    return rejects.Found(
        settled=settled,
        uploads=load.upload_ids,
        sources=load.sources,
        logged=sum(one.logged for one in counted),
        rejected=_count(counted, REJECTED),
        # Rejects of rows that waited may have been written by an earlier load that was cut off before it released them.
        may_be_there=may_be_there or bool(_count(counted, REJECTED, was_held=True)),
    )


def _merge(spark: SparkSession, root: str, load: Load, settled: DataFrame, counted: list[Fates], glue: Any) -> None:
    dataset, changes = load.dataset, transforms.to_merge(settled, load.dataset)
    partitions = sorted({day for one in counted for day in one.partitions}) if dataset.partition else None
    has_updates = bool(_count(counted, UPDATED))
    frames.merge_changes(spark, root, DATASET_TABLES[dataset.name], dataset, changes, has_updates=has_updates, partitions=partitions)
    if load.added:
        new_columns.register(glue or boto3.client("glue"), dataset.name, list(load.added))


def _count(counted: list[Fates], fate: str, *, was_held: bool | None = None) -> int:
    return sum(fates.rows for fates in counted if fates.fate == fate and was_held in (None, fates.was_held))


def _log_rows(bucket: Bucket, load: Load, counted: list[Fates], aside: list[str]) -> list[LogRow]:
    """Return one row per sheet of the load; those of an upload that was merged before say what that run found."""
    by_sheet: dict[tuple[str, str], list[Fates]] = {}
    for fates in counted:
        if not fates.was_held:
            by_sheet.setdefault((fates.upload_id, fates.sheet), []).append(fates)
    rows = [_log_row(load, sheet, by_sheet.pop((sheet["upload_id"], sheet["sheet"]), []), aside) for sheet in load.sheets]
    strays = [f"{upload}: {sheet}" for upload, sheet in by_sheet]
    if strays:
        raise accounting.AccountingError(f"The CSVs hold rows of sheets that no manifest lists: {strays[:5]}. Convert again.")
    merged_before = {fates.upload_id for fates in counted if fates.fate == MERGED_BEFORE and not fates.was_held}
    for upload in merged_before:
        prepared = {row.sheet: row for row in accounting.parse_lines((bucket.read_bytes(_prepared_key(load, upload)) or b"").decode())}
        rows = [_as_prepared(prepared.get(row.sheet, row), row) if row.upload_id == upload else row for row in rows]
    return rows


def _as_prepared(prepared: LogRow, found: LogRow) -> LogRow:
    """Return what the interrupted run found; what it held and waits no longer was merged by a load in between."""
    return accounting.settle_held(prepared, found.held, {INSERTED: prepared.held})


def _log_row(load: Load, sheet: dict[str, Any], fates: list[Fates], aside: list[str]) -> LogRow:
    found = {one.fate: one.rows for one in fates}
    found[INSERTED] = found.get(INSERTED, 0) + found.pop(MERGED_BEFORE, 0)
    upload = load.uploads[sheet["upload_id"]]
    warnings = sorted({*sheet["warnings"], *(code for one in fates for code in one.warnings)})
    ending: dict[str, Any] = {"outcome": "WARN" if warnings else "OK"}
    if sheet["upload_id"] in aside:
        warnings = sorted({*warnings, *(code for one in fates for code in one.codes)})
        ending = {"outcome": QUARANTINE, "reason": "TOO_MANY_REJECTS"}
    return LogRow(
        upload_id=sheet["upload_id"],
        dataset=load.dataset.name,
        sheet=sheet["sheet"],
        source_key=upload["key"],
        source_version_id=upload["version_id"],
        content_hash=upload["content_hash"],
        uploaded_at=upload["uploaded_at"],
        rows_read=sheet["rows_read"],
        warnings=tuple(warnings),
        load_id=load.load_id,
        **ending,
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


def _publish(bucket: Bucket, load: Load, rows: list[LogRow], seconds: float) -> list[LogRow]:
    now = accounting.timestamp_text(datetime.now(timezone.utc))
    done = [replace(row, loaded_at=now, seconds=round(seconds, 3), load_id=load.load_id) for row in rows]
    in_parallel(
        lambda upload: accounting.publish(bucket, upload, load.dataset.name, [row for row in done if row.upload_id == upload]), load.upload_ids
    )
    return done


def _released(counted: list[Fates]) -> list[Fates]:
    return [fates for fates in counted if fates.was_held and fates.fate != HELD]


def _announce_release(bucket: Bucket, load: Load, counted: list[Fates]) -> None:
    """Have the next load, of whatever dataset, finish a release that is cut off: until then log and tables are at odds."""
    if _released(counted):
        waited = sum(one.rows for one in counted if one.was_held)
        bucket.write(HELD_KEY, {"rows": waited, "load": load.load_id, "is_releasing": True})


def _release(spark: SparkSession, bucket: Bucket, root: str, load: Load, settled: DataFrame, counted: list[Fates], policy: Policy) -> None:
    """Settle what waited before: its rows in the log, then the table of held rows, then what the next load goes by."""
    if not load.dataset.parent_key:
        return
    replayed, released = [fates for fates in counted if fates.was_held], _released(counted)
    for upload in {fates.upload_id for fates in released} - set(load.upload_ids):
        rows = [
            _settled_row(row, [fates for fates in replayed if fates.upload_id == upload])
            for row in accounting.read_log(bucket, upload, load.dataset.name)
        ]
        accounting.publish(bucket, upload, load.dataset.name, rows)
    if released:
        leases.demand(bucket, load.execution)
        frames.release(spark, root, settled)
    waiting, oldest = frames.count_held(spark, root) if _count(counted, HELD) else (0, None)
    reject_at = oldest + timedelta(days=policy.held_limit_days) if oldest else None
    bucket.write(HELD_KEY, {"rows": waiting, "load": load.load_id, "oldest_held_at": _iso(oldest), "reject_at": _iso(reject_at)})


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _settled_row(row: LogRow, replayed: list[Fates]) -> LogRow:
    fates = {one.fate: one.rows for one in replayed if one.sheet == row.sheet}
    return accounting.settle_held(row, fates.pop(HELD, 0), fates)


def _report(load: Load, rows: list[LogRow], seconds: float) -> None:
    for row in rows:
        counts = {name: getattr(row, name) for name in ("rows_read", *accounting.FATES)}
        logs.info("sheet loaded", upload_id=row.upload_id, sheet=row.sheet, seconds=row.seconds, warnings=row.warnings or None, **counts)
    metrics.loaded(load.dataset.name, rows, seconds)
