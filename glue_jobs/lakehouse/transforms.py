"""What becomes of rows: pure functions from frames to frames, for all three datasets.

raw      one row per row of a CSV: the dataset's columns as text, and converter.TECHNICAL_COLUMNS
judged   the dataset's columns typed, where each row came from, and the codes it earned
settled  judged, and the fate of each row: one of accounting.FATES, or MERGED_BEFORE
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.window import Window

from lakehouse import accounting
from lakehouse.datasets import DATE, TIMESTAMP, Dataset
from lakehouse.row_rules import ROW_RULES, ROW_WARNINGS, add_cells, codes_earned, has_wrong_field_count
from lakehouse.tables import HELD_ORDER_ITEMS, REJECTED_RECORDS

if TYPE_CHECKING:
    from pyspark.sql import Column as Expression
    from pyspark.sql import DataFrame

_UPLOAD_TIME = "yyyyMMdd'T'HHmmss'Z'"


def judge(raw: DataFrame, dataset: Dataset) -> DataFrame:
    """Type every row and list the rules it breaks; no row is dropped.

    Returns:
        the dataset's columns; _upload_id, _uploaded_at, sheet, row_number, raw (JSON of the fields where they do not fit the columns),
        as_read (the cells as text), record_key (the key as read),
        reason_codes array<string>, warning_codes array<string>, and null or false for what replayed rows bring: source_key, source_version_id,
        held_at, was_held.
    """
    typed, cells = add_cells(raw, dataset)
    timestamp = next((cell for cell in cells if cell.column.kind == TIMESTAMP), None)
    dated = typed.withColumn("_day", F.to_date(timestamp.value) if timestamp else F.lit(None).cast("date"))
    # The date is the timestamp's; the column of that name is only compared with it.
    values = [(F.col("_day") if cell.column.kind == DATE else cell.value).alias(cell.column.name) for cell in cells]
    codes = F.when(has_wrong_field_count(), F.array(F.lit("BAD_FIELD_COUNT"))).otherwise(codes_earned(cells, ROW_RULES))
    return dated.select(
        *values,
        F.col("_upload_id"),
        F.to_timestamp(F.substring("_upload_id", 1, 16), _UPLOAD_TIME).alias("_uploaded_at"),
        F.col("_sheet").alias("sheet"),
        F.col("_row").cast("int").alias("row_number"),
        F.col("_raw").alias("raw"),
        F.struct(*(F.col(name).alias(name) for name in dataset.column_names)).alias("as_read"),
        F.col(dataset.key).alias("record_key"),
        codes.alias("reason_codes"),
        codes_earned(cells, ROW_WARNINGS).alias("warning_codes"),
        F.lit(None).cast("string").alias("source_key"),
        F.lit(None).cast("string").alias("source_version_id"),
        F.lit(None).cast("timestamp").alias("held_at"),
        F.lit(False).alias("was_held"),
    )


def replay(held: DataFrame, dataset: Dataset, held_limit_days: int) -> DataFrame:
    """Make held rows judged rows again; those that waited longer than the limit earn NO_SUCH_PRODUCT unless their product has come."""
    waited_too_long = F.coalesce(F.col("held_at") < F.current_timestamp() - F.expr(f"make_dt_interval({int(held_limit_days)})"), F.lit(False))
    none = F.array().cast("array<string>")
    return held.select(
        *dataset.column_names,
        "_upload_id",
        "_uploaded_at",
        "sheet",
        "row_number",
        "raw",
        F.lit(None).cast(_as_read_type(dataset)).alias("as_read"),
        F.col(dataset.key).cast("string").alias("record_key"),
        F.when(waited_too_long, F.array(F.lit("NO_SUCH_PRODUCT"))).otherwise(none).alias("reason_codes"),
        none.alias("warning_codes"),
        "source_key",
        "source_version_id",
        "held_at",
        F.lit(True).alias("was_held"),
    )


def find_parents(judged: DataFrame, dataset: Dataset, parents: DataFrame | None) -> DataFrame:
    """Add has_parent: whether a row's parent is in the whole parent table; true where the dataset has none.

    Args:
        judged: as judge or replay made it.
        dataset: whose rows they are.
        parents: the parent table; only its key is used.
    """
    if parents is None or dataset.parent_key is None:
        return judged.withColumn("has_parent", F.lit(True))
    known = parents.select(F.col(dataset.parent_key).alias("_parent")).distinct()
    found = judged.join(known, on=judged[dataset.parent_key] == known["_parent"], how="left")
    has_parent = F.col("_parent").isNotNull()
    waited_in_vain = F.col("was_held") & ~has_parent
    return found.select(
        *(column for column in judged.columns if column != "reason_codes"),
        F.when(F.col("was_held") & ~waited_in_vain, F.array().cast("array<string>")).otherwise(F.col("reason_codes")).alias("reason_codes"),
        has_parent.alias("has_parent"),
    )


def settle(judged: DataFrame, dataset: Dataset, target: DataFrame) -> DataFrame:
    """Decide the fate of every row, against the other rows and the table.

    Validation came first, so a bad row never beats a good one. Of the valid rows of a key the latest wins: upload, then sheet, then
    row. Rows that wait for a parent compete among themselves, so that no row is lost to one that may never be loaded.

    Args:
        judged: with has_parent.
        dataset: whose rows they are.
        target: the dataset's table.

    Returns:
        judged, and fate, and is_logged: true for rows that belong into rejected_records.
    """
    business = [name for name in dataset.column_names if name != dataset.key]
    is_valid = F.size("reason_codes") == 0
    latest_first = (F.desc("_upload_id"), F.desc("sheet"), F.desc("row_number"), F.asc("was_held"))
    same_key = Window.partitionBy("_is_valid", "has_parent", dataset.key).orderBy(*latest_first)
    known = target.select(
        F.col(dataset.key).alias("_known_key"),
        F.struct(*business).alias("_known"),
        F.col("_upload_id").alias("_known_upload"),
    )
    ranked = (
        judged.withColumn("_is_valid", is_valid)
        .withColumn("_values", F.struct(*business))
        .withColumn("_rank", F.row_number().over(same_key))
        .withColumn("_winner", F.first("_values").over(same_key))
        .withColumn("_winner_origin", F.first(F.struct("_upload_id", "sheet", "row_number")).over(same_key))
        .join(known, on=F.col(dataset.key) == F.col("_known_key"), how="left")
    )
    is_beaten_here = F.col("_rank") > 1
    # A load that is done again reads its rows anew while they are held already: they go on waiting.
    is_held_twin = F.col("was_held") & F.col("_winner_origin").eqNullSafe(F.struct("_upload_id", "sheet", "row_number"))
    is_in_table = F.col("_known_key").isNotNull()
    is_same_as_table = F.col("_known").eqNullSafe(F.col("_values"))
    is_of_this_upload = F.col("_known_upload") == F.col("_upload_id")
    is_older_than_table = F.col("_known_upload") > F.col("_upload_id")
    fate = (
        F.when(~is_valid, accounting.REJECTED)
        .when(is_beaten_here & (F.col("has_parent") | ~is_held_twin), accounting.DUPLICATES)
        .when(~F.col("has_parent"), accounting.HELD)
        .when(~is_in_table, accounting.INSERTED)
        .when(is_same_as_table & is_of_this_upload, accounting.MERGED_BEFORE)
        .when(is_same_as_table, accounting.UNCHANGED)
        .when(is_older_than_table, accounting.DUPLICATES)
        .otherwise(accounting.UPDATED)
    )
    differs_from_winner = F.when(is_beaten_here, ~F.col("_values").eqNullSafe(F.col("_winner"))).otherwise(~is_same_as_table)
    is_logged = ~is_valid | ((fate == accounting.DUPLICATES) & F.coalesce(differs_from_winner, F.lit(False)))
    return ranked.select(*judged.columns, fate.alias("fate"), is_logged.alias("is_logged"))


def count_fates(settled: DataFrame) -> DataFrame:
    """Count rows: _upload_id, sheet, was_held, fate, rows, logged, warnings (the codes any of them earned)."""
    return settled.groupBy("_upload_id", "sheet", "was_held", "fate").agg(
        F.count("*").alias("rows"),
        F.sum(F.col("is_logged").cast("int")).alias("logged"),
        F.array_distinct(F.flatten(F.collect_set("warning_codes"))).alias("warnings"),
    )


def to_merge(settled: DataFrame, dataset: Dataset) -> DataFrame:
    """Return the rows that change the dataset's table, with the table's columns."""
    changes = F.col("fate").isin(accounting.INSERTED, accounting.UPDATED)
    return settled.where(changes).select(*dataset.column_names, "_upload_id", "_uploaded_at")


def to_reject(settled: DataFrame, dataset: Dataset, sources: dict[str, tuple[str, str]]) -> DataFrame:
    """Return the rows of rejected_records.

    Args:
        settled: as settle made it.
        dataset: whose rows they are.
        sources: upload id -> (key, version id) of the uploads of this load.
    """
    is_invalid = F.col("fate") == accounting.REJECTED
    now = F.current_timestamp()
    rejected = (
        _with_source(settled.where("is_logged"), sources)
        .withColumn("upload_id", F.col("_upload_id"))
        .withColumn("outcome", F.when(is_invalid, "REJECT").otherwise("DUPLICATE"))
        .withColumn("reason_codes", F.when(is_invalid, F.col("reason_codes")).otherwise(F.array(F.lit("DUPLICATE"))))
        .withColumn("rejected_at", now)
        .withColumn("resolved_at", F.lit(None).cast("timestamp"))
        .withColumn("resolved_by", F.lit(None).cast("string"))
        .withColumn("dataset", F.lit(dataset.name))
        .withColumn("load_date", F.to_date(now))
    )
    return rejected.select(*_named(REJECTED_RECORDS.columns))


def count_reasons(rejects: DataFrame) -> DataFrame:
    """Count rejected rows by reason; a row with two reasons counts under both.

    Args:
        rejects: the columns of rejected_records.

    Returns:
        upload_id, key, sheet, code, rows, first_rows: the numbers of the first five.
    """
    reasons = rejects.where(F.col("outcome") == "REJECT").select(
        "upload_id", F.col("source_key").alias("key"), "sheet", F.explode("reason_codes").alias("code"), "row_number"
    )
    first_rows = F.slice(F.sort_array(F.collect_list("row_number")), 1, 5)
    return reasons.groupBy("upload_id", "key", "sheet", "code").agg(F.count("*").alias("rows"), first_rows.alias("first_rows"))


def to_hold(settled: DataFrame, sources: dict[str, tuple[str, str]]) -> DataFrame:
    """Return the rows of held_order_items that came with this load; sources as for to_reject."""
    newly_held = settled.where((F.col("fate") == accounting.HELD) & ~F.col("was_held"))
    return _with_source(newly_held, sources).withColumn("held_at", F.current_timestamp()).select(*_named(HELD_ORDER_ITEMS.columns))


def _as_read_type(dataset: Dataset) -> str:
    return f"struct<{','.join(f'{name}:string' for name in dataset.column_names)}>"


def _with_source(rows: DataFrame, sources: dict[str, tuple[str, str]]) -> DataFrame:
    """Fill raw, source_key and source_version_id where they are null; replayed rows bring their own."""
    known = [F.lit(word) for upload, source in sources.items() for word in (upload, "\n".join(source))]
    source = F.split(F.create_map(*known)[F.col("_upload_id")], "\n") if known else F.array().cast("array<string>")
    return (
        rows.withColumn("source_key", F.coalesce("source_key", F.get(source, F.lit(0))))
        .withColumn("source_version_id", F.coalesce("source_version_id", F.get(source, F.lit(1))))
        .withColumn("raw", F.coalesce("raw", F.to_json("as_read", {"ignoreNullFields": "false"})))
    )


def _named(columns: tuple[tuple[str, str], ...]) -> list[Expression]:
    return [F.col(name) for name, _ in columns]
