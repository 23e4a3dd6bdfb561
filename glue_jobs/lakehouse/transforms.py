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
        as_read (the cells as text), record_key (the key as a plain number, as read where it is none),
        reason_codes array<string>, warning_codes array<string>, and null or false for what replayed rows bring: source_key, source_version_id,
        held_at, was_held; and false for is_witness, which rows of a late load's witnesses have.
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
        F.coalesce(F.col(f"_value_{dataset.key}").cast("string"), F.col(dataset.key)).alias("record_key"),
        codes.alias("reason_codes"),
        codes_earned(cells, ROW_WARNINGS).alias("warning_codes"),
        F.lit(None).cast("string").alias("source_key"),
        F.lit(None).cast("string").alias("source_version_id"),
        F.lit(None).cast("timestamp").alias("held_at"),
        F.lit(False).alias("was_held"),
        F.lit(False).alias("is_witness"),
    )


def replay(held: DataFrame, dataset: Dataset, held_limit_days: int) -> DataFrame:
    """Make held rows judged rows again; those that waited longer than the limit earn NO_SUCH_PRODUCT unless their product has come."""
    waited_too_long = F.coalesce(F.col("held_at") < F.current_timestamp() - F.expr(f"make_dt_interval({int(held_limit_days)})"), F.lit(False))
    none = F.array().cast("array<string>")
    return held.select(
        *(F.col(name) if name in held.columns else F.lit(None).cast("string").alias(name) for name in dataset.column_names),
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
        F.lit(False).alias("is_witness"),
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


def bear_witness(judged: DataFrame, uploads: list[str]) -> DataFrame:
    """Mark the rows of uploads that are loaded already: they compete, and are neither counted nor written."""
    return judged.withColumn("is_witness", F.col("_upload_id").isin(uploads)) if uploads else judged


def set_aside(judged: DataFrame, uploads: list[str]) -> DataFrame:
    """Reject every row of the uploads that have too many bad ones; a row that is sound itself gets a code that says so."""
    is_sound = F.col("_upload_id").isin(uploads) & ~F.col("was_held") & (F.size("reason_codes") == 0)
    return judged.withColumn("reason_codes", F.when(is_sound, F.array(F.lit("FILE_REJECTED"))).otherwise(F.col("reason_codes")))


def settle(judged: DataFrame, dataset: Dataset, target: DataFrame, *, keeps_cells: bool = True) -> DataFrame:
    """Decide the fate of every row, against the other rows and the table.

    Validation came first, so a bad row never beats a good one. Of the valid rows of a key the latest wins: upload, then sheet, then
    row. A row that waits for a parent loses to a later one that need not wait, and to a later one that waits for the same parent;
    never to one that waits for another parent, which may never come. So what is loaded in the end does not depend on the order of loads.

    Args:
        judged: with has_parent.
        dataset: whose rows they are.
        target: the dataset's table.
        keeps_cells: False leaves as_read out where neither a log nor held_order_items needs it, which is half of what is kept in memory.

    Returns:
        judged, and fate; is_logged: true for rows that belong into rejected_records; known_partition: where the table has the key.
    """
    ranked = _rank(judged, dataset).join(_known(target, dataset), on=F.col("_match") == F.col("_known_key"), how="left")
    is_beaten = F.col("_beaten_by").isNotNull()
    # A load that is done again reads its rows anew while they are held already: they go on waiting.
    is_held_twin = F.col("was_held") & ~F.col("has_parent") & F.col("_beaten_by.origin").eqNullSafe(F.col("_origin"))
    is_in_table = F.col("_known_key").isNotNull()
    # A column that the policy added is compared where it has a value: a file that says nothing about it changes nothing.
    values = [F.coalesce(name, f"_known.{name}").alias(name) if name in dataset.added_names else F.col(name) for name in _business(dataset)]
    is_same_as_table = F.col("_known").eqNullSafe(F.struct(*values))
    is_of_this_upload = F.col("_known_upload") == F.col("_upload_id")
    is_older_than_table = F.coalesce(F.col("_known_upload") > F.col("_upload_id"), F.lit(False))
    fate = (
        F.when(~F.col("_is_valid"), accounting.REJECTED)
        .when(is_beaten & ~is_held_twin, accounting.DUPLICATES)
        .when(~F.col("has_parent") & ~is_older_than_table, accounting.HELD)
        .when(~is_in_table, accounting.INSERTED)
        .when(is_same_as_table & is_of_this_upload, accounting.MERGED_BEFORE)
        .when(is_same_as_table, accounting.UNCHANGED)
        .when(is_older_than_table, accounting.DUPLICATES)
        .otherwise(accounting.UPDATED)
    )
    differs_from_winner = F.when(is_beaten, ~F.col("_beaten_by.values").eqNullSafe(F.col("_values"))).otherwise(~is_same_as_table)
    is_logged = ~F.col("_is_valid") | ((fate == accounting.DUPLICATES) & F.coalesce(differs_from_winner, F.lit(False)))
    kept = [F.coalesce(name, f"_known.{name}").alias(name) if name in dataset.added_names else F.col(name) for name in judged.columns]
    if not keeps_cells:
        is_needed = is_logged | (fate == accounting.HELD)
        kept = [F.when(is_needed, F.col(name)).alias(name) if name == "as_read" else column for name, column in zip(judged.columns, kept)]
    known_partition = F.col(f"_known.{dataset.partition}") if dataset.partition else F.lit(None).cast("date")
    return ranked.select(*kept, fate.alias("fate"), is_logged.alias("is_logged"), known_partition.alias("known_partition"))


def _business(dataset: Dataset) -> list[str]:
    return [name for name in dataset.column_names if name != dataset.key]


def _known(target: DataFrame, dataset: Dataset) -> DataFrame:
    """Return what the table has: _known_key, _known (the business columns), _known_upload."""
    business = [F.col(name) if name in target.columns else F.lit(None).cast("string").alias(name) for name in _business(dataset)]
    return target.select(F.col(dataset.key).alias("_known_key"), F.struct(*business).alias("_known"), F.col("_upload_id").alias("_known_upload"))


def _rank(judged: DataFrame, dataset: Dataset) -> DataFrame:
    """Add _is_valid, _values, _origin, and _beaten_by: values and origin of the row that wins over this one, or null.

    _match is the key; a row without a valid one has a number of its own below zero, which no key is, so that a file of nothing but
    bad rows is spread like any other. Windows and the join with the table go by it, so that rows are moved once.
    """
    origin = F.struct("_upload_id", "sheet", "row_number")
    is_valid = F.size("reason_codes") == 0
    own_number = -F.shiftrightunsigned(F.xxhash64("_upload_id", "sheet", "row_number"), 1) - 1
    marked = judged.select(
        "*",
        is_valid.alias("_is_valid"),
        F.struct(*_business(dataset)).alias("_values"),
        origin.alias("_origin"),
        F.when(is_valid, F.col(dataset.key)).otherwise(own_number).alias("_match"),
    )
    # Of the same row read twice, the one that must be accounted for comes first: a held one before its witness, a new one before its held twin.
    latest_first = (F.desc("_upload_id"), F.desc("sheet"), F.desc("row_number"), F.asc("is_witness"), F.asc("was_held"))
    row = F.struct(F.col("_values").alias("values"), F.col("_origin").alias("origin"))
    newer = Window.partitionBy("_match").orderBy(*latest_first).rowsBetween(Window.unboundedPreceding, -1)
    beaten_by = F.first(F.when(F.col("_is_valid") & F.col("has_parent"), row), ignorenulls=True).over(newer)
    if dataset.parent_key:
        same_parent = Window.partitionBy("_match", dataset.parent_key).orderBy(*latest_first).rowsBetween(Window.unboundedPreceding, -1)
        also_waiting = F.first(F.when(F.col("_is_valid") & ~F.col("has_parent"), row), ignorenulls=True).over(same_parent)
        beaten_by = F.coalesce(beaten_by, F.when(~F.col("has_parent"), also_waiting))
    return marked.withColumn("_beaten_by", F.when(F.col("_is_valid"), beaten_by))


def count_fates(settled: DataFrame, dataset: Dataset) -> DataFrame:
    """Count the rows that must be accounted for, which witnesses need not be.

    Returns:
        _upload_id, sheet, was_held, fate, rows, logged, warnings and codes (which any of them earned), partitions (dates from which and to
        which the rows that change the table go; empty for a table without).
    """
    changed = F.when(_changes_table(), F.array("known_partition", dataset.partition)) if dataset.partition else F.lit(None).cast("array<date>")
    return (
        settled.where(~F.col("is_witness"))
        .groupBy("_upload_id", "sheet", "was_held", "fate")
        .agg(
            F.count("*").alias("rows"),
            F.sum(F.col("is_logged").cast("int")).alias("logged"),
            F.array_distinct(F.flatten(F.collect_set("warning_codes"))).alias("warnings"),
            F.array_distinct(F.flatten(F.collect_set("reason_codes"))).alias("codes"),
            F.array_distinct(F.flatten(F.collect_set(changed))).alias("partitions"),
        )
    )


def _changes_table() -> Expression:
    return F.col("fate").isin(accounting.INSERTED, accounting.UPDATED) & ~F.col("is_witness")


def to_merge(settled: DataFrame, dataset: Dataset) -> DataFrame:
    """Return the rows that change the dataset's table, with the table's columns."""
    return settled.where(_changes_table()).select(*dataset.column_names, "_upload_id", "_uploaded_at")


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
        with_source(settled.where("is_logged and not is_witness"), sources)
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
    newly_held = settled.where((F.col("fate") == accounting.HELD) & ~F.col("was_held") & ~F.col("is_witness"))
    return with_source(newly_held, sources).withColumn("held_at", F.current_timestamp()).select(*_named(HELD_ORDER_ITEMS.columns))


def _as_read_type(dataset: Dataset) -> str:
    return f"struct<{','.join(f'{name}:string' for name in dataset.column_names)}>"


def with_source(rows: DataFrame, sources: dict[str, tuple[str, str]]) -> DataFrame:
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
