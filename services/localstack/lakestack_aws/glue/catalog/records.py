"""What the Data Catalog keeps, as immutable records in snake_case.

Each field is AWS's member of the same name (``location_uri`` is ``LocationUri``); wire.py translates by that rule.
A field that is None was not sent and is not returned. The defaults that are not None are those that AWS fills in, and on
which Trino and Spark's Glue client rely.

Source: https://docs.aws.amazon.com/glue/latest/webapi/API_Table.html and API_StorageDescriptor.html (as at 2026-11-23)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

type Parameters = Mapping[str, str]
# Members that the catalog stores and returns without reading them.
type Opaque = Mapping[str, Any]
type PartitionValues = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    name: str
    type: str | None = None
    comment: str | None = None
    parameters: Parameters | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    column: str
    sort_order: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SerdeInfo:
    name: str | None = None
    serialization_library: str | None = None
    parameters: Parameters | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageDescriptor:
    columns: tuple[Column, ...] = ()
    location: str | None = None
    additional_locations: tuple[str, ...] | None = None
    input_format: str | None = None
    output_format: str | None = None
    compressed: bool = False
    number_of_buckets: int = 0
    serde_info: SerdeInfo = field(default_factory=SerdeInfo)
    bucket_columns: tuple[str, ...] | None = None
    sort_columns: tuple[Order, ...] | None = None
    parameters: Parameters = field(default_factory=dict)
    skewed_info: Opaque | None = None
    stored_as_sub_directories: bool = False
    schema_reference: Opaque | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseInput:
    name: str
    description: str | None = None
    location_uri: str | None = None
    parameters: Parameters | None = None
    create_table_default_permissions: tuple[Opaque, ...] | None = None
    target_database: Opaque | None = None
    federated_database: Opaque | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Database(DatabaseInput):
    create_time: datetime
    catalog_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionIndex:
    index_name: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableInput:
    name: str
    description: str | None = None
    owner: str | None = None
    last_access_time: datetime | None = None
    last_analyzed_time: datetime | None = None
    retention: int = 0
    storage_descriptor: StorageDescriptor | None = None
    partition_keys: tuple[Column, ...] = ()
    view_original_text: str | None = None
    view_expanded_text: str | None = None
    table_type: str | None = None
    parameters: Parameters | None = None
    target_table: Opaque | None = None
    view_definition: Opaque | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(TableInput):
    """One version of a table; the store holds the current one and those archived before it."""

    database_name: str
    create_time: datetime
    update_time: datetime
    created_by: str
    catalog_id: str
    version_id: str
    is_registered_with_lake_formation: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionInput:
    values: PartitionValues = ()
    last_access_time: datetime | None = None
    storage_descriptor: StorageDescriptor | None = None
    parameters: Parameters | None = None
    last_analyzed_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition(PartitionInput):
    database_name: str
    table_name: str
    creation_time: datetime
    catalog_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnStatistics:
    column_name: str
    column_type: str
    analyzed_time: datetime
    statistics_data: Opaque
