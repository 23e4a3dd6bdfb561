"""DESCRIBE of tables and views.

Source: the `.txt` files that Athena writes, as measured and published (2026-10).
"""

from dataclasses import dataclass
from typing import Any

from lakestack_aws.athena.catalog import Table, is_iceberg, is_view, location_of
from lakestack_aws.athena.column_info import Column, text_columns
from lakestack_aws.athena.hive_ddl.context import Command, Context
from lakestack_aws.athena.hive_ddl.show import PADDING, demand_entity
from lakestack_aws.athena.hive_ddl.syntax import TableName, read_end, read_identifier, read_partition_spec, read_table_name
from lakestack_aws.athena.hive_ddl.views import stored_view
from lakestack_aws.athena.outcomes import TextResult
from lakestack_aws.athena.sql_tokens import Cursor

type Line = tuple[str, ...]

_COLUMNS = text_columns("col_name", "data_type", "comment")
_VIEW_COLUMNS = (Column("column", "varchar", 2147483647), Column("type", "varchar", 2147483647))
_GAP = ("\t \t ",)


@dataclass(frozen=True)
class Describe(Command):
    name: TableName
    column: str | None
    is_formatted: bool

    def check(self, context: Context) -> None:
        demand_entity(context, self.name)

    def run(self, context: Context) -> TextResult:
        table = context.table(self.name)
        if is_view(table):
            return TextResult(_VIEW_COLUMNS, tuple((column["name"], column["type"]) for column in stored_view(table).columns), 0)
        if is_iceberg(table):
            return TextResult(_COLUMNS, tuple(_iceberg_lines(table)), 0)
        lines = _hive_lines(table, self.column)
        if self.is_formatted:
            lines += _details(table)
        return TextResult(_COLUMNS, tuple(lines))


def describe(cursor: Cursor) -> Describe:
    """Read `DESC|DESCRIBE [EXTENDED|FORMATTED] table [PARTITION (…)] [column]`."""
    cursor.index += 1
    is_formatted = cursor.take("FORMATTED") or cursor.take("EXTENDED")
    name = read_table_name(cursor)
    if cursor.peek("PARTITION", "("):
        read_partition_spec(cursor)
    column = None if cursor.is_at_end else read_identifier(cursor)
    read_end(cursor)
    return Describe(name, column, is_formatted)


def _padded(*fields: str) -> Line:
    return tuple(field.ljust(PADDING) for field in fields)


def _column_line(column: dict[str, str]) -> Line:
    return _padded(column["Name"], column["Type"], column.get("Comment", ""))


def _hive_lines(table: Table, only: str | None) -> list[Line]:
    data, keys = table["StorageDescriptor"]["Columns"], table.get("PartitionKeys", [])
    if only is not None:
        return [_column_line(column) for column in [*data, *keys] if column["Name"] == only]
    lines = [_column_line(column) for column in [*data, *keys]]
    if keys:
        header = ("# col_name            ", "data_type           ", "comment             ")
        lines += [_GAP, ("# Partition Information\t \t ",), header, _GAP, *(_column_line(key) for key in keys)]
    return lines


def _iceberg_lines(table: Table) -> list[Line]:
    columns = table["StorageDescriptor"]["Columns"]
    return [("# Table schema:\t\t",), ("# col_name", "data_type", "comment"), *((c["Name"], c["Type"], c.get("Comment", "")) for c in columns)]


def _details(table: Table) -> list[Line]:
    storage: dict[str, Any] = table["StorageDescriptor"]
    serde = storage.get("SerdeInfo", {})
    facts = [
        ("# Detailed Table Information", ""),
        ("Database:", table["DatabaseName"]),
        ("Owner:", table.get("Owner", "")),
        ("CreateTime:", str(table.get("CreateTime", ""))),
        ("Location:", location_of(table)),
        ("Table Type:", table.get("TableType", "")),
        ("# Storage Information", ""),
        ("SerDe Library:", serde.get("SerializationLibrary", "")),
        ("InputFormat:", storage.get("InputFormat", "")),
        ("OutputFormat:", storage.get("OutputFormat", "")),
        ("Compressed:", "Yes" if storage.get("Compressed") else "No"),
        ("Num Buckets:", str(storage.get("NumberOfBuckets", -1))),
        *(("Table Parameter:", f"{key}={value}") for key, value in sorted((table.get("Parameters") or {}).items())),
        *(("SerDe Parameter:", f"{key}={value}") for key, value in sorted(serde.get("Parameters", {}).items())),
    ]
    return [_GAP, *(_padded(name, value, "") for name, value in facts)]
