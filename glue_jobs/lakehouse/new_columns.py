"""Columns that a file has and its table has not: kept out, or added as text, as the parameter --new_columns says.

A column that is added is a string and never required. A file that lacks it, or leaves it blank, changes nothing of it.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lakehouse.datasets import TEXT, Column, Dataset, column_name_of
from lakehouse.tables import DATABASE

if TYPE_CHECKING:
    from collections.abc import Iterable

KEEP_OUT, ADD = "keep_out", "add"
POLICIES = (KEEP_OUT, ADD)

# Names that the frames of a load use themselves.
OWN_NAMES = frozenset(
    (
        *("sheet", "row_number", "raw", "as_read", "record_key", "source_key", "source_version_id"),
        *("reason_codes", "warning_codes", "held_at", "was_held", "is_witness"),
        *("has_parent", "fate", "is_logged", "known_partition"),
    )
)
# A sheet of thousands of columns is no schema; the rest of them stays out.
_MOST_ADDED = 50
_MOST_CHARACTERS = 120


def names_of(extra: Iterable[str], dataset: Dataset) -> dict[str, tuple[str, ...]]:
    """Return column of the table -> its names as written, for names that a dataset does not have."""
    found: dict[str, tuple[str, ...]] = {}
    for written in dict.fromkeys(extra):
        name = safe_name(written, dataset)
        if name in found or len(found) < _MOST_ADDED:
            found[name] = (*found.get(name, ()), written)
    return found


def safe_name(written: str, dataset: Dataset) -> str:
    """Make a column's name of a header cell: lower case, letters, digits and underscores of ASCII.

    >>> from lakehouse.datasets import ORDERS
    >>> safe_name("Gift  Wrap?", ORDERS)
    'gift_wrap'
    """
    name = re.sub(r"[^a-z0-9_]+", "_", column_name_of(written)).strip("_")[:_MOST_CHARACTERS]
    if not name:
        name = f"column_{hashlib.sha256(written.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
    is_taken = name in OWN_NAMES or name in dataset.column_names
    return f"extra_{name}" if is_taken or name[0].isdigit() else name


def with_added(dataset: Dataset, names: Iterable[str]) -> Dataset:
    """Return a dataset that has these columns as well."""
    added = tuple(Column(name, TEXT, "string", is_required=False, may_be_absent=True, is_added=True) for name in names)
    return replace(dataset, columns=(*dataset.columns, *added))


def register(glue: Any, table: str, names: list[str]) -> None:
    """Add columns to a table of the Glue Data Catalog; those that it has already stay.

    Athena reads a Delta table's columns from its log and needs but the location of the catalog, so queries see a new column at once. The
    catalog's own list, which the console shows and Lake Formation grants go by, is kept the same here.
    Source: https://docs.aws.amazon.com/athena/latest/ug/delta-lake-tables.html (as at 2026-11-25)

    Args:
        glue: boto3's client.
        table: of tables.DATABASE.
        names: of string columns.
    """
    found = glue.get_table(DatabaseName=DATABASE, Name=table)["Table"]
    columns = found["StorageDescriptor"]["Columns"]
    new = [{"Name": name, "Type": "string"} for name in names if name not in {column["Name"] for column in columns}]
    if not new:
        return
    kept = {name: found[name] for name in _INPUT if name in found}
    kept["StorageDescriptor"] = {**found["StorageDescriptor"], "Columns": [*columns, *new]}
    glue.update_table(DatabaseName=DATABASE, TableInput=kept)


# What GetTable answers and UpdateTable takes.
_INPUT = ("Name", "Description", "Owner", "Retention", "StorageDescriptor", "PartitionKeys", "TableType", "Parameters")
