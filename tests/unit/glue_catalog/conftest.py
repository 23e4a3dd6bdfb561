"""A catalog in memory, and the Delta log that its tables are described by."""

import pytest
from lakestack_aws.delta_log import NoDeltaLogError
from lakestack_aws.glue.catalog.catalog import Catalog
from lakestack_aws.glue.catalog.records import Column, DatabaseInput, PartitionInput, StorageDescriptor, TableInput


class FakeDeltaLogs:
    """Delta logs by location; any other place has none."""

    def __init__(self):
        self.tables = {}
        self.asked = []

    def describe(self, location):
        self.asked.append(location)
        if location not in self.tables:
            raise NoDeltaLogError(location)
        return self.tables[location]


@pytest.fixture
def delta_logs():
    return FakeDeltaLogs()


@pytest.fixture
def catalog(delta_logs):
    """A catalog with the empty database `shop`."""
    catalog = Catalog("000000000000", "us-east-1", describe_delta_table=delta_logs.describe)
    catalog.databases.create(DatabaseInput(name="shop", location_uri="s3://lake/shop"))
    return catalog


@pytest.fixture
def partitioned(catalog):
    """Return a function that makes the table shop.sales with partition keys, given as name=type, and with partitions of the values given."""

    def make(*values, **keys):
        columns = tuple(Column(name=name, type=kind) for name, kind in keys.items())
        descriptor = StorageDescriptor(columns=(Column(name="amount", type="double"),), location="s3://lake/sales")
        catalog.tables.create("shop", TableInput(name="sales", partition_keys=columns, storage_descriptor=descriptor))
        for row in values:
            catalog.partitions.create("shop", "sales", PartitionInput(values=row))
        return catalog

    return make
