"""Fill in what engines leave out of the catalog: a Delta table's columns, and the marks on an Iceberg table's.

Spark registers a Delta table with a placeholder for its columns, and so does Trino. Engines do not mind, because they read the
log; everybody else (DESCRIBE, SQLAlchemy, awswrangler, Terraform) sees a table of one wrong column. On AWS a crawler mends that.
"""

import dataclasses
import itertools
import logging
from collections.abc import Callable

from lakestack_aws.delta_log import DeltaLogError, DeltaTable, NoDeltaLogError
from lakestack_aws.glue.catalog.records import Column, Table, TableInput

LOG = logging.getLogger(__name__)

PROVIDER = "spark.sql.sources.provider"
SCHEMA = "spark.sql.sources.schema"
# Hive's metastore held no longer values; Spark still splits there.
SCHEMA_PART_LENGTH = 4000
_PLACEHOLDERS = (
    # Spark, through Hive
    (("col", "array<string>"),),
    # Trino
    (("dummy", "string"),),
    (),
)


def heal_delta_entry[T: TableInput](table: T, describe: Callable[[str], DeltaTable]) -> T:
    """Return `table` with the columns, partition keys and schema of its Delta log, if it is a placeholder; else `table` itself.

    The parameters that it has stay. A log that is not there or cannot be read leaves the table as it is.
    """
    location = delta_location(table)
    if location is None or not _is_placeholder(table):
        return table
    try:
        delta = describe(location)
    except NoDeltaLogError:
        return table
    except DeltaLogError as error:
        LOG.warning("The columns of %s remain unknown. %s", table.name, error)
        return table
    given = {key: value for key, value in (table.parameters or {}).items() if not key.startswith(SCHEMA)}
    descriptor = table.storage_descriptor
    return dataclasses.replace(
        table,
        partition_keys=tuple(Column(name=name, type=kind) for name, kind in delta.partition_keys),
        storage_descriptor=dataclasses.replace(descriptor, columns=tuple(Column(name=name, type=kind) for name, kind in delta.data_columns)),
        parameters=delta_parameters(delta) | given,
    )


def delta_location(table: TableInput) -> str | None:
    """Return where the Delta table of this entry lies; None if it is not a Delta table's, or does not say."""
    provider = (table.parameters or {}).get(PROVIDER, "")
    if provider.lower() != "delta" or table.storage_descriptor is None or table.table_type == "VIRTUAL_VIEW":
        return None
    return (table.storage_descriptor.serde_info.parameters or {}).get("path")


def delta_parameters(delta: DeltaTable) -> dict[str, str]:
    """Return the parameters that Athena writes for a Delta table, but for those about its format.

    Source: glue tables made by Athena's DDL, recorded from real AWS in October 2026.
    """
    parts = ["".join(part) for part in itertools.batched(delta.schema_string, SCHEMA_PART_LENGTH, strict=False)]
    parameters = {
        "table_type": "delta",
        "delta.lastUpdateVersion": str(delta.version),
        f"{SCHEMA}.numParts": str(len(parts)),
    }
    parameters |= {f"{SCHEMA}.part.{number}": part for number, part in enumerate(parts)}
    if delta.last_commit_timestamp is not None:
        parameters["delta.lastCommitTimestamp"] = str(delta.last_commit_timestamp)
    if delta.partition_columns:
        parameters[f"{SCHEMA}.numPartCols"] = str(len(delta.partition_columns))
        parameters |= {f"{SCHEMA}.partCol.{number}": name for number, name in enumerate(delta.partition_columns)}
    return parameters


def _is_placeholder(table: TableInput) -> bool:
    columns = tuple((column.name, column.type) for column in table.storage_descriptor.columns) if table.storage_descriptor else ()
    return columns in _PLACEHOLDERS


def mark_iceberg_columns(table: Table) -> Table:
    """Return an Iceberg table with iceberg.field.* on its columns, which AWS writes and Trino does not; any other table as it is.

    awswrangler takes only columns that are marked current. The ids are those of a table whose columns never changed:
    who needs the true ones reads the metadata file.
    """
    if (table.parameters or {}).get("table_type", "").lower() != "iceberg" or table.storage_descriptor is None:
        return table
    columns = tuple(
        dataclasses.replace(column, parameters=_iceberg_marks(position, column) | dict(column.parameters or {}))
        for position, column in enumerate(table.storage_descriptor.columns, start=1)
    )
    return dataclasses.replace(table, storage_descriptor=dataclasses.replace(table.storage_descriptor, columns=columns))


def _iceberg_marks(position: int, column: Column) -> dict[str, str]:
    is_required = (column.parameters or {}).get("trino_not_null") == "true"
    return {
        "iceberg.field.id": str(position),
        "iceberg.field.optional": "false" if is_required else "true",
        "iceberg.field.current": "true",
    }
