"""Partitions and their indexes, as Glue's operations."""

import dataclasses

from lakestack_aws.errors import ServiceError
from lakestack_aws.glue.catalog.catalog import Catalog
from lakestack_aws.glue.catalog.paging import page
from lakestack_aws.glue.catalog.partitions import Segment
from lakestack_aws.glue.catalog.records import Partition, PartitionIndex, PartitionInput, Table
from lakestack_aws.glue.catalog.translation import Request, Response, error_detail, on_catalog, refuse, with_next_token
from lakestack_aws.glue.catalog.wire import decode, encode
from lakestack_aws.glue.errors import EntityNotFoundException

PAGE_SIZE = 1000


@on_catalog
def create_partition(catalog: Catalog, request: Request) -> Response:
    catalog.partitions.create(request["DatabaseName"], request["TableName"], decode(PartitionInput, request["PartitionInput"]))
    return {}


@on_catalog
def batch_create_partition(catalog: Catalog, request: Request) -> Response:
    database, table = request["DatabaseName"], request["TableName"]
    catalog.tables.find(database, table)
    errors = []
    for payload in request["PartitionInputList"]:
        given = decode(PartitionInput, payload)
        try:
            catalog.partitions.create(database, table, given)
        except ServiceError as error:
            errors.append({"PartitionValues": list(given.values), "ErrorDetail": error_detail(error)})
    return {"Errors": errors}


@on_catalog
def get_partition(catalog: Catalog, request: Request) -> Response:
    return {"Partition": encode(catalog.partitions.get(request["DatabaseName"], request["TableName"], tuple(request["PartitionValues"])))}


@on_catalog
def get_partitions(catalog: Catalog, request: Request) -> Response:
    refuse("GetPartitions", request, ["QueryAsOfTime"])
    segment = request.get("Segment")
    partitions = catalog.partitions.select(
        request["DatabaseName"],
        request["TableName"],
        request.get("Expression"),
        Segment(segment["SegmentNumber"], segment["TotalSegments"]) if segment else None,
    )
    chosen, token = page(partitions, lambda partition: partition.values, request.get("NextToken"), request.get("MaxResults", PAGE_SIZE))
    if request.get("ExcludeColumnSchema"):
        chosen = [_without_columns(partition) for partition in chosen]
    return with_next_token({"Partitions": [encode(partition) for partition in chosen]}, token)


@on_catalog
def batch_get_partition(catalog: Catalog, request: Request) -> Response:
    """Return those partitions that exist; UnprocessedKeys is for what AWS had no time for, which does not happen here."""
    database, table = request["DatabaseName"], request["TableName"]
    catalog.tables.find(database, table)
    found = []
    for key in request["PartitionsToGet"]:
        try:
            found.append(encode(catalog.partitions.get(database, table, tuple(key["Values"]))))
        except EntityNotFoundException:
            continue
    return {"Partitions": found, "UnprocessedKeys": []}


@on_catalog
def update_partition(catalog: Catalog, request: Request) -> Response:
    given = decode(PartitionInput, request["PartitionInput"])
    catalog.partitions.update(request["DatabaseName"], request["TableName"], tuple(request["PartitionValueList"]), given)
    return {}


@on_catalog
def batch_update_partition(catalog: Catalog, request: Request) -> Response:
    database, table = request["DatabaseName"], request["TableName"]
    catalog.tables.find(database, table)
    errors = []
    for entry in request["Entries"]:
        values = entry["PartitionValueList"]
        try:
            catalog.partitions.update(database, table, tuple(values), decode(PartitionInput, entry["PartitionInput"]))
        except ServiceError as error:
            errors.append({"PartitionValueList": values, "ErrorDetail": error_detail(error)})
    return {"Errors": errors}


@on_catalog
def delete_partition(catalog: Catalog, request: Request) -> Response:
    catalog.partitions.delete(request["DatabaseName"], request["TableName"], tuple(request["PartitionValues"]))
    return {}


@on_catalog
def batch_delete_partition(catalog: Catalog, request: Request) -> Response:
    database, table = request["DatabaseName"], request["TableName"]
    catalog.tables.find(database, table)
    errors = []
    for key in request["PartitionsToDelete"]:
        try:
            catalog.partitions.delete(database, table, tuple(key["Values"]))
        except ServiceError as error:
            errors.append({"PartitionValues": key["Values"], "ErrorDetail": error_detail(error)})
    return {"Errors": errors}


@on_catalog
def get_partition_indexes(catalog: Catalog, request: Request) -> Response:
    table, indexes = catalog.partitions.indexes(request["DatabaseName"], request["TableName"])
    return {"PartitionIndexDescriptorList": [_descriptor(table, index) for index in indexes]}


@on_catalog
def create_partition_index(catalog: Catalog, request: Request) -> Response:
    catalog.partitions.create_index(request["DatabaseName"], request["TableName"], decode(PartitionIndex, request["PartitionIndex"]))
    return {}


@on_catalog
def delete_partition_index(catalog: Catalog, request: Request) -> Response:
    catalog.partitions.delete_index(request["DatabaseName"], request["TableName"], request["IndexName"])
    return {}


def _without_columns(partition: Partition) -> Partition:
    if partition.storage_descriptor is None:
        return partition
    return dataclasses.replace(partition, storage_descriptor=dataclasses.replace(partition.storage_descriptor, columns=()))


def _descriptor(table: Table, index: PartitionIndex) -> Response:
    types = {key.name.lower(): key.type or "string" for key in table.partition_keys}
    keys = [{"Name": name, "Type": types[name.lower()]} for name in index.keys]
    return {"IndexName": index.index_name, "Keys": keys, "IndexStatus": "ACTIVE"}


PARTITION_OPERATIONS = {
    "CreatePartition": create_partition,
    "BatchCreatePartition": batch_create_partition,
    "GetPartition": get_partition,
    "GetPartitions": get_partitions,
    "BatchGetPartition": batch_get_partition,
    "UpdatePartition": update_partition,
    "BatchUpdatePartition": batch_update_partition,
    "DeletePartition": delete_partition,
    "BatchDeletePartition": batch_delete_partition,
    "GetPartitionIndexes": get_partition_indexes,
    "CreatePartitionIndex": create_partition_index,
    "DeletePartitionIndex": delete_partition_index,
}
