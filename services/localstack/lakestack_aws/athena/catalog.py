"""The Glue catalog as Athena uses it: through the Glue API alone, names in lower case."""

from collections.abc import Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError

type Table = dict[str, Any]

# The most that BatchCreatePartition and BatchDeletePartition take at once.
_CREATED_AT_ONCE = 100
_DELETED_AT_ONCE = 25

# What a table's output has and its input has not.
_OUTPUT_ONLY = {
    *("DatabaseName", "CreateTime", "UpdateTime", "CreatedBy", "IsRegisteredWithLakeFormation", "CatalogId", "VersionId", "FederatedTable"),
    *("IsMultiDialectView", "Status", "IsMaterializedView"),
}


class CatalogError(Exception):
    """Glue refused a call.

    Attributes:
        code: Glue's, such as `EntityNotFoundException`.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def is_not_found(self) -> bool:
        return self.code == "EntityNotFoundException"


class Catalog:
    """One account's databases and tables, as a Glue client sees them."""

    def __init__(self, glue: Any) -> None:
        self._glue = glue

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        try:
            return getattr(self._glue, operation)(**arguments)
        except ClientError as error:
            raise CatalogError(error.response["Error"]["Code"], error.response["Error"]["Message"]) from error

    def _all(self, operation: str, member: str, **arguments: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        token: dict[str, str] = {}
        while True:
            page = self._call(operation, **arguments, **token)
            found += page[member]
            if not page.get("NextToken"):
                return found
            token = {"NextToken": page["NextToken"]}

    def database(self, name: str) -> dict[str, Any] | None:
        return self._found("get_database", "Database", Name=name)

    def databases(self) -> list[dict[str, Any]]:
        return self._all("get_databases", "DatabaseList")

    def create_database(self, database_input: Mapping[str, Any]) -> None:
        self._call("create_database", DatabaseInput=database_input)

    def update_database(self, name: str, database_input: Mapping[str, Any]) -> None:
        self._call("update_database", Name=name, DatabaseInput=database_input)

    def delete_database(self, name: str) -> None:
        self._call("delete_database", Name=name)

    def table(self, database: str, name: str) -> Table | None:
        """Return a table; None when it, or its database, is not there."""
        return self._found("get_table", "Table", DatabaseName=database, Name=name)

    def tables(self, database: str) -> list[Table]:
        """Return a database's tables by name.

        Raises:
            CatalogError: The database is not there.
        """
        return sorted(self._all("get_tables", "TableList", DatabaseName=database), key=lambda table: table["Name"])

    def create_table(self, database: str, table_input: Mapping[str, Any]) -> None:
        self._call("create_table", DatabaseName=database, TableInput=table_input)

    def update_table(self, table: Table) -> None:
        """Replace a table by `table`, which GetTable answered and the caller has changed."""
        table_input = {member: value for member, value in table.items() if member not in _OUTPUT_ONLY}
        version = {"VersionId": table["VersionId"]} if "VersionId" in table else {}
        self._call("update_table", DatabaseName=table["DatabaseName"], TableInput=table_input, **version)

    def delete_table(self, database: str, name: str) -> None:
        self._call("delete_table", DatabaseName=database, Name=name)

    def partitions(self, database: str, table: str, expression: str | None = None) -> list[dict[str, Any]]:
        limit = {"Expression": expression} if expression else {}
        return self._all("get_partitions", "Partitions", DatabaseName=database, TableName=table, **limit)

    def partition(self, database: str, table: str, values: list[str]) -> dict[str, Any] | None:
        return self._found("get_partition", "Partition", DatabaseName=database, TableName=table, PartitionValues=values)

    def create_partitions(self, database: str, table: str, partitions: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Add partitions; return Glue's `Errors`, of those that are there already for instance."""
        errors = []
        for batch in _batches(partitions, _CREATED_AT_ONCE):
            errors += self._call("batch_create_partition", DatabaseName=database, TableName=table, PartitionInputList=batch).get("Errors", [])
        return errors

    def delete_partitions(self, database: str, table: str, values: list[list[str]]) -> list[dict[str, Any]]:
        """Remove partitions; return Glue's `Errors`."""
        errors = []
        for batch in _batches(values, _DELETED_AT_ONCE):
            wanted = [{"Values": one} for one in batch]
            errors += self._call("batch_delete_partition", DatabaseName=database, TableName=table, PartitionsToDelete=wanted).get("Errors", [])
        return errors

    def update_partition(self, database: str, table: str, partition: dict[str, Any]) -> None:
        members = ("Values", "StorageDescriptor", "Parameters", "LastAccessTime")
        changed = {member: partition[member] for member in members if member in partition}
        self._call("update_partition", DatabaseName=database, TableName=table, PartitionValueList=partition["Values"], PartitionInput=changed)

    def _found(self, operation: str, member: str, **arguments: Any) -> dict[str, Any] | None:
        try:
            return self._call(operation, **arguments)[member]
        except CatalogError as error:
            if error.is_not_found:
                return None
            raise


def is_delta(table: Table) -> bool:
    """Say whether a table is Delta's, as Trino and Athena decide it."""
    parameters = table.get("Parameters") or {}
    return "delta" in (parameters.get("spark.sql.sources.provider", "").lower(), parameters.get("table_type", "").lower())


def is_iceberg(table: Table) -> bool:
    return (table.get("Parameters") or {}).get("table_type", "").upper() == "ICEBERG"


def is_view(table: Table) -> bool:
    return table.get("TableType") == "VIRTUAL_VIEW"


def location_of(table: Table) -> str:
    """Return where a table's data lies; '' when it has none."""
    return (table.get("StorageDescriptor") or {}).get("Location") or ""


def _batches[T](items: list[T], size: int) -> Iterable[list[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
