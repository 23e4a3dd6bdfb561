"""DROP TABLE and ALTER TABLE of what is not a partition.

Source: https://docs.aws.amazon.com/athena/latest/ug/ddl-reference.html (as at 2026-11-22).
"""

import copy
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lakestack_aws.athena.catalog import Table, is_delta, is_iceberg
from lakestack_aws.athena.errors import QueryFailed
from lakestack_aws.athena.hive_ddl.context import Command, Context, execution_error, table_not_found
from lakestack_aws.athena.hive_ddl.engine import run_in_engine
from lakestack_aws.athena.hive_ddl.iceberg_tables import trino_column, trino_type
from lakestack_aws.athena.hive_ddl.syntax import (
    HiveColumn,
    TableName,
    read_columns,
    read_end,
    read_identifier,
    read_properties,
    read_string,
    read_table_name,
    read_type,
)
from lakestack_aws.athena.outcomes import NOTHING, TextResult
from lakestack_aws.athena.rewriting import quoted
from lakestack_aws.athena.sql_tokens import Cursor


@dataclass(frozen=True)
class DropTable(Command):
    """Forgets a Hive or Delta table and keeps its files; an Iceberg table goes with its files."""

    name: TableName
    may_be_missing: bool

    def run(self, context: Context) -> TextResult:
        database, name = context.locate(self.name)
        table = context.catalog.table(database, name)
        if table is None:
            if self.may_be_missing:
                return NOTHING
            raise table_not_found(database, name)
        if is_iceberg(table):
            run_in_engine(context, database, f"DROP TABLE {quoted('iceberg', database, name)}")
        else:
            context.catalog.delete_table(database, name)
        return NOTHING


def drop_table(cursor: Cursor) -> DropTable:
    """Read `DROP TABLE [IF EXISTS] name`."""
    cursor.expect("DROP", "TABLE")
    may_be_missing = cursor.take("IF", "EXISTS")
    name = read_table_name(cursor)
    cursor.take("PURGE")
    read_end(cursor)
    return DropTable(name, may_be_missing)


@dataclass(frozen=True)
class ChangeTable(Command):
    """ALTER TABLE: `change` alters a copy of Glue's table, which then takes its place.

    Attributes:
        iceberg_clauses: The same in Trino's words, each for one ALTER TABLE; () where Athena has no such change of an Iceberg table.
        is_of_properties: Whether only the entry's own properties change, which every kind of table has.
    """

    name: TableName
    change: Callable[[Table], None]
    iceberg_clauses: tuple[str, ...] = ()
    is_of_properties: bool = False

    def run(self, context: Context) -> TextResult:
        table = copy.deepcopy(context.table(self.name))
        if not self.is_of_properties and is_iceberg(table):
            return self._run_in_engine(context)
        if not self.is_of_properties and is_delta(table):
            raise QueryFailed.not_supported("A Delta table's columns and location come from its log")
        self.change(table)
        context.catalog.update_table(table)
        return NOTHING

    def _run_in_engine(self, context: Context) -> TextResult:
        if not self.iceberg_clauses:
            raise QueryFailed("Query type not supported by Athena Iceberg at this time", error_type=1200)
        database, name = context.locate(self.name)
        for clause in self.iceberg_clauses:
            run_in_engine(context, database, f"ALTER TABLE {quoted('iceberg', database, name)} {clause}")
        return NOTHING


def _altered(cursor: Cursor) -> TableName:
    cursor.expect("ALTER", "TABLE")
    return read_table_name(cursor)


def set_properties(cursor: Cursor) -> ChangeTable:
    """Read `ALTER TABLE name SET TBLPROPERTIES (…)`."""
    name = _altered(cursor)
    cursor.expect("SET", "TBLPROPERTIES")
    properties = read_properties(cursor)
    read_end(cursor)
    return ChangeTable(name, lambda table: _merge(table, properties), is_of_properties=True)


def _merge(table: Table, properties: Mapping[str, str]) -> None:
    table["Parameters"] = {**table.get("Parameters", {}), "last_modified_time": str(int(time.time())), **properties}


def set_location(cursor: Cursor) -> ChangeTable:
    """Read `ALTER TABLE name SET LOCATION 's3://…'`."""
    name = _altered(cursor)
    cursor.expect("SET", "LOCATION")
    location = read_string(cursor)
    read_end(cursor)

    def change(table: Table) -> None:
        table["StorageDescriptor"]["Location"] = location

    return ChangeTable(name, change)


