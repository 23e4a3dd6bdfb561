"""CREATE TABLE and VACUUM of an Iceberg table: Iceberg's own metadata must be written, so Trino does it.

Source: https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-creating-tables.html (as at 2026-11-22).
"""

from dataclasses import dataclass

from lakestack_aws.athena.catalog import is_iceberg
from lakestack_aws.athena.errors import QueryFailed
from lakestack_aws.athena.hive_ddl.clauses import Clauses
from lakestack_aws.athena.hive_ddl.context import Command, Context
from lakestack_aws.athena.hive_ddl.engine import run_in_engine
from lakestack_aws.athena.hive_ddl.syntax import HiveColumn, TableName, read_end, read_identifier
from lakestack_aws.athena.outcomes import NOTHING, TextResult
from lakestack_aws.athena.rewriting import literal, quoted
from lakestack_aws.athena.sql_tokens import Cursor, Kind
from lakestack_aws.athena.table_writes import read_name

# Five days.
_SNAPSHOT_AGE_S = 432_000
_TRINO_TYPES = {"int": "integer", "float": "real", "string": "varchar", "binary": "varbinary", "timestamp": "timestamp(6)"}


@dataclass(frozen=True)
class CreateIcebergTable(Command):
    name: TableName
    may_exist: bool
    clauses: Clauses

    def run(self, context: Context) -> TextResult:
        database, table = context.locate(self.name)
        run_in_engine(context, database, self.trino_sql(database, table))
        return NOTHING

    def trino_sql(self, database: str, table: str) -> str:
        """Return the statement in Trino's words."""
        columns = ", ".join(trino_column(column) for column in self.clauses.columns)
        properties = [f"location = {literal((self.clauses.location or '').rstrip('/'))}"]
        if self.clauses.transforms:
            properties.append(f"partitioning = ARRAY[{', '.join(map(literal, self.clauses.transforms))}]")
        if file_format := self.clauses.properties.get("format"):
            properties.append(f"format = {literal(file_format.upper())}")
        comment = f" COMMENT {literal(self.clauses.comment)}" if self.clauses.comment is not None else ""
        may_exist = "IF NOT EXISTS " if self.may_exist else ""
        return f"CREATE TABLE {may_exist}{quoted('iceberg', database, table)} ({columns}){comment} WITH ({', '.join(properties)})"


@dataclass(frozen=True)
class Vacuum(Command):
    """Forgets old snapshots of an Iceberg table and removes the files that none needs.

    Source: https://docs.aws.amazon.com/athena/latest/ug/vacuum-statement.html (as at 2026-11-22).
    """

    name: TableName

    def run(self, context: Context) -> TextResult:
        database, table = context.locate(self.name)
        entry = context.table(self.name)
        if not is_iceberg(entry):
            raise QueryFailed.not_supported(f"Table {database}.{table} is no Iceberg table: VACUUM is for those alone")
        age_s = (entry.get("Parameters") or {}).get("vacuum_max_snapshot_age_seconds", _SNAPSHOT_AGE_S)
        for procedure in ("expire_snapshots", "remove_orphan_files"):
            statement = f"ALTER TABLE {quoted('iceberg', database, table)} EXECUTE {procedure}(retention_threshold => {literal(f'{age_s}s')})"
            run_in_engine(context, database, statement)
        return NOTHING


def vacuum(cursor: Cursor) -> Vacuum:
    """Read `VACUUM table`; the name may stand in double quotes, as in every statement of Trino's."""
    cursor.expect("VACUUM")
    parts = [part.lower() for part in read_name(cursor).parts]
    read_end(cursor)
    return Vacuum(TableName(parts[-2] if len(parts) > 1 else None, parts[-1]))


def read_transforms(cursor: Cursor) -> tuple[str, ...]:
    """Read `(category, day(ts), bucket(16, id))` and return it in Trino's order of arguments."""
    cursor.expect("(")
    transforms = []
    while True:
        name = read_identifier(cursor, "a column or transform")
        if cursor.take("("):
            arguments = [cursor.next(Kind.NUMBER, Kind.WORD, Kind.NAME, what="an argument").text.lower()]
            while cursor.take(","):
                arguments.append(cursor.next(Kind.NUMBER, Kind.WORD, Kind.NAME, what="an argument").text.lower())
            cursor.expect(")")
            # Athena writes bucket(16, id), Trino bucket(id, 16).
            name = f"{name}({', '.join(sorted(arguments, key=str.isdigit))})"
        transforms.append(name)
        if not cursor.take(","):
            break
    cursor.expect(")")
    return tuple(transforms)


def trino_column(column: HiveColumn) -> str:
    """Return a column in Trino's words, as an Iceberg table stores it."""
    comment = f" COMMENT {literal(column.comment)}" if column.comment is not None else ""
    return f"{quoted(column.name)} {trino_type(column.type)}{comment}"


def trino_type(hive_type: str) -> str:
    """Return a Glue type in Trino's words, as an Iceberg table stores it."""
    if hive_type.startswith("array<"):
        return f"array({trino_type(hive_type[6:-1])})"
    if hive_type.startswith("map<"):
        return f"map({', '.join(map(trino_type, _split(hive_type[4:-1])))})"
    if hive_type.startswith("struct<"):
        fields = (field.split(":", 1) for field in _split(hive_type[7:-1]))
        return f"row({', '.join(f'{quoted(name)} {trino_type(inner)}' for name, inner in fields)})"
    return _TRINO_TYPES.get(hive_type, hive_type)


def _split(inner: str) -> list[str]:
    """Split at the commas outside of all brackets."""
    parts, depth, start = [], 0, 0
    for index, character in enumerate(inner):
        depth += (character in "<(") - (character in ">)")
        if character == "," and depth == 0:
            parts.append(inner[start:index])
            start = index + 1
    return [*parts, inner[start:]]
