"""What a statement on the catalog works with, and what it promises."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lakestack_aws.athena.catalog import Catalog, Table
from lakestack_aws.athena.errors import QueryFailed
from lakestack_aws.athena.hive_ddl.syntax import TableName
from lakestack_aws.athena.objects import Objects
from lakestack_aws.athena.outcomes import TextResult
from lakestack_aws.athena.prepared_statements import PreparedStatements
from lakestack_aws.athena.trino_protocol import Engine


@dataclass(frozen=True)
class Context:
    """One execution's surroundings.

    Attributes:
        database: For names without one.
        describe_delta: What the Delta log at a location says; see lakestack_aws.delta_log.
    """

    catalog: Catalog
    objects: Objects
    engine: Engine
    prepared: PreparedStatements
    describe_delta: Callable[[str], Any]
    database: str
    workgroup: str

    def locate(self, name: TableName) -> tuple[str, str]:
        """Return database and table of a name."""
        return name.database or self.database, name.table

    def table(self, name: TableName) -> Table:
        """Return a table.

        Raises:
            QueryFailed: It is not there.
        """
        database, table = self.locate(name)
        found = self.catalog.table(database, table)
        if found is None:
            raise table_not_found(database, table)
        return found


class Command(ABC):
    """A statement that has been read."""

    def check(self, context: Context) -> None:  # noqa: B027 - most statements have nothing to check
        """Refuse what AWS refuses before it starts a query.

        Raises:
            InvalidRequestError: It is refused.
        """

    @abstractmethod
    def run(self, context: Context) -> TextResult:
        """Do it.

        Raises:
            QueryFailed: It failed.
        """


def table_not_found(database: str, table: str) -> QueryFailed:
    return QueryFailed.in_hive(f"SemanticException [Error 10001]: Table not found {database}.{table}")


def database_not_found(database: str) -> QueryFailed:
    return QueryFailed.in_hive(f"SemanticException [Error 10072]: Database does not exist: {database}")


def execution_error(message: str) -> QueryFailed:
    """Return the failure of a statement that reads well and cannot be done."""
    return QueryFailed.in_hive(f"Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. {message}")
