"""Records and AWS's dictionaries say the same."""

from datetime import UTC, datetime

from lakestack_aws.glue.catalog.records import Column, ColumnStatistics, Order, SerdeInfo, StorageDescriptor, TableInput
from lakestack_aws.glue.catalog.wire import decode, encode


def test_a_table_survives_the_way_to_a_record_and_back():
    payload = {
        "Name": "orders",
        "Description": "",
        "Retention": 3,
        "PartitionKeys": [{"Name": "day", "Type": "date", "Comment": ""}],
        "Parameters": {"classification": "parquet"},
        "StorageDescriptor": {
            "Columns": [{"Name": "id", "Type": "bigint", "Parameters": {"a": "b"}}],
            "Location": "s3://lake/orders",
            "AdditionalLocations": ["s3://lake/more"],
            "Compressed": True,
            "NumberOfBuckets": -1,
            "SerdeInfo": {"SerializationLibrary": "parquet", "Parameters": {}},
            "BucketColumns": [],
            "SortColumns": [{"Column": "id", "SortOrder": 0}],
            "Parameters": {},
            "SkewedInfo": {"SkewedColumnNames": ["id"]},
            "StoredAsSubDirectories": True,
        },
    }

    assert encode(decode(TableInput, payload)) == payload


def test_nested_members_become_records():
    descriptor = decode(StorageDescriptor, {"Columns": [{"Name": "id"}], "SortColumns": [{"Column": "id", "SortOrder": 1}]})

    assert descriptor == StorageDescriptor(columns=(Column(name="id"),), sort_columns=(Order(column="id", sort_order=1),))


def test_what_a_descriptor_leaves_out_comes_back_with_the_defaults_that_trino_and_spark_rely_on():
    assert encode(decode(StorageDescriptor, {})) == {
        "Columns": [],
        "Compressed": False,
        "NumberOfBuckets": 0,
        "SerdeInfo": {},
        "Parameters": {},
        "StoredAsSubDirectories": False,
    }


def test_what_a_table_leaves_out_stays_out_but_for_its_keys_and_retention():
    assert encode(decode(TableInput, {"Name": "t"})) == {"Name": "t", "Retention": 0, "PartitionKeys": []}


def test_null_counts_as_left_out():
    assert decode(SerdeInfo, {"Name": None}) == SerdeInfo()


def test_statistics_are_kept_as_they_are():
    data = {"Type": "DECIMAL", "DecimalColumnStatisticsData": {"MinimumValue": {"UnscaledValue": b"\x01", "Scale": 2}, "NumberOfNulls": 0}}
    payload = {"ColumnName": "a", "ColumnType": "decimal(5,2)", "AnalyzedTime": datetime(2026, 1, 1, tzinfo=UTC), "StatisticsData": data}

    assert encode(decode(ColumnStatistics, payload)) == payload
