"""Views as Trino and Athena keep them in Glue, and SHOW CREATE VIEW.

Source: ViewOriginalText is `/* Presto View: <base64 of JSON> */` with originalSql, catalog, schema and columns, as measured and published (2026-10).
"""

import base64
import json
import re
from dataclasses import dataclass

from lakestack_aws.athena.catalog import Table, is_view
from lakestack_aws.athena.column_info import UNBOUNDED, Column
from lakestack_aws.athena.errors import QueryFailed
from lakestack_aws.athena.hive_ddl.context import Command, Context, table_not_found
from lakestack_aws.athena.hive_ddl.syntax import TableName, read_end
from lakestack_aws.athena.outcomes import TextResult
from lakestack_aws.athena.sql_tokens import Cursor
from lakestack_aws.athena.table_writes import read_name

_STORED = re.compile(r"/\* Presto View: (\S+) \*/")


@dataclass(frozen=True)
class StoredView:
    sql: str
    columns: list[dict[str, str]]


def stored_view(table: Table) -> StoredView:
    """Return what a view's entry in Glue says.

    Raises:
        QueryFailed: It is not in the form that Trino writes.
    """
    found = _STORED.search(table.get("ViewOriginalText") or "")
    if not found:
        raise QueryFailed(f"INVALID_VIEW: View {table['DatabaseName']}.{table['Name']} is not stored as Athena stores views")
    definition = json.loads(base64.b64decode(found[1]))
    return StoredView(definition["originalSql"], definition.get("columns", []))


@dataclass(frozen=True)
class ShowCreateView(Command):
    name: TableName

    def run(self, context: Context) -> TextResult:
        database, name = context.locate(self.name)
        table = context.catalog.table(database, name)
        if table is None:
            raise table_not_found(database, name)
        if not is_view(table):
            raise QueryFailed(f"NOT_SUPPORTED: {database}.{name} is a table, not a view", error_type=1200)
        lines = f"CREATE VIEW {database}.{name} AS\n{stored_view(table).sql}".split("\n")
        return TextResult((Column("create view", "varchar", UNBOUNDED),), tuple((line,) for line in lines), 0)


def show_create_view(cursor: Cursor) -> ShowCreateView:
    """Read `SHOW CREATE VIEW name`, in Trino's spelling: the name may stand in double quotes."""
    cursor.expect("SHOW", "CREATE", "VIEW")
    name = read_name(cursor)
    read_end(cursor)
    parts = [part.lower() for part in name.parts]
    return ShowCreateView(TableName(parts[-2] if len(parts) > 1 else None, parts[-1]))
