"""SHOW TABLES, VIEWS, COLUMNS and TBLPROPERTIES.

Source: https://docs.aws.amazon.com/athena/latest/ug/ddl-reference.html (as at 2026-11-22); paddings and column names as measured
and published (2026-10).
"""

from dataclasses import dataclass

from lakestack_aws.athena.catalog import Table, is_iceberg, is_view
from lakestack_aws.athena.column_info import text_columns
from lakestack_aws.athena.errors import InvalidRequestError, entity_not_found
from lakestack_aws.athena.hive_ddl.context import Command, Context, database_not_found
from lakestack_aws.athena.hive_ddl.patterns import hive_pattern
from lakestack_aws.athena.hive_ddl.syntax import TableName, read_end, read_identifier, read_string, read_table_name
from lakestack_aws.athena.outcomes import TextResult
from lakestack_aws.athena.sql_tokens import Cursor, Kind

PADDING = 20


@dataclass(frozen=True)
class ShowTables(Command):
    """SHOW TABLES, and with `is_views` SHOW VIEWS."""

    database: str | None
    pattern: str | None
    is_views: bool = False

    def run(self, context: Context) -> TextResult:
        database = self.database or context.database
        if context.catalog.database(database) is None:
            raise database_not_found(database)
        wanted = hive_pattern(self.pattern)
        tables = [table for table in context.catalog.tables(database) if is_view(table) or not self.is_views]
        names = [table["Name"] for table in tables if wanted.fullmatch(table["Name"])]
        return TextResult.lines("views" if self.is_views else "tab_name", names)


def show_tables(cursor: Cursor) -> ShowTables:
    """Read `SHOW TABLES|VIEWS [IN database] [[LIKE] 'pattern']`."""
    cursor.expect("SHOW")
    is_views = cursor.take("VIEWS")
    if not is_views:
        cursor.expect("TABLES")
    database = read_identifier(cursor) if cursor.take("IN") or cursor.take("FROM") else None
    cursor.take("LIKE")
    pattern = None if cursor.is_at_end else read_string(cursor)
    read_end(cursor)
    return ShowTables(database, pattern, is_views)


def demand_entity(context: Context, name: TableName) -> None:
    """Refuse a statement on a table that is not there, as AWS does before it starts a query.

    Raises:
        InvalidRequestError: It is not there.
    """
    if context.catalog.table(*context.locate(name)) is None:
        raise InvalidRequestError(entity_not_found())


def all_columns(table: Table) -> list[dict[str, str]]:
    """Return the data columns, then the partition columns."""
    return [*(table.get("StorageDescriptor") or {}).get("Columns", ()), *table.get("PartitionKeys", ())]


@dataclass(frozen=True)
class ShowColumns(Command):
    name: TableName

    def check(self, context: Context) -> None:
        demand_entity(context, self.name)

    def run(self, context: Context) -> TextResult:
        table = context.table(self.name)
        width = 0 if is_iceberg(table) else PADDING
        return TextResult.lines("field", [column["Name"].ljust(width) for column in all_columns(table)])


def show_columns(cursor: Cursor) -> ShowColumns:
    """Read `SHOW COLUMNS IN|FROM table [IN|FROM database]`."""
    cursor.index += 3
    name = read_table_name(cursor)
    if cursor.take("IN") or cursor.take("FROM"):
        name = TableName(read_identifier(cursor), name.table)
    read_end(cursor)
    return ShowColumns(name)


@dataclass(frozen=True)
class ShowProperties(Command):
    name: TableName
    key: str | None

    def run(self, context: Context) -> TextResult:
        table = context.table(self.name)
        properties = table.get("Parameters") or {}
        if self.key is not None:
            missing = f"Table {table['DatabaseName']}.{table['Name']} does not have property: {self.key}"
            rows: tuple[tuple[str, ...], ...] = ((properties.get(self.key, missing),),)
        else:
            rows = tuple((key, properties[key]) for key in sorted(properties))
        return TextResult(text_columns("prpt_name", "prpt_value"), rows, 0)


def show_properties(cursor: Cursor) -> ShowProperties:
    """Read `SHOW TBLPROPERTIES table ['key' | ('key')]`."""
    cursor.expect("SHOW", "TBLPROPERTIES")
    name = read_table_name(cursor)
    key = None
    if not cursor.is_at_end:
        is_bracketed = cursor.take("(")
        key = read_string(cursor) if cursor.current and cursor.current.kind is Kind.STRING else read_identifier(cursor)
        if is_bracketed:
            cursor.expect(")")
    read_end(cursor)
    return ShowProperties(name, key)
