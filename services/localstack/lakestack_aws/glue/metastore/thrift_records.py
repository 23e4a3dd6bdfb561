"""Translate between the catalog's records and Hive's Thrift structures.

Hive's client unboxes what Glue may leave out, and fails on null: so every structure that goes out is complete.
"""

import time
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from hive_metastore import ttypes

from lakestack_aws.glue.catalog.records import (
    Column,
    Database,
    DatabaseInput,
    Order,
    Partition,
    PartitionInput,
    SerdeInfo,
    StorageDescriptor,
    Table,
    TableInput,
)
from lakestack_aws.glue.metastore.partition_names import partition_name

# Hive's client knows these, and fails on any other that a table may have in Glue.
HIVE_TABLE_TYPES = {"MANAGED_TABLE", "EXTERNAL_TABLE", "VIRTUAL_VIEW", "MATERIALIZED_VIEW"}
LAST_DDL_TIME = "transient_lastDdlTime"


def thrift_database(database: Database) -> ttypes.Database:
    return ttypes.Database(
        name=database.name,
        description=database.description or "",
        locationUri=database.location_uri or "",
        parameters=dict(database.parameters or {}),
        ownerName="",
        ownerType=ttypes.PrincipalType.USER,
    )


def database_input(database: ttypes.Database) -> DatabaseInput:
    return DatabaseInput(
        name=database.name,
        description=database.description or None,
        location_uri=database.locationUri or None,
        parameters=database.parameters or None,
    )


def thrift_table(table: Table) -> ttypes.Table:
    return ttypes.Table(
        tableName=table.name,
        dbName=table.database_name,
        owner=table.owner or "",
        ownerType=ttypes.PrincipalType.USER,
        createTime=_seconds(table.create_time),
        lastAccessTime=_seconds(table.last_access_time),
        retention=table.retention,
        sd=_thrift_descriptor(table.storage_descriptor or StorageDescriptor()),
        partitionKeys=thrift_columns(table.partition_keys),
        parameters=_thrift_parameters(table),
        viewOriginalText=table.view_original_text,
        viewExpandedText=table.view_expanded_text,
        tableType=table.table_type if table.table_type in HIVE_TABLE_TYPES else "EXTERNAL_TABLE",
        rewriteEnabled=False,
    )


def table_input(table: ttypes.Table, default_location: str | None = None) -> TableInput:
    """Return what is to be stored of a table that Hive's client made or changed.

    Args:
        table: As received.
        default_location: Where the table lies if it does not say; None for views, which lie nowhere.
    """
    parameters = dict(table.parameters or {})
    description = parameters.pop("comment", None)
    return TableInput(
        name=table.tableName,
        description=description,
        owner=table.owner or None,
        retention=table.retention or 0,
        storage_descriptor=_descriptor(table.sd, default_location),
        partition_keys=_columns(table.partitionKeys),
        view_original_text=table.viewOriginalText or None,
        view_expanded_text=table.viewExpandedText or None,
        table_type=table.tableType,
        parameters={LAST_DDL_TIME: str(int(time.time()))} | parameters,
    )


def thrift_partition(partition: Partition, table: Table) -> ttypes.Partition:
    descriptor = partition.storage_descriptor or table.storage_descriptor or StorageDescriptor()
    thrift = ttypes.Partition(
        values=list(partition.values),
        dbName=partition.database_name,
        tableName=partition.table_name,
        createTime=_seconds(partition.creation_time),
        lastAccessTime=_seconds(partition.last_access_time),
        sd=_thrift_descriptor(descriptor),
        parameters=dict(partition.parameters or {}),
    )
    if partition.storage_descriptor is None or not thrift.sd.location:
        thrift.sd.location = default_partition_location(table, partition.values)
    return thrift


def partition_input(partition: ttypes.Partition, table: Table) -> PartitionInput:
    values = tuple(partition.values)
    descriptor = partition.sd or thrift_table(table).sd
    if partition.sd is None:
        descriptor.location = None
    return PartitionInput(
        values=values,
        storage_descriptor=_descriptor(descriptor, default_partition_location(table, values)),
        parameters=partition.parameters or {},
    )


def default_partition_location(table: Table, values: Iterable[str]) -> str:
    location = (table.storage_descriptor.location if table.storage_descriptor else None) or ""
    return f"{location.rstrip('/')}/{partition_name(table.partition_keys, values)}"


def thrift_columns(columns: Iterable[Column]) -> list[ttypes.FieldSchema]:
    return [ttypes.FieldSchema(name=column.name, type=column.type or "string", comment=column.comment) for column in columns]


def _thrift_parameters(table: Table) -> dict[str, str]:
    """Hive keeps a table's comment among its parameters, Glue in a member of its own."""
    comment = {"comment": table.description} if table.description else {}
    return dict(table.parameters or {}) | comment


def _columns(columns: Iterable[ttypes.FieldSchema] | None) -> tuple[Column, ...]:
    return tuple(Column(name=column.name, type=column.type, comment=column.comment) for column in columns or ())


def _thrift_descriptor(descriptor: StorageDescriptor) -> ttypes.StorageDescriptor:
    serde = descriptor.serde_info
    return ttypes.StorageDescriptor(
        cols=thrift_columns(descriptor.columns),
        # Not "": Spark makes a path of whatever is not null.
        location=descriptor.location,
        inputFormat=descriptor.input_format,
        outputFormat=descriptor.output_format,
        compressed=descriptor.compressed,
        numBuckets=descriptor.number_of_buckets,
        serdeInfo=ttypes.SerDeInfo(name=serde.name, serializationLib=serde.serialization_library, parameters=dict(serde.parameters or {})),
        bucketCols=list(descriptor.bucket_columns or ()),
        sortCols=[ttypes.Order(col=order.column, order=order.sort_order) for order in descriptor.sort_columns or ()],
        parameters=dict(descriptor.parameters),
        skewedInfo=_thrift_skewed_info(descriptor),
        storedAsSubDirectories=descriptor.stored_as_sub_directories,
    )


def _thrift_skewed_info(descriptor: StorageDescriptor) -> ttypes.SkewedInfo:
    skewed: Any = descriptor.skewed_info or {}
    return ttypes.SkewedInfo(skewedColNames=list(skewed.get("SkewedColumnNames", ())), skewedColValues=[], skewedColValueLocationMaps={})


def _descriptor(descriptor: ttypes.StorageDescriptor | None, default_location: str | None) -> StorageDescriptor:
    descriptor = descriptor or ttypes.StorageDescriptor()
    serde = descriptor.serdeInfo or ttypes.SerDeInfo()
    return StorageDescriptor(
        columns=_columns(descriptor.cols),
        location=descriptor.location or default_location,
        input_format=descriptor.inputFormat,
        output_format=descriptor.outputFormat,
        compressed=bool(descriptor.compressed),
        number_of_buckets=descriptor.numBuckets or 0,
        serde_info=SerdeInfo(name=serde.name or None, serialization_library=serde.serializationLib, parameters=serde.parameters or {}),
        bucket_columns=tuple(descriptor.bucketCols or ()),
        sort_columns=tuple(Order(column=order.col, sort_order=order.order) for order in descriptor.sortCols or ()),
        parameters=descriptor.parameters or {},
        stored_as_sub_directories=bool(descriptor.storedAsSubDirectories),
    )


def _seconds(moment: datetime | None) -> int:
    return int(moment.timestamp()) if moment else 0
