"""CREATE EXTERNAL TABLE: from Hive's words to a Glue TableInput.

Source: https://docs.aws.amazon.com/athena/latest/ug/create-table.html (as at 2026-11-22); what Athena adds to the parameters as measured and
published (2026-10).
"""

import time
from dataclasses import dataclass
from typing import Any

from lakestack_aws.athena.catalog import CatalogError
from lakestack_aws.athena.errors import MalformedQueryError
from lakestack_aws.athena.hive_ddl import delta_tables
from lakestack_aws.athena.hive_ddl.clauses import Clauses
from lakestack_aws.athena.hive_ddl.context import Command, Context, database_not_found, execution_error
from lakestack_aws.athena.hive_ddl.formats import FORMATS, TEXT, StorageFormat
from lakestack_aws.athena.hive_ddl.iceberg_tables import CreateIcebergTable, read_transforms
from lakestack_aws.athena.hive_ddl.syntax import TableName, read_columns, read_identifier, read_properties, read_string, read_table_name
from lakestack_aws.athena.outcomes import NOTHING, TextResult
from lakestack_aws.athena.sql_tokens import Cursor, Kind

# Hive's own spelling of `colelction.delim`; readers look for it.
_DELIMITERS = (
    (("COLLECTION", "ITEMS", "TERMINATED", "BY"), "colelction.delim"),
    (("MAP", "KEYS", "TERMINATED", "BY"), "mapkey.delim"),
    (("LINES", "TERMINATED", "BY"), "line.delim"),
    (("NULL", "DEFINED", "AS"), "serialization.null.format"),
    (("ESCAPED", "BY"), "escape.delim"),
)


@dataclass(frozen=True)
class CreateTable(Command):
    name: TableName
    may_exist: bool
    clauses: Clauses

    def run(self, context: Context) -> TextResult:
        database, table = context.locate(self.name)
        if context.catalog.database(database) is None:
            raise database_not_found(database)
        if self.may_exist and context.catalog.table(database, table) is not None:
            return NOTHING
        try:
            context.catalog.create_table(database, self.table_input(context, table))
        except CatalogError as error:
            if error.code != "AlreadyExistsException":
                raise execution_error(error.message) from error
            if not self.may_exist:
                raise execution_error(f"AlreadyExistsException(message:Table {table} already exists)") from error
        return NOTHING

    def table_input(self, context: Context, table: str) -> dict[str, Any]:
        """Return the table for Glue."""
        location = (self.clauses.location or "").rstrip("/")
        if self.clauses.table_type == "DELTA":
            return delta_tables.table_input(table, location, self.clauses.comment, context.describe_delta)
        return hive_table_input(table, location, self.clauses)


def create_table(cursor: Cursor) -> Command:
    """Read CREATE [EXTERNAL] TABLE.

    Raises:
        SyntaxProblem: It does not read so.
        MalformedQueryError: It reads well and is nothing that Athena creates.
    """
    cursor.expect("CREATE")
    is_external = cursor.take("EXTERNAL")
    cursor.expect("TABLE")
    may_exist = cursor.take("IF", "NOT", "EXISTS")
    name = read_table_name(cursor)
    clauses = Clauses()
    if cursor.peek("("):
        clauses.columns = read_columns(cursor)
    while not cursor.is_at_end:
        _read_clause(cursor, clauses)
    if not clauses.location:
        raise MalformedQueryError("No location was specified for table. An S3 location must be specified")
    if clauses.table_type == "ICEBERG":
        return CreateIcebergTable(name, may_exist, clauses)
    if not is_external:
        raise MalformedQueryError("CREATE TABLE makes Iceberg tables alone: add EXTERNAL, or TBLPROPERTIES ('table_type' = 'ICEBERG')")
    if clauses.table_type == "DELTA":
        _demand_bare_delta(clauses)
    elif not clauses.columns and "avro.schema.literal" not in {**clauses.properties, **clauses.serde_properties}:
        raise MalformedQueryError("A table needs at least one column")
    return CreateTable(name, may_exist, clauses)


def _demand_bare_delta(clauses: Clauses) -> None:
    """Refuse what a Delta table takes from its log.

    Source: https://docs.aws.amazon.com/athena/latest/ug/delta-lake-tables.html (as at 2026-11-22): no columns, no SERDE, no other properties.
    """
    extra = {
        "columns": clauses.columns,
        "PARTITIONED BY": clauses.partitioned_by,
        "ROW FORMAT": clauses.row_format,
        "STORED AS": clauses.storage,
        "TBLPROPERTIES other than table_type": set(clauses.properties) - {"table_type"},
    }
    if found := [clause for clause, value in extra.items() if value]:
        raise MalformedQueryError(f"A Delta table takes its definition from its log: remove {', '.join(found)}")


