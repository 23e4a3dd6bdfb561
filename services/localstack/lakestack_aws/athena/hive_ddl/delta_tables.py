"""Delta tables in Glue: the entry that Athena, Trino, Spark and delta-rs all read.

Source: what Athena writes for `TBLPROPERTIES ('table_type' = 'DELTA')`, as measured and published (2026-10).
"""

from collections.abc import Callable
from typing import Any

from lakestack_aws.athena.errors import QueryFailed
from lakestack_aws.athena.hive_ddl.formats import SEQUENCE
from lakestack_aws.delta_log import DeltaLogError, DeltaTable

# Glue's limit for one parameter's value is far higher; Spark splits here.
_SCHEMA_PART = 4000


def table_input(table: str, location: str, comment: str | None, describe: Callable[[str], DeltaTable]) -> dict[str, Any]:
    """Return a Delta table for Glue, from the log at `location`.

    Raises:
        QueryFailed: There is no log, or it cannot be read.
    """
    try:
        delta = describe(location)
    except DeltaLogError as error:
        raise QueryFailed(f"GENERIC_USER_ERROR: {error}") from error
    return {
        "Name": table,
        "TableType": "EXTERNAL_TABLE",
        "Retention": 0,
        "PartitionKeys": [{"Name": name, "Type": hive_type} for name, hive_type in delta.partition_keys],
        "Parameters": _parameters(delta) | ({} if comment is None else {"comment": comment}),
        "StorageDescriptor": {
            "Columns": [{"Name": name, "Type": hive_type} for name, hive_type in delta.data_columns],
            "Location": location,
            "InputFormat": SEQUENCE.input_format,
            "OutputFormat": SEQUENCE.output_format,
            "Compressed": False,
            "NumberOfBuckets": -1,
            "SerdeInfo": {"SerializationLibrary": SEQUENCE.serde, "Parameters": {"serialization.format": "1", "path": location}},
            "BucketColumns": [],
            "SortColumns": [],
            "Parameters": {},
            "StoredAsSubDirectories": False,
        },
    }


def _parameters(delta: DeltaTable) -> dict[str, str]:
    parts = [delta.schema_string[start : start + _SCHEMA_PART] for start in range(0, len(delta.schema_string), _SCHEMA_PART)]
    parameters = {
        "EXTERNAL": "TRUE",
        "table_type": "delta",
        "spark.sql.sources.provider": "delta",
        "spark.sql.partitionProvider": "catalog",
        "spark.sql.sources.schema.numParts": str(len(parts)),
        "delta.lastUpdateVersion": str(delta.version),
        **{f"spark.sql.sources.schema.part.{index}": part for index, part in enumerate(parts)},
    }
    if delta.partition_columns:
        parameters["spark.sql.sources.schema.numPartCols"] = str(len(delta.partition_columns))
        parameters |= {f"spark.sql.sources.schema.partCol.{index}": name for index, name in enumerate(delta.partition_columns)}
    if delta.last_commit_timestamp is not None:
        parameters["delta.lastCommitTimestamp"] = str(delta.last_commit_timestamp)
    return parameters
