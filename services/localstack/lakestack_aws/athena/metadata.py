"""The data catalog as Athena's own operations show it.

Source: https://docs.aws.amazon.com/athena/latest/APIReference/API_TableMetadata.html (as at 2026-11-22); the names of the parameters as measured and
published (2026-10).
"""

import re
from typing import Any

from lakestack_aws.athena.catalog import Catalog, CatalogError, Table
from lakestack_aws.athena.errors import InvalidRequestError, MetadataError, entity_not_found

CATALOG_NAME = "AwsDataCatalog"


def demand_catalog(name: str) -> None:
    """Refuse any catalog but the one that there is.

    Raises:
        InvalidRequestError: It is another.
    """
    if name.lower() != CATALOG_NAME.lower():
        raise InvalidRequestError(f"DataCatalog {name} was not found")


def database_payload(database: dict[str, Any]) -> dict[str, Any]:
    payload = {"Name": database["Name"]}
    if database.get("Description"):
        payload["Description"] = database["Description"]
    if database.get("Parameters"):
        payload["Parameters"] = database["Parameters"]
    return payload


def table_payload(table: Table) -> dict[str, Any]:
    """Return a table as GetTableMetadata answers it: storage is told in the parameters."""
    storage = table.get("StorageDescriptor") or {}
    serde = storage.get("SerdeInfo") or {}
    told = {
        "location": storage.get("Location"),
        "inputformat": storage.get("InputFormat"),
        "outputformat": storage.get("OutputFormat"),
        "serde.serialization.lib": serde.get("SerializationLibrary"),
        **{f"serde.param.{key}": value for key, value in (serde.get("Parameters") or {}).items()},
    }
    payload = {
        "Name": table["Name"],
        "TableType": table.get("TableType") or "EXTERNAL_TABLE",
        "Columns": [_column(column) for column in storage.get("Columns", ())],
        "PartitionKeys": [_column(column) for column in table.get("PartitionKeys", ())],
        "Parameters": {**(table.get("Parameters") or {}), **{key: value for key, value in told.items() if value is not None}},
    }
    times = {"CreateTime": table.get("CreateTime"), "LastAccessTime": table.get("LastAccessTime")}
    return payload | {member: moment for member, moment in times.items() if moment is not None}


def _column(column: dict[str, Any]) -> dict[str, Any]:
    return {member: column[member] for member in ("Name", "Type", "Comment") if member in column}


def get_database(catalog: Catalog, name: str) -> dict[str, Any]:
    """Return a database.

    Raises:
        MetadataError: It is not there.
    """
    database = catalog.database(name)
    if database is None:
        raise MetadataError(entity_not_found(f"Database {name} not found."))
    return database_payload(database)


def get_table(catalog: Catalog, database: str, name: str) -> dict[str, Any]:
    """Return a table.

    Raises:
        MetadataError: It is not there.
    """
    table = catalog.table(database, name)
    if table is None:
        raise MetadataError(entity_not_found(f"Entity Not Found {name}"))
    return table_payload(table)


def list_tables(catalog: Catalog, database: str, expression: str | None) -> list[Table]:
    """Return a database's tables whose names hold the regular expression `expression`.

    Raises:
        MetadataError: The database is not there, or the expression is none.
    """
    try:
        wanted = re.compile(expression or "", re.IGNORECASE)
    except re.error as error:
        raise MetadataError(f"{expression!r} is not a regular expression: {error}") from error
    try:
        return [table for table in catalog.tables(database) if wanted.search(table["Name"])]
    except CatalogError as error:
        raise MetadataError(entity_not_found(f"Database {database} not found.") if error.is_not_found else error.message) from error
