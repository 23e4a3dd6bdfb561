"""The only place where the Spark jobs touch storage: CSVs in, Delta tables in and out."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from delta.tables import DeltaTable
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import StringType, StructField, StructType, _parse_datatype_string
from pyspark.sql.utils import AnalysisException

from lakehouse.converter import TECHNICAL_COLUMNS
from lakehouse.tables import HELD_ORDER_ITEMS, REJECTED_RECORDS, Table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from lakehouse.datasets import Dataset

_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    # A timestamp that the old parser would have read leniently is a bad timestamp, not a failed job.
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    "spark.sql.ansi.enabled": "false",
}


def open_session(name: str) -> SparkSession:
    """Return the job's session, set for data rather than for the job's own tastes: UTC, and nulls instead of parse errors."""
    spark = SparkSession.builder.appName(name).getOrCreate()
    for key, value in _SETTINGS.items():
        spark.conf.set(key, value)
    spark.conf.set("spark.sql.shuffle.partitions", str(max(2, spark.sparkContext.defaultParallelism)))
    return spark


def read_csvs(spark: SparkSession, paths: list[str], dataset: Dataset) -> DataFrame:
    """Read the converter's CSVs: every column as text; a file whose header differs from the expected one is an error."""
    names = (*dataset.column_names, *TECHNICAL_COLUMNS)
    schema = StructType([StructField(name, StringType()) for name in names])
    if not paths:
        return spark.range(0).select(*(F.lit(None).cast("string").alias(name) for name in names))
    reader = spark.read.schema(schema).options(header=True, enforceSchema=False, multiLine=True, quote='"', escape='"', mode="FAILFAST")
    return reader.csv(paths)


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


def merge_changes(spark: SparkSession, root: str, table: Table, key: str, changes: DataFrame, *, has_updates: bool) -> None:
    """Merge rows into a dataset's table on its primary key alone, so that a row whose date changed moves and is never doubled.

    Args:
        spark: the job's session.
        root: where the bucket's keys begin for Spark.
        table: the dataset's.
        key: its primary key.
        changes: the table's columns; one row per key.
        has_updates: whether any key is in the table already; an insert alone is a cheaper MERGE.
    """
    technical = {"_upload_id", "_uploaded_at", key}
    differs = " or ".join(f"not (t.{name} <=> s.{name})" for name, _ in table.columns if name not in technical)
    # An insert reads the persisted rows once, so Delta need not keep a copy of them; for an update it insists on one.
    spark.conf.set("spark.databricks.delta.merge.materializeSource", "auto" if has_updates else "none")
    merge = DeltaTable.forPath(spark, f"{root}/{table.prefix}").alias("t").merge(changes.alias("s"), f"t.{key} = s.{key}")
    if has_updates:
        merge = merge.whenMatchedUpdateAll(condition=differs)
    merge.whenNotMatchedInsertAll().execute()


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
    quoted = ", ".join("'{}'".format(upload.replace("'", "''")) for upload in uploads)
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
    """Add rows that wait for their product; rows that an earlier run of the same load has added stay as they are."""
    if not may_be_there:
        held.write.format("delta").mode("append").save(f"{root}/{HELD_ORDER_ITEMS.prefix}")
        return
    table = DeltaTable.forPath(spark, f"{root}/{HELD_ORDER_ITEMS.prefix}")
    table.alias("t").merge(held.alias("s"), "t.id = s.id and t._upload_id = s._upload_id").whenNotMatchedInsertAll().execute()


def release(spark: SparkSession, root: str, settled: DataFrame) -> None:
    """Take rows that wait no longer out of held_order_items."""
    done = settled.where(F.col("was_held") & (F.col("fate") != "held")).select("id", "_upload_id").distinct()
    table = DeltaTable.forPath(spark, f"{root}/{HELD_ORDER_ITEMS.prefix}")
    table.alias("t").merge(done.alias("s"), "t.id = s.id and t._upload_id = s._upload_id").whenMatchedDelete().execute()


def arguments(*names: str) -> dict[str, str]:
    """Return the job's arguments by name; a missing one ends the job with Glue's own message."""
    from awsglue.utils import getResolvedOptions  # noqa: PLC0415 - it is there in a job, not in a unit test

    return getResolvedOptions(sys.argv, list(names))
