"""The care of Delta tables: small files are put together (OPTIMIZE), files that no version needs any more are removed (VACUUM).

Neither changes a row. Both write to a table, or to what its readers still read, so they happen under the load lease like every load.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from delta.tables import DeltaTable

from lakehouse import logs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyspark.sql import SparkSession

# Delta's own safety check, a week: a reader that began before keeps finding its files, and so does time travel.
SAFE_RETENTION_HOURS = 168
# Athena reads files of about this size best; two that together stay below it become one, and one file alone is left as it is.
# Source: https://docs.aws.amazon.com/athena/latest/ug/performance-tuning-data-optimization-techniques.html (as at 2026-11-25)
_FILE_BYTES = 128 * 1024**2
_SETTINGS = {
    "spark.databricks.delta.optimize.minFileSize": str(_FILE_BYTES),
    "spark.databricks.delta.optimize.maxFileSize": str(_FILE_BYTES),
    # VACUUM would note itself in the log, which makes a version of every run that removed nothing.
    "spark.databricks.delta.vacuum.logging.enabled": "false",
}


class MaintenanceError(Exception):
    """Some tables could not be cared for; the others were."""


@dataclass(frozen=True)
class Registered:
    """One table of the catalog.

    Attributes:
        location: s3://…, without the slash at its end.
    """

    name: str
    location: str
    is_delta: bool


@dataclass(frozen=True)
class Cared:
    """What became of one table.

    Attributes:
        files_before, files_after, bytes_before, bytes_after: of the table's current version.
        files_removed: from storage; no version within the retention names them.
        version_before, version_after: the same when there was nothing to put together.
    """

    table: str
    files_before: int
    files_after: int
    bytes_before: int
    bytes_after: int
    files_removed: int
    version_before: int
    version_after: int


def list_tables(glue: Any, database: str) -> list[Registered]:
    """List every table of a Glue database, page after page, by name."""
    pages = glue.get_paginator("get_tables").paginate(DatabaseName=database)
    return sorted((_registered(table) for page in pages for table in page["TableList"]), key=lambda table: table.name)


def _registered(table: dict[str, Any]) -> Registered:
    parameters = {name.lower(): str(value).lower() for name, value in (table.get("Parameters") or {}).items()}
    # As Spark, Athena's DDL and Glue's crawlers register a Delta table.
    is_delta = "delta" in (parameters.get("spark.sql.sources.provider"), parameters.get("table_type"), parameters.get("classification"))
    storage = table.get("StorageDescriptor") or {}
    own_path = ((storage.get("SerdeInfo") or {}).get("Parameters") or {}).get("path")
    return Registered(table["Name"], (own_path or storage.get("Location") or "").rstrip("/"), is_delta)


def is_safe(retention_hours: float) -> bool:
    return retention_hours >= SAFE_RETENTION_HOURS


@contextmanager
def retention_allowed(spark: SparkSession, retention_hours: float) -> Iterator[None]:
    """Switch Delta's safety check off for a retention that it would refuse, and on again."""
    name = "spark.databricks.delta.retentionDurationCheck.enabled"
    if is_safe(retention_hours):
        yield
        return
    logs.warning(
        f"--retention_hours {retention_hours:g} is less than Delta's safe {SAFE_RETENTION_HOURS}: a query that is running now may not "
        "find its files, and time travel ends where the removed files began."
    )
    spark.conf.set(name, "false")
    try:
        yield
    finally:
        spark.conf.unset(name)


def care_for(spark: SparkSession, table: Registered, retention_hours: float) -> Cared | None:
    """Put a table's small files together and remove what is no longer needed; None when it has no log yet.

    A table with nothing to put together gets no new version.

    Args:
        spark: the job's session, within retention_allowed.
        table: a Delta table.
        retention_hours: how long a file that the table no longer names is kept.
    """
    if not DeltaTable.isDeltaTable(spark, table.location):
        return None
    for name, value in _SETTINGS.items():
        spark.conf.set(name, value)
    # By default VACUUM lists a folder in 10,000 tasks, half a minute of them with nothing to do.
    spark.conf.set("spark.sql.sources.parallelPartitionDiscovery.parallelism", str(4 * spark.sparkContext.defaultParallelism))
    delta = DeltaTable.forPath(spark, table.location)
    before = _state(delta)
    delta.optimize().executeCompaction()
    after = _state(delta)
    lying_before = _count_data_files(spark, table.location)
    delta.vacuum(retention_hours)
    removed = lying_before - _count_data_files(spark, table.location)
    return Cared(
        table=table.name,
        files_before=before["numFiles"],
        files_after=after["numFiles"],
        bytes_before=before["sizeInBytes"],
        bytes_after=after["sizeInBytes"],
        files_removed=removed,
        version_before=before["version"],
        version_after=after["version"],
    )


def care_for_all(spark: SparkSession, tables: Iterable[Registered], retention_hours: float, demand_lease: Any) -> list[Cared]:
    """Care for every Delta table of a database; one that fails does not keep the others from their care.

    Args:
        spark: the job's session.
        tables: as list_tables gives them.
        retention_hours: as for care_for.
        demand_lease: called before each table; raises when the lease is lost, which ends everything.

    Raises:
        MaintenanceError: with every table that failed, and why.
    """
    done, failed = [], []
    with retention_allowed(spark, retention_hours):
        for table in tables:
            if not table.is_delta:
                logs.info("left out: its parameters do not say that it is a Delta table", table=table.name)
                continue
            demand_lease()
            try:
                with logs.telling("table cared for", table=table.name) as line:
                    cared = care_for(spark, table, retention_hours)
                    line.update(asdict(cared) if cared else {"skipped": "it has no _delta_log yet"})
            except Exception as error:  # noqa: BLE001 - reported below, with every other
                failed.append(f"{table.name} ({table.location}): {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")
                continue
            done += [cared] if cared else []
    if failed:
        raise MaintenanceError(f"{len(failed)} of the tables could not be cared for; the others were. {'; '.join(failed)}")
    return done


def _state(delta: DeltaTable) -> dict[str, int]:
    found = delta.detail().select("numFiles", "sizeInBytes").collect()[0]
    return {"numFiles": found[0], "sizeInBytes": found[1], "version": delta.history(1).select("version").collect()[0][0]}


def _count_data_files(spark: SparkSession, location: str) -> int:
    jvm = spark.sparkContext._jvm  # noqa: SLF001 - the only way to the file system that Spark itself reads
    folder = jvm.org.apache.hadoop.fs.Path(location)
    system = folder.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration())  # noqa: SLF001
    log = jvm.org.apache.hadoop.fs.Path(f"{location}/_delta_log")
    return system.getContentSummary(folder).getFileCount() - system.getContentSummary(log).getFileCount()
