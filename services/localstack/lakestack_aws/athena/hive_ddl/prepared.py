"""PREPARE and DEALLOCATE PREPARE as statements: they write the work group's prepared statements.

Source: https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements.html (as at 2026-11-22).
"""

from dataclasses import dataclass

from lakestack_aws.athena.hive_ddl.context import Command, Context
from lakestack_aws.athena.hive_ddl.syntax import read_end
from lakestack_aws.athena.outcomes import NOTHING, TextResult
from lakestack_aws.athena.sql_tokens import Cursor, Kind


@dataclass(frozen=True)
class Prepare(Command):
    name: str
    query: str

    def run(self, context: Context) -> TextResult:
        known = {statement.name for statement in context.prepared.list(context.workgroup)}
        write = context.prepared.update if self.name in known else context.prepared.create
        write(context.workgroup, self.name, self.query, None)
        return NOTHING


def prepare(cursor: Cursor) -> Prepare:
    """Read `PREPARE name FROM statement`."""
    cursor.expect("PREPARE")
    name = cursor.next(Kind.WORD, Kind.NAME, what="a name").text
    cursor.expect("FROM")
    if cursor.current is None:
        raise cursor.problem("a statement")
    return Prepare(name, cursor.sql[cursor.current.start :])


@dataclass(frozen=True)
class Deallocate(Command):
    name: str

    def check(self, context: Context) -> None:
        context.prepared.get(context.workgroup, self.name)

    def run(self, context: Context) -> TextResult:
        context.prepared.delete(context.workgroup, self.name)
        return NOTHING


def deallocate(cursor: Cursor) -> Deallocate:
    """Read `DEALLOCATE PREPARE name`."""
    cursor.expect("DEALLOCATE", "PREPARE")
    name = cursor.next(Kind.WORD, Kind.NAME, what="a name").text
    read_end(cursor)
    return Deallocate(name)
