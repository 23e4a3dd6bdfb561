"""Rejected rows that a later upload made good: which they are, told by their key or, where that cannot be read, by their place.

    by key    the key can be read: a later upload has a valid row of that key
    by place  it cannot: a later upload under the same source key has a valid row at the same sheet and row, and more than half of the
              cells are the text they were. Without that, the next day's file of the same name would resolve whatever stands in its way.

Rows that lost to another of their key (outcome DUPLICATE) are not broken, so nothing resolves them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812

from lakehouse.transforms import with_source

if TYPE_CHECKING:
    from pyspark.sql import Column as Expression
    from pyspark.sql import DataFrame

    from lakehouse.datasets import Dataset

ROW = ("upload_id", "sheet", "row_number")
# As judge writes a key that it could read.
_PLAIN_NUMBER = r"^(0|[1-9][0-9]{0,17})$"


def open_rejects(rejected_records: DataFrame, dataset: Dataset) -> DataFrame:
    """Return the rejects of a dataset that are not resolved; the table's columns."""
    return rejected_records.where((F.col("dataset") == dataset.name) & (F.col("outcome") == "REJECT") & F.col("resolved_at").isNull())


def good_rows(settled: DataFrame, dataset: Dataset, sources: dict[str, tuple[str, str]]) -> DataFrame:
    """Return the valid rows of a load and its witnesses: good_upload, good_key, good_source, good_sheet, good_row, good_cells.

    Args:
        settled: as transforms.settle made it.
        dataset: whose rows they are.
        sources: upload id -> (key, version id).
    """
    valid = with_source(settled.where((F.size("reason_codes") == 0) & ~F.col("was_held")), sources)
    cells = [F.col(f"as_read.{name}") for name in dataset.column_names]
    named = [F.concat(F.lit(f"{name}="), cell) for name, cell in zip(dataset.column_names, cells)]
    return valid.select(
        F.col("_upload_id").alias("good_upload"),
        F.col(dataset.key).cast("string").alias("good_key"),
        F.col("source_key").alias("good_source"),
        F.col("sheet").alias("good_sheet"),
        F.col("row_number").alias("good_row"),
        F.array_compact(F.array(*named, *cells)).alias("good_cells"),
    )


def find_resolved(rejects: DataFrame, good: DataFrame) -> DataFrame:
    """Find the rejects that are good now.

    Args:
        rejects: as open_rejects returns them.
        good: as good_rows returns them.

    Returns:
        ROW, and resolved_by (the first upload that made the row good); one row per reject.
    """
    told = rejects.select(*ROW, "source_key", "record_key", _has_readable_key().alias("has_key"), _cells_as_read().alias("cells"))
    is_later = F.col("good_upload") > F.col("upload_id")
    by_key = told.where("has_key").join(good, on=(F.col("record_key") == F.col("good_key")) & is_later, how="inner")
    same_place = (F.col("source_key") == F.col("good_source")) & (F.col("sheet") == F.col("good_sheet")) & (F.col("row_number") == F.col("good_row"))
    is_much_the_same = F.size(F.array_intersect("cells", "good_cells")) * 2 > F.size(F.array_distinct("cells"))
    by_place = told.where("not has_key").join(good, on=same_place & is_later, how="inner").where(is_much_the_same)
    found = by_key.select(*ROW, "good_upload").unionByName(by_place.select(*ROW, "good_upload"))
    return found.groupBy(*ROW).agg(F.min("good_upload").alias("resolved_by"))


def _has_readable_key() -> Expression:
    """In a row of too many or too few fields no cell is surely what its column says."""
    is_ragged = F.array_contains("reason_codes", "BAD_FIELD_COUNT")
    return F.coalesce(F.col("record_key").rlike(_PLAIN_NUMBER), F.lit(False)) & ~is_ragged


def _cells_as_read() -> Expression:
    """Return the texts of a reject's raw: `column=text` where the fields fitted the columns, the fields alone where they did not."""
    named = F.transform(F.map_entries(F.from_json("raw", "map<string,string>")), lambda cell: F.concat(cell["key"], F.lit("="), cell["value"]))
    fields = F.from_json("raw", "array<string>")
    return F.array_compact(F.when(F.col("raw").startswith("["), fields).otherwise(named))
