"""The only place where the Spark jobs touch storage: CSVs in, Delta tables in and out."""

from __future__ import annotations

import sys
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from delta.tables import DeltaTable
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import StringType, StructField, StructType, _parse_datatype_string
from pyspark.sql.utils import AnalysisException

from lakehouse.converter import TECHNICAL_COLUMNS
from lakehouse.tables import HELD_ORDER_ITEMS, REJECTED_RECORDS, Table

if TYPE_CHECKING:
    from datetime import date

    from pyspark.sql import DataFrame

    from lakehouse.datasets import Dataset

_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    # A timestamp that the old parser would have read leniently is a bad timestamp, not a failed job.
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    "spark.sql.ansi.enabled": "false",
}
# A MERGE that names more partitions than this plans longer than it saves.
_MOST_PARTITIONS_NAMED = 400
_MATERIALIZE_SOURCE = "spark.databricks.delta.merge.materializeSource"
_SAME_HELD_ROW = "t._upload_id = s._upload_id and t.sheet = s.sheet and t.row_number = s.row_number"


def open_session(name: str) -> SparkSession:
    """Return the job's session, set for data rather than for the job's own tastes: UTC, and nulls instead of parse errors."""
    spark = SparkSession.builder.appName(name).getOrCreate()
    for key, value in _SETTINGS.items():
        spark.conf.set(key, value)
    spark.conf.set("spark.sql.shuffle.partitions", str(max(2, spark.sparkContext.defaultParallelism)))
    return spark


def read_csvs(spark: SparkSession, paths: list[str], dataset: Dataset, added: dict[str, tuple[str, ...]]) -> DataFrame:
    """Read the converter's CSVs: every column as text; a file whose header differs from the expected one is an error.

    Args:
        spark: the job's session.
        paths: of the CSVs.
        dataset: with the columns that are added.
        added: column that is added -> its names as written in the sources.
    """
    delivered = [name for name in dataset.column_names if name not in added]
    names = (*delivered, *TECHNICAL_COLUMNS)
    schema = StructType([StructField(name, StringType()) for name in names])
    if not paths:
        return spark.range(0).select(*(F.lit(None).cast("string").alias(name) for name in (*dataset.column_names, *TECHNICAL_COLUMNS)))
    reader = spark.read.schema(schema).options(header=True, enforceSchema=False, multiLine=True, quote='"', escape='"', mode="FAILFAST")
    raw = reader.csv(paths)
    if not added:
        return raw
    extra = raw.withColumn("_found", F.from_json("_extra", "map<string,string>"))
    return extra.select("*", *(F.coalesce(*(F.col("_found")[word] for word in words)).alias(name) for name, words in added.items()))


def struct_type(table: Table) -> StructType:
    return StructType([StructField(name, _parse_datatype_string(kind), name not in table.not_null) for name, kind in table.columns])


def create_if_missing(spark: SparkSession, root: str, table: Table) -> bool:
    """Write the first entry of a table's _delta_log where there is none; say whether it did. Never touches a table that is there."""
    path = f"{root}/{table.prefix}"
    if DeltaTable.isDeltaTable(spark, path):
        return False
    builder = DeltaTable.createIfNotExists(spark).location(path).addColumns(struct_type(table))
    if table.partitions:
        builder = builder.partitionedBy(*table.partitions)
    builder.execute()
    return True


def read_table(spark: SparkSession, root: str, table: Table) -> DataFrame:
    """Read a table; one that is registered and has no log yet is empty."""
    try:
        return spark.read.format("delta").load(f"{root}/{table.prefix}")
    except AnalysisException:
        if not create_if_missing(spark, root, table):
            raise
        return spark.read.format("delta").load(f"{root}/{table.prefix}")


def merge_changes(
    spark: SparkSession, root: str, table: Table, dataset: Dataset, changes: DataFrame, *, has_updates: bool, partitions: list[date] | None
) -> None:
    """Merge rows into a dataset's table on its primary key alone, so that a row whose date changed moves and is never doubled.

    Args:
        spark: the job's session.
        root: where the bucket's keys begin for Spark.
        table: the dataset's.
        dataset: whose rows they are.
        changes: the dataset's columns and the table's technical ones; one row per key.
        has_updates: whether any key is in the table already; an insert alone is a cheaper MERGE.
        partitions: the dates from which and to which rows go, or None for a table without. Only these are searched for keys: settle has
            looked every key up in the whole table, and nobody else writes while the load lease is held, so no key lies elsewhere.
    """
    delta = DeltaTable.forPath(spark, f"{root}/{table.prefix}")
    there = delta.toDF().columns
    same_row = f"t.{dataset.key} = s.{dataset.key}"
    if partitions and len(partitions) <= _MOST_PARTITIONS_NAMED:
        same_row += f" and t.{dataset.partition} in ({', '.join(f'date{str(day)!r}' for day in partitions)})"
    technical = {"_upload_id", "_uploaded_at", dataset.key}
    differs = " or ".join(f"not (t.{name} <=> s.{name})" for name in changes.columns if name not in technical and name in there)
    merge = delta.alias("t").merge(changes.alias("s"), same_row)
    new = [name for name in changes.columns if name not in there]
    if has_updates:
        merge = merge.whenMatchedUpdateAll(condition=None if new else differs)
    merge = merge.whenNotMatchedInsertAll()
    if set(changes.columns) != set(there):  # a column is added now, or one was before and these files know nothing of it
        merge = merge.withSchemaEvolution()
    # An insert reads the rows once, so Delta need not keep a copy of them; for an update it insists on one.
    spark.conf.set(_MATERIALIZE_SOURCE, "auto" if has_updates else "none")
    try:
        merge.execute()
    finally:
        spark.conf.unset(_MATERIALIZE_SOURCE)


