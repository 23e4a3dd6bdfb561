"""What a Delta table's own log says of it: read with delta-rs, checkpoints included, without a JVM.

Source of the types: https://github.com/delta-io/delta/blob/master/PROTOCOL.md#schema-serialization-format (as at 2026-11-23)
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import ClientError


class DeltaLogError(Exception):
    """A Delta log cannot be read."""


class NoDeltaLogError(DeltaLogError):
    """There is no Delta log at a location."""


@dataclass(frozen=True, slots=True)
class DeltaTable:
    """The newest state of a Delta table.

    Attributes:
        version: The log's version.
        schema_string: The schema as JSON, as the log holds it: Spark's form.
        columns: Name and Hive type of every column, partition columns included, in the schema's order.
        partition_columns: The names of those by which the files are partitioned, in their order.
        last_commit_timestamp: Milliseconds since 1970 of the newest commit; None if its file was cleaned away.
    """

    version: int
    schema_string: str
    columns: tuple[tuple[str, str], ...]
    partition_columns: tuple[str, ...]
    last_commit_timestamp: int | None

    @property
    def data_columns(self) -> tuple[tuple[str, str], ...]:
        return tuple(column for column in self.columns if column[0] not in self.partition_columns)

    @property
    def partition_keys(self) -> tuple[tuple[str, str], ...]:
        types = dict(self.columns)
        return tuple((name, types[name]) for name in self.partition_columns)


def describe_delta_table(location: str, storage_options: Mapping[str, str] | None = None) -> DeltaTable:
    """Return what the log under `location` says.

    Args:
        location: s3://…, s3a://…, file://… or a path.
        storage_options: delta-rs's; the default reaches S3 at the endpoint of AWS_ENDPOINT_URL.

    Raises:
        NoDeltaLogError: There is no log, or no bucket.
        DeltaLogError: The log cannot be read.
    """
    # 25 MB and 0.1 s that a stack without Delta tables does not need.
    import deltalake  # noqa: PLC0415
    from deltalake.exceptions import DeltaError, TableNotFoundError  # noqa: PLC0415

    try:
        table = deltalake.DeltaTable(_uri(location), storage_options=dict(storage_options or _endpoint_options()))
        schema_string = table.schema().to_json()
    except TableNotFoundError as error:
        raise NoDeltaLogError(f"There is no Delta log at {location}. Write the table first, or correct the location.") from error
    except (DeltaError, OSError, ValueError) as error:
        raise DeltaLogError(f"The Delta log at {location} cannot be read: {error}") from error
    return DeltaTable(
        version=table.version(),
        schema_string=schema_string,
        columns=columns_of_schema(schema_string),
        partition_columns=tuple(table.metadata().partition_columns),
        last_commit_timestamp=_commit_timestamp(location, table.version()),
    )


def _commit_timestamp(location: str, version: int) -> int | None:
    """Return when a version was committed.

    Not by delta-rs's history(): it keeps the interpreter's lock (deltalake 1.6.6) while it waits for S3, which is served by this
    very process. Opening a table does not.
    """
    try:
        lines = _read(f"{location.rstrip('/')}/_delta_log/{version:020}.json").splitlines()
    except (ClientError, OSError):
        return None
    for action in map(json.loads, lines):
        if commit := action.get("commitInfo"):
            return commit.get("inCommitTimestamp", commit.get("timestamp"))
    return None


def _read(location: str) -> bytes:
    place = urlsplit(_uri(location))
    if place.scheme == "s3":
        return boto3.client("s3").get_object(Bucket=place.netloc, Key=place.path.lstrip("/"))["Body"].read()
    return Path(place.path).read_bytes()


def columns_of_schema(schema_string: str) -> tuple[tuple[str, str], ...]:
    """Return name and Hive type of each column of a schema in Delta's JSON form."""
    return tuple((field["name"], hive_type(field["type"])) for field in json.loads(schema_string)["fields"])


_HIVE_TYPES = {
    "byte": "tinyint",
    "short": "smallint",
    "integer": "int",
    "long": "bigint",
    # Athena and Hive have no timestamp without a zone of its own.
    "timestamp_ntz": "timestamp",
}


def hive_type(delta_type: str | dict[str, Any]) -> str:
    """Return the Hive spelling of a Delta type: ``long`` is ``bigint``, a struct ``struct<name:type,…>``."""
    match delta_type:
        case {"type": "struct", "fields": fields}:
            return f"struct<{','.join(f'{field["name"]}:{hive_type(field["type"])}' for field in fields)}>"
        case {"type": "array", "elementType": element}:
            return f"array<{hive_type(element)}>"
        case {"type": "map", "keyType": key, "valueType": value}:
            return f"map<{hive_type(key)},{hive_type(value)}>"
        case str():
            return _HIVE_TYPES.get(delta_type, delta_type)
    raise DeltaLogError(f"{delta_type} is not a type of Delta's schema.")


def _uri(location: str) -> str:
    scheme, separator, rest = location.partition("://")
    return f"s3://{rest}" if separator and scheme in {"s3a", "s3n"} else location


def _endpoint_options() -> dict[str, str]:
    if not (endpoint := os.environ.get("AWS_ENDPOINT_URL")):
        return {}
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ALLOW_HTTP": "true",
        # The endpoint is on this machine: if it does not answer soon, it never will.
        "timeout": "10s",
        "retry_timeout": "10s",
        "max_retries": "2",
        "AWS_REGION": os.environ.get("AWS_REGION", "us-east-1"),
        "AWS_ACCESS_KEY_ID": os.environ.get("AWS_ACCESS_KEY_ID", "test"),
        "AWS_SECRET_ACCESS_KEY": os.environ.get("AWS_SECRET_ACCESS_KEY", "test"),
    }