def _read_clause(cursor: Cursor, clauses: Clauses) -> None:  # noqa: C901 - a table of cases
    if cursor.take("COMMENT"):
        clauses.comment = read_string(cursor)
    elif cursor.take("PARTITIONED", "BY"):
        if _has_transforms(cursor):
            clauses.transforms = read_transforms(cursor)
        else:
            clauses.partitioned_by = read_columns(cursor)
    elif cursor.take("CLUSTERED", "BY", "("):
        _read_buckets(cursor, clauses)
    elif cursor.take("ROW", "FORMAT", "DELIMITED"):
        clauses.row_format = "DELIMITED"
        clauses.serde_properties |= _read_delimiters(cursor)
    elif cursor.take("ROW", "FORMAT", "SERDE"):
        clauses.row_format = read_string(cursor)
    elif cursor.take("WITH", "SERDEPROPERTIES"):
        clauses.serde_properties |= read_properties(cursor)
    elif cursor.take("STORED", "AS", "INPUTFORMAT"):
        clauses.storage = _read_formats(cursor, clauses.row_format)
    elif cursor.take("STORED", "AS"):
        clauses.storage = _read_format(cursor)
    elif cursor.take("LOCATION"):
        clauses.location = read_string(cursor)
    else:
        cursor.expect("TBLPROPERTIES")
        clauses.properties |= read_properties(cursor)


def _has_transforms(cursor: Cursor) -> bool:
    """Say whether `(category, day(ts))` is next: names without types."""
    after_name = cursor.tokens[cursor.index + 2] if cursor.index + 2 < len(cursor.tokens) else None
    return after_name is not None and after_name.kind is Kind.SYMBOL


def _read_buckets(cursor: Cursor, clauses: Clauses) -> None:
    names = [read_identifier(cursor)]
    while cursor.take(","):
        names.append(read_identifier(cursor))
    cursor.expect(")", "INTO")
    clauses.bucketed_by = tuple(names)
    clauses.bucket_count = int(cursor.next(Kind.NUMBER, what="a number").text)
    cursor.expect("BUCKETS")


def _read_delimiters(cursor: Cursor) -> dict[str, str]:
    delimiters = {}
    while not cursor.is_at_end:
        if cursor.take("FIELDS", "TERMINATED", "BY"):
            delimiters["field.delim"] = delimiters["serialization.format"] = read_string(cursor)
            continue
        for words, name in _DELIMITERS:
            if cursor.take(*words):
                delimiters[name] = read_string(cursor)
                break
        else:
            break
    return delimiters


def _read_formats(cursor: Cursor, serde: str | None) -> StorageFormat:
    input_format = read_string(cursor)
    cursor.expect("OUTPUTFORMAT")
    output_format = read_string(cursor)
    return StorageFormat(input_format, output_format, serde if serde and serde != "DELIMITED" else TEXT.serde)


def _read_format(cursor: Cursor) -> StorageFormat:
    name = cursor.next(Kind.WORD, what="a file format").text.upper()
    if name not in FORMATS:
        cursor.index -= 1
        raise cursor.problem(f"one of {', '.join(FORMATS)}")
    return FORMATS[name]


def hive_table_input(table: str, location: str, clauses: Clauses) -> dict[str, Any]:
    """Return a Hive table for Glue."""
    storage = clauses.storage or TEXT
    serde = clauses.row_format if clauses.row_format and clauses.row_format != "DELIMITED" else storage.serde
    parameters = {"EXTERNAL": "TRUE", "transient_lastDdlTime": str(int(time.time())), **clauses.properties}
    if clauses.comment is not None:
        parameters["comment"] = clauses.comment
    return {
        "Name": table,
        "TableType": "EXTERNAL_TABLE",
        "Retention": 0,
        "Parameters": parameters,
        "PartitionKeys": [column.to_glue() for column in clauses.partitioned_by],
        "StorageDescriptor": {
            "Columns": [column.to_glue() for column in clauses.columns],
            "Location": location,
            "InputFormat": storage.input_format,
            "OutputFormat": storage.output_format,
            "Compressed": False,
            "NumberOfBuckets": clauses.bucket_count,
            "SerdeInfo": {"SerializationLibrary": serde, "Parameters": {"serialization.format": "1", **clauses.serde_properties}},
            "BucketColumns": list(clauses.bucketed_by),
            "SortColumns": [],
            "Parameters": {},
            "StoredAsSubDirectories": False,
        },
    }
