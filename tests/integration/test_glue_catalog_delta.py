"""Delta tables whose entries say less than their logs."""

import json

import pyarrow as pa
import pytest

from tests.support.delta_files import DeltaFiles

pytestmark = pytest.mark.local_only

ROWS = pa.table({"id": pa.array([1], pa.int64()), "name": pa.array(["one"])})


@pytest.fixture
def glue(stack):
    return stack.client("glue")


@pytest.fixture
def files(stack, bucket):
    return DeltaFiles(stack.client("s3"), bucket, "silver/orders")


def entry(location, *columns):
    """Return a table as Spark registers it in Hive's metastore."""
    return {
        "Name": "orders",
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "spark.sql.sources.provider": "delta", "spark.sql.sources.schema": '{"type":"struct","fields":[]}'},
        "StorageDescriptor": {
            "Columns": [{"Name": name, "Type": kind} for name, kind in columns],
            "Location": f"{location}-__PLACEHOLDER__",
            "SerdeInfo": {"Parameters": {"path": location, "serialization.format": "1"}},
        },
    }


def columns_of(table):
    return [(column["Name"], column["Type"]) for column in table["StorageDescriptor"]["Columns"]]


def test_a_placeholder_gets_the_columns_of_the_log(glue, database, files):
    files.commit(ROWS)

    glue.create_table(DatabaseName=database, TableInput=entry(files.location, ("col", "array<string>")))

    table = glue.get_table(DatabaseName=database, Name="orders")["Table"]
    assert columns_of(table) == [("id", "bigint"), ("name", "string")]
    assert (
        table["Parameters"].items()
        >= {
            "table_type": "delta",
            "delta.lastUpdateVersion": "0",
            "delta.lastCommitTimestamp": "1700000000000",
            "spark.sql.sources.schema.numParts": "1",
        }.items()
    )
    assert [field["name"] for field in json.loads(table["Parameters"]["spark.sql.sources.schema.part.0"])["fields"]] == ["id", "name"]
    assert "spark.sql.sources.schema" not in table["Parameters"]
    assert table["StorageDescriptor"]["Location"] == f"{files.location}-__PLACEHOLDER__"


def test_a_table_registered_before_its_files_gets_its_columns_when_they_are_there(glue, database, files):
    glue.create_table(DatabaseName=database, TableInput=entry(files.location))
    before = glue.get_table(DatabaseName=database, Name="orders")["Table"]
    files.commit(ROWS)

    listed = glue.get_tables(DatabaseName=database)["TableList"]

    assert columns_of(before) == []
    assert [columns_of(table) for table in listed] == [[("id", "bigint"), ("name", "string")]]
    assert columns_of(glue.get_table(DatabaseName=database, Name="orders")["Table"]) == [("id", "bigint"), ("name", "string")]


def test_an_update_back_to_a_placeholder_is_healed(glue, database, files):
    files.commit(ROWS)
    glue.create_table(DatabaseName=database, TableInput=entry(files.location, ("id", "int")))

    glue.update_table(DatabaseName=database, TableInput=entry(files.location, ("col", "array<string>")))

    table = glue.get_table(DatabaseName=database, Name="orders")["Table"]
    assert (table["VersionId"], columns_of(table)) == ("1", [("id", "bigint"), ("name", "string")])


def test_columns_that_were_given_stay(glue, database, files):
    files.commit(ROWS)

    glue.create_table(DatabaseName=database, TableInput=entry(files.location, ("id", "int")))

    assert columns_of(glue.get_table(DatabaseName=database, Name="orders")["Table"]) == [("id", "int")]


def test_a_bucket_that_does_not_exist_is_no_error(glue, database):
    glue.create_table(DatabaseName=database, TableInput=entry("s3://no-such-bucket-anywhere/orders"))

    assert columns_of(glue.get_table(DatabaseName=database, Name="orders")["Table"]) == []


def test_columns_of_an_iceberg_table_are_marked_on_reading(glue, database):
    columns = [{"Name": "id", "Type": "int", "Parameters": {"trino_not_null": "true"}}]
    table = {"Name": "t", "Parameters": {"table_type": "ICEBERG"}, "StorageDescriptor": {"Columns": columns}}
    glue.create_table(DatabaseName=database, TableInput=table)

    (column,) = glue.get_table(DatabaseName=database, Name="t")["Table"]["StorageDescriptor"]["Columns"]

    marks = {"iceberg.field.id": "1", "iceberg.field.optional": "false", "iceberg.field.current": "true"}
    assert column["Parameters"] == {"trino_not_null": "true"} | marks