def resolve(spark: SparkSession, root: str, dataset: Dataset, found: DataFrame) -> None:
    """Mark rejects as resolved; found as resolving.find_resolved returns it."""
    same_row = (
        f"t.dataset = '{dataset.name}' and t.outcome = 'REJECT' and t.resolved_at is null "
        "and t.upload_id = s.upload_id and t.sheet = s.sheet and t.row_number = s.row_number"
    )
    table = DeltaTable.forPath(spark, f"{root}/{REJECTED_RECORDS.prefix}").alias("t")
    merge = table.merge(found.alias("s"), same_row)
    merge.whenMatchedUpdate(set={"resolved_at": F.current_timestamp(), "resolved_by": "s.resolved_by"}).execute()


def write_rejects(spark: SparkSession, root: str, rejects: DataFrame, dataset: Dataset, uploads: list[str], *, may_be_there: bool) -> None:
    """Write the rows of rejected_records of these uploads.

    Args:
        spark: the job's session.
        root: where the bucket's keys begin for Spark.
        rejects: the table's columns.
        dataset: whose rows they are.
        uploads: the uploads that this load reads.
        may_be_there: an earlier run of the same load may have written them; then they are replaced.
    """
    path = f"{root}/{REJECTED_RECORDS.prefix}"
    if not may_be_there:
        rejects.write.format("delta").mode("append").save(path)
        return
    same_row = "t.upload_id = s.upload_id and t.dataset = s.dataset and t.sheet = s.sheet and t.row_number = s.row_number"
    quoted = ", ".join("'{}'".format(upload.replace("'", "''")) for upload in uploads) or "null"
    (
        DeltaTable.forPath(spark, path)
        .alias("t")
        .merge(rejects.alias("s"), same_row)
        .whenMatchedUpdateAll()
        .whenNotMatchedInsertAll()
        .whenNotMatchedBySourceDelete(condition=f"t.dataset = '{dataset.name}' and t.upload_id in ({quoted})")
        .execute()
    )


def hold(spark: SparkSession, root: str, held: DataFrame, *, may_be_there: bool) -> None:
    """Add rows that wait for their product; rows that an earlier run of the same load has added stay as they are.

    A row of the table is told by where it came from: an upload may hold an item twice, waiting for two products.
    """
    if not may_be_there:
        held.write.format("delta").mode("append").save(f"{root}/{HELD_ORDER_ITEMS.prefix}")
        return
    table = DeltaTable.forPath(spark, f"{root}/{HELD_ORDER_ITEMS.prefix}")
    table.alias("t").merge(held.alias("s"), _SAME_HELD_ROW).whenNotMatchedInsertAll().execute()


def release(spark: SparkSession, root: str, settled: DataFrame) -> None:
    """Take rows that wait no longer out of held_order_items."""
    done = settled.where(F.col("was_held") & (F.col("fate") != "held")).select("_upload_id", "sheet", "row_number").distinct()
    table = DeltaTable.forPath(spark, f"{root}/{HELD_ORDER_ITEMS.prefix}")
    table.alias("t").merge(done.alias("s"), _SAME_HELD_ROW).whenMatchedDelete().execute()


def count_held(spark: SparkSession, root: str) -> tuple[int, datetime | None]:
    """Return how many rows wait for their product, and since when (aware, UTC) the oldest does."""
    held_at = F.unix_timestamp(F.min("held_at"))
    row = read_table(spark, root, HELD_ORDER_ITEMS).agg(F.count("*"), held_at).first()
    return row[0], datetime.fromtimestamp(row[1], timezone.utc) if row[1] is not None else None


def arguments(*names: str) -> dict[str, str]:
    """Return the job's arguments by name; a missing one ends the job with Glue's own message."""
    from awsglue.utils import getResolvedOptions  # noqa: PLC0415 - it is there in a job, not in a unit test

    return getResolvedOptions(sys.argv, list(names))