def add_columns(cursor: Cursor) -> ChangeTable:
    """Read `ALTER TABLE name ADD COLUMNS (…)`."""
    name = _altered(cursor)
    cursor.expect("ADD", "COLUMNS")
    columns = read_columns(cursor)
    read_end(cursor)

    def change(table: Table) -> None:
        _demand_new(table, columns)
        table["StorageDescriptor"]["Columns"] += [column.to_glue() for column in columns]

    return ChangeTable(name, change, tuple(f"ADD COLUMN {trino_column(column)}" for column in columns))


def replace_columns(cursor: Cursor) -> ChangeTable:
    """Read `ALTER TABLE name REPLACE COLUMNS (…)`."""
    name = _altered(cursor)
    cursor.expect("REPLACE", "COLUMNS")
    columns = read_columns(cursor)
    read_end(cursor)

    def change(table: Table) -> None:
        table["StorageDescriptor"]["Columns"] = [column.to_glue() for column in columns]

    return ChangeTable(name, change)


def change_column(cursor: Cursor) -> ChangeTable:
    """Read `ALTER TABLE name CHANGE [COLUMN] old new type [COMMENT 'c'] [FIRST | AFTER other]`."""
    name = _altered(cursor)
    cursor.expect("CHANGE")
    cursor.take("COLUMN")
    old = read_identifier(cursor, "a column's name")
    new_name, new_type = read_identifier(cursor, "a column's name"), read_type(cursor)
    column = HiveColumn(new_name, new_type, read_string(cursor) if cursor.take("COMMENT") else None)
    is_first = cursor.take("FIRST")
    after = read_identifier(cursor, "a column's name") if cursor.take("AFTER") else None
    read_end(cursor)

    def change(table: Table) -> None:
        columns = table["StorageDescriptor"]["Columns"]
        at = _index(columns, old)
        comment = {"Comment": columns[at]["Comment"]} if "Comment" in columns[at] else {}
        columns[at] = {**comment, **column.to_glue()}
        if is_first or after:
            moved = columns.pop(at)
            columns.insert(0 if after is None else _index(columns, after) + 1, moved)

    rename = (f"RENAME COLUMN {quoted(old)} TO {quoted(new_name)}",) if new_name != old else ()
    return ChangeTable(name, change, (*rename, f"ALTER COLUMN {quoted(new_name)} SET DATA TYPE {trino_type(new_type)}"))


def drop_column(cursor: Cursor) -> ChangeTable:
    """Read `ALTER TABLE name DROP COLUMN column`; only an Iceberg table can lose one."""
    name = _altered(cursor)
    cursor.expect("DROP")
    problem = str(cursor.problem("'PARTITION'"))
    cursor.expect("COLUMN")
    column = read_identifier(cursor, "a column's name")
    read_end(cursor)

    def refuse(_table: Table) -> None:
        raise QueryFailed.in_hive(f"ParseException {problem}")

    return ChangeTable(name, refuse, (f"DROP COLUMN {quoted(column)}",))


def _index(columns: list[dict[str, str]], name: str) -> int:
    for index, column in enumerate(columns):
        if column["Name"] == name:
            return index
    raise execution_error(f"Invalid column reference {name}")


def _demand_new(table: Table, columns: tuple[HiveColumn, ...]) -> None:
    known = {column["Name"] for column in [*table["StorageDescriptor"]["Columns"], *table.get("PartitionKeys", ())]}
    for column in columns:
        if column.name in known:
            raise execution_error(f"Duplicate column name: {column.name}")
        known.add(column.name)


@dataclass(frozen=True)
class RenameTable(Command):
    """Renames an Iceberg table; Athena has no other that can be renamed."""

    name: TableName
    new_name: TableName

    def run(self, context: Context) -> TextResult:
        database, name = context.locate(self.name)
        if not is_iceberg(context.table(self.name)):
            raise QueryFailed("Table cannot be renamed", error_type=1200)
        target = quoted(self.new_name.database or database, self.new_name.table)
        run_in_engine(context, database, f"ALTER TABLE {quoted('iceberg', database, name)} RENAME TO {target}")
        return NOTHING


def rename_table(cursor: Cursor) -> RenameTable:
    """Read `ALTER TABLE name RENAME TO new_name`."""
    name = _altered(cursor)
    cursor.expect("RENAME", "TO")
    new_name = read_table_name(cursor)
    read_end(cursor)
    return RenameTable(name, new_name)
