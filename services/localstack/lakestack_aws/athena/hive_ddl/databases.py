"""CREATE, ALTER and DROP DATABASE; SHOW DATABASES."""

from collections.abc import Mapping
from dataclasses import dataclass

from lakestack_aws.athena.catalog import CatalogError
from lakestack_aws.athena.hive_ddl.context import Command, Context, database_not_found, execution_error
from lakestack_aws.athena.hive_ddl.patterns import hive_pattern
from lakestack_aws.athena.hive_ddl.syntax import read_end, read_identifier, read_properties, read_string
from lakestack_aws.athena.outcomes import NOTHING, TextResult
from lakestack_aws.athena.sql_tokens import Cursor


@dataclass(frozen=True)
class CreateDatabase(Command):
    name: str
    may_exist: bool
    comment: str | None
    location: str | None
    properties: Mapping[str, str]

    def run(self, context: Context) -> TextResult:
        optional = {"Description": self.comment, "LocationUri": self.location, "Parameters": dict(self.properties) or None}
        try:
            context.catalog.create_database({"Name": self.name, **{member: value for member, value in optional.items() if value is not None}})
        except CatalogError as error:
            if error.code != "AlreadyExistsException":
                raise execution_error(error.message) from error
            if not self.may_exist:
                raise execution_error(f"Database {self.name} already exists") from error
        return NOTHING


def create_database(cursor: Cursor) -> CreateDatabase:
    """Read `CREATE DATABASE|SCHEMA [IF NOT EXISTS] name [COMMENT 'c'] [LOCATION 's3://…'] [WITH DBPROPERTIES (…)]`."""
    cursor.index += 2
    may_exist = cursor.take("IF", "NOT", "EXISTS")
    name = read_identifier(cursor)
    comment = location = None
    properties: dict[str, str] = {}
    while not cursor.is_at_end:
        if cursor.take("COMMENT"):
            comment = read_string(cursor)
        elif cursor.take("LOCATION"):
            location = read_string(cursor)
        else:
            cursor.expect("WITH", "DBPROPERTIES")
            properties = read_properties(cursor)
    return CreateDatabase(name, may_exist, comment, location, properties)


@dataclass(frozen=True)
class AlterDatabase(Command):
    name: str
    properties: Mapping[str, str]

    def run(self, context: Context) -> TextResult:
        database = context.catalog.database(self.name)
        if database is None:
            raise database_not_found(self.name)
        kept = {member: database[member] for member in ("Name", "Description", "LocationUri", "Parameters") if member in database}
        context.catalog.update_database(self.name, {**kept, "Parameters": {**kept.get("Parameters", {}), **self.properties}})
        return NOTHING


def alter_database(cursor: Cursor) -> AlterDatabase:
    """Read `ALTER DATABASE|SCHEMA name SET DBPROPERTIES (…)`."""
    cursor.index += 2
    name = read_identifier(cursor)
    cursor.expect("SET", "DBPROPERTIES")
    properties = read_properties(cursor)
    read_end(cursor)
    return AlterDatabase(name, properties)


@dataclass(frozen=True)
class DropDatabase(Command):
    name: str
    may_be_missing: bool
    is_cascade: bool

    def run(self, context: Context) -> TextResult:
        if context.catalog.database(self.name) is None:
            if self.may_be_missing:
                return NOTHING
            raise database_not_found(self.name)
        if not self.is_cascade and context.catalog.tables(self.name):
            raise execution_error(f"InvalidOperationException(message:Database {self.name} is not empty. One or more tables exist.)")
        context.catalog.delete_database(self.name)
        return NOTHING


def drop_database(cursor: Cursor) -> DropDatabase:
    """Read `DROP DATABASE|SCHEMA [IF EXISTS] name [RESTRICT|CASCADE]`."""
    cursor.index += 2
    may_be_missing = cursor.take("IF", "EXISTS")
    name = read_identifier(cursor)
    is_cascade = cursor.take("CASCADE")
    cursor.take("RESTRICT")
    read_end(cursor)
    return DropDatabase(name, may_be_missing, is_cascade)


@dataclass(frozen=True)
class ShowDatabases(Command):
    pattern: str | None

    def run(self, context: Context) -> TextResult:
        wanted = hive_pattern(self.pattern)
        return TextResult.lines("database_name", sorted(name for entry in context.catalog.databases() if wanted.fullmatch(name := entry["Name"])))


def show_databases(cursor: Cursor) -> ShowDatabases:
    """Read `SHOW DATABASES|SCHEMAS [LIKE 'pattern']`."""
    cursor.index += 2
    pattern = read_string(cursor) if cursor.take("LIKE") else None
    read_end(cursor)
    return ShowDatabases(pattern)
