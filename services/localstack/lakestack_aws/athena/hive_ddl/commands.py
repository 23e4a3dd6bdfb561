"""The table of contents: which function reads which statement."""

from collections.abc import Callable

from lakestack_aws.athena.errors import MalformedQueryError
from lakestack_aws.athena.hive_ddl.context import Command, Context
from lakestack_aws.athena.hive_ddl.create_table import create_table
from lakestack_aws.athena.hive_ddl.databases import alter_database, create_database, drop_database, show_databases
from lakestack_aws.athena.hive_ddl.describe import describe
from lakestack_aws.athena.hive_ddl.iceberg_tables import vacuum
from lakestack_aws.athena.hive_ddl.partitions import (
    add_partitions,
    drop_partitions,
    repair_table,
    set_partition_location,
    show_partitions,
)
from lakestack_aws.athena.hive_ddl.prepared import deallocate, prepare
from lakestack_aws.athena.hive_ddl.show import show_columns, show_properties, show_tables
from lakestack_aws.athena.hive_ddl.show_create_table import show_create_table
from lakestack_aws.athena.hive_ddl.tables import (
    add_columns,
    change_column,
    drop_column,
    drop_table,
    rename_table,
    replace_columns,
    set_location,
    set_properties,
)
from lakestack_aws.athena.hive_ddl.views import show_create_view
from lakestack_aws.athena.sql_tokens import Cursor, TokenError, hive_tokens, trino_tokens

type Reader = Callable[[Cursor], Command]


def _location(cursor: Cursor) -> Command:
    is_of_partition = any(token.is_word("PARTITION") for token in cursor.tokens)
    return (set_partition_location if is_of_partition else set_location)(cursor)


READERS: dict[str, Reader] = {
    "CREATE_DATABASE": create_database,
    "ALTER_DATABASE_SET_DBPROPERTIES": alter_database,
    "DROP_DATABASE": drop_database,
    "CREATE_TABLE": create_table,
    "DROP_TABLE": drop_table,
    "ALTER_TABLE_ADD_COLUMN": add_columns,
    "ALTER_TABLE_REPLACE_COLUMN": replace_columns,
    "ALTER_TABLE_CHANGE_COLUMN": change_column,
    "ALTER_TABLE_DROP_COLUMN": drop_column,
    "ALTER_TABLE_SET_TBLPROPERTIES": set_properties,
    "ALTER_TABLE_SET_LOCATION": _location,
    "ALTER_TABLE_ADD_PARTITION": add_partitions,
    "ALTER_TABLE_DROP_PARTITION": drop_partitions,
    "ALTER_TABLE_RENAME": rename_table,
    "MSCK_REPAIR": repair_table,
    "SHOW_TABLES": show_tables,
    "SHOW_VIEWS": show_tables,
    "SHOW_DATABASES": show_databases,
    "SHOW_COLUMNS": show_columns,
    "SHOW_PARTITIONS": show_partitions,
    "SHOW_TABLE_PROPERTIES": show_properties,
    "SHOW_CREATE_TABLE": show_create_table,
    "SHOW_CREATE_VIEW": show_create_view,
    "DESCRIBE_TABLE": describe,
    "PREPARE": prepare,
    "DEALLOCATE": deallocate,
    "VACUUM": vacuum,
}
# Statements on the catalog that are nevertheless written as Trino writes: names in double quotes.
_IN_TRINOS_SPELLING = {"SHOW_CREATE_VIEW", "PREPARE", "DEALLOCATE", "VACUUM"}


def parse(statement: str, sql: str) -> Command:
    """Read a statement.

    Args:
        statement: What the router calls it.
        sql: Its text.

    Raises:
        SyntaxProblem: It does not read as that statement.
        MalformedQueryError: A string or name does not end, or Athena's form of the statement is not implemented.
    """
    reader = READERS.get(statement)
    if reader is None:
        raise MalformedQueryError(f"Queries of this type are not supported: {statement} is not implemented by lakestack")
    try:
        tokens = trino_tokens(sql) if statement in _IN_TRINOS_SPELLING else hive_tokens(sql)
    except TokenError as error:
        raise MalformedQueryError(f"line 1:1: a string, name or comment does not end: {error}") from error
    return reader(Cursor(tokens, sql))


__all__ = ["READERS", "Command", "Context", "parse"]
