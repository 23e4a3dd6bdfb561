"""SHOW CREATE TABLE: Hive's words for what Glue has.

Source: the output of Athena for a delimited, a SerDe and a partitioned table, as measured and published (2026-10).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lakestack_aws.athena.catalog import Table, is_view, location_of
from lakestack_aws.athena.errors import QueryFailed
from lakestack_aws.athena.hive_ddl.context import Command, Context
from lakestack_aws.athena.hive_ddl.syntax import TableName, read_end, read_table_name
from lakestack_aws.athena.outcomes import TextResult
from lakestack_aws.athena.sql_tokens import Cursor

_HIDDEN = ("EXTERNAL", "comment")


@dataclass(frozen=True)
class ShowCreateTable(Command):
    name: TableName

    def run(self, context: Context) -> TextResult:
        table = context.table(self.name)
        if is_view(table):
            raise QueryFailed.not_supported(f"{table['DatabaseName']}.{table['Name']} is a view: use SHOW CREATE VIEW")
        return TextResult.lines("createtab_stmt", create_table_lines(table), update_count=None)


def show_create_table(cursor: Cursor) -> ShowCreateTable:
    """Read `SHOW CREATE TABLE name`."""
    cursor.expect("SHOW", "CREATE", "TABLE")
    name = read_table_name(cursor)
    read_end(cursor)
    return ShowCreateTable(name)


def create_table_lines(table: Table) -> list[str]:
    """Return the statement that would make a table again, by lines."""
    storage = table["StorageDescriptor"]
    parameters = table.get("Parameters") or {}
    lines = [f"CREATE EXTERNAL TABLE `{table['DatabaseName']}.{table['Name']}`(", *_columns(storage["Columns"])]
    if "comment" in parameters:
        lines.append(f"COMMENT {_quoted(parameters['comment'])}")
    if keys := table.get("PartitionKeys"):
        lines += ["PARTITIONED BY ( ", *_columns(keys)]
    serde = storage.get("SerdeInfo", {})
    lines += ["ROW FORMAT SERDE ", f"  {_quoted(serde.get('SerializationLibrary', ''))} "]
    if serde_properties := {key: value for key, value in serde.get("Parameters", {}).items() if (key, value) != ("serialization.format", "1")}:
        lines += ["WITH SERDEPROPERTIES ( ", *_properties(serde_properties, " ")]
    lines += ["STORED AS INPUTFORMAT ", f"  {_quoted(storage.get('InputFormat', ''))} "]
    lines += ["OUTPUTFORMAT ", f"  {_quoted(storage.get('OutputFormat', ''))}"]
    lines += ["LOCATION", f"  {_quoted(location_of(table))}"]
    shown = {key: value for key, value in parameters.items() if key not in _HIDDEN}
    return [*lines, "TBLPROPERTIES (", *_properties(shown)] if shown else lines


def _columns(columns: list[dict[str, str]]) -> list[str]:
    lines = [
        f"  `{column['Name']}` {column['Type']}" + (f" COMMENT {_quoted(column['Comment'])}" if column.get("Comment") else "") for column in columns
    ]
    return [*(f"{line}, " for line in lines[:-1]), f"{lines[-1]})"] if lines else [")"]


def _properties(properties: Mapping[str, str], after: str = "") -> list[str]:
    lines = [f"  {_quoted(key)}={_quoted(properties[key])}" for key in sorted(properties)]
    return [*(f"{line}, " for line in lines[:-1]), f"{lines[-1]}){after}"]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\t", "\\t")
    return f"'{escaped}'"
