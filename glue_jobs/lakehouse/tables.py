"""The tables of the database: columns, partitions, and where they lie. The template registers the same.

All are Delta but ingestion_log: its rows are JSON lines, one object per upload and dataset, because a skipped or quarantined
upload is recorded without a Spark job, and Delta tables are written by the holder of the load lease alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from lakehouse.datasets import DATASETS, ORDER_ITEMS

DATABASE = "ecom_catalog"
PROCESSED = "lakehouse/processed"

# Which upload a row came from; a later load compares the business columns alone.
UPLOAD_COLUMNS = (("_upload_id", "string"), ("_uploaded_at", "timestamp"))
SOURCE_COLUMNS = (("sheet", "string"), ("row_number", "int"), ("raw", "string"), ("source_key", "string"), ("source_version_id", "string"))


@dataclass(frozen=True)
class Table:
    """One table; columns are (name, Spark type), which are also the names of the types in Hive.

    Attributes:
        not_null: the primary key of a dataset, which Delta itself keeps from being null.
    """

    name: str
    columns: tuple[tuple[str, str], ...]
    partitions: tuple[str, ...] = ()
    not_null: tuple[str, ...] = ()

    @property
    def prefix(self) -> str:
        return f"{PROCESSED}/{self.name}"


DATASET_TABLES = {
    dataset.name: Table(
        name=dataset.name,
        columns=(*((column.name, column.spark_type) for column in dataset.columns), *UPLOAD_COLUMNS),
        partitions=(dataset.partition,) if dataset.partition else (),
        not_null=(dataset.key,),
    )
    for dataset in DATASETS
}

# One row per rejected row of a source, and per row that lost to another of its key with other values.
REJECTED_RECORDS = Table(
    name="rejected_records",
    columns=(
        ("upload_id", "string"),
        ("source_key", "string"),
        ("source_version_id", "string"),
        ("sheet", "string"),
        ("row_number", "int"),
        ("outcome", "string"),
        ("reason_codes", "array<string>"),
        ("record_key", "string"),
        ("raw", "string"),
        ("rejected_at", "timestamp"),
        ("resolved_at", "timestamp"),
        ("resolved_by", "string"),
        ("dataset", "string"),
        ("load_date", "date"),
    ),
    partitions=("dataset", "load_date"),
)

# One row per item that waits for its product.
HELD_ORDER_ITEMS = Table(
    name="held_order_items",
    columns=(
        *((column.name, column.spark_type) for column in ORDER_ITEMS.columns),
        *SOURCE_COLUMNS,
        ("held_at", "timestamp"),
        *UPLOAD_COLUMNS,
    ),
)

DELTA_TABLES = (*DATASET_TABLES.values(), REJECTED_RECORDS, HELD_ORDER_ITEMS)

# One row per upload, dataset and sheet; for an upload that was not loaded, one row without a dataset.
INGESTION_LOG = Table(
    name="ingestion_log",
    columns=(
        ("upload_id", "string"),
        ("dataset", "string"),
        ("sheet", "string"),
        ("source_key", "string"),
        ("source_version_id", "string"),
        ("content_hash", "string"),
        ("uploaded_at", "timestamp"),
        ("loaded_at", "timestamp"),
        ("rows_read", "bigint"),
        ("merged", "bigint"),
        ("inserted", "bigint"),
        ("updated", "bigint"),
        ("unchanged", "bigint"),
        ("rejected", "bigint"),
        ("held", "bigint"),
        ("duplicates", "bigint"),
        ("seconds", "double"),
        ("outcome", "string"),
        ("reason", "string"),
        ("warnings", "array<string>"),
        ("load_id", "string"),
    ),
)
