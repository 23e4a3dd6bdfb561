"""The data catalog through Athena's own operations."""

import pytest
from botocore.exceptions import ClientError

from tests.support.athena import Athena

MEASURED = pytest.mark.aws_recorded("2026-10")
METADATA = pytest.mark.aws_documented("https://docs.aws.amazon.com/athena/latest/APIReference/API_TableMetadata.html")
CATALOG = {"CatalogName": "AwsDataCatalog"}


@pytest.fixture
def athena(stack, bucket, database):
    return Athena(stack, bucket, database)


@METADATA
def test_a_table_is_described_with_its_storage_in_the_parameters(athena, bucket):
    athena.succeed(f"CREATE EXTERNAL TABLE t (id int COMMENT 'key') PARTITIONED BY (day date) STORED AS PARQUET LOCATION 's3://{bucket}/t/'")

    found = athena.client.get_table_metadata(**CATALOG, DatabaseName=athena.database, TableName="t")["TableMetadata"]

    assert (found["Name"], found["TableType"]) == ("t", "EXTERNAL_TABLE")
    assert found["Columns"] == [{"Name": "id", "Type": "int", "Comment": "key"}]
    assert found["PartitionKeys"] == [{"Name": "day", "Type": "date"}]
    assert (
        found["Parameters"].items()
        >= {
            "EXTERNAL": "TRUE",
            "location": f"s3://{bucket}/t",
            "inputformat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
            "serde.serialization.lib": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
            "serde.param.serialization.format": "1",
        }.items()
    )


@MEASURED
def test_a_missing_table_is_told_in_the_words_that_clients_look_for(athena):
    with pytest.raises(ClientError) as caught:
        athena.client.get_table_metadata(**CATALOG, DatabaseName=athena.database, TableName="nothing")

    error = caught.value.response["Error"]
    assert error["Code"] == "MetadataException"
    assert "(Service: AmazonDataCatalog; Status Code: 400; Error Code: EntityNotFoundException; Request ID: " in error["Message"]
    assert error["Message"].endswith("; Proxy: null)")


@METADATA
def test_tables_are_listed_by_pages_and_by_expression(athena, bucket):
    for name in ("orders", "order_items", "products"):
        athena.succeed(f"CREATE EXTERNAL TABLE {name} (id int) LOCATION 's3://{bucket}/{name}/'")
    names = lambda page: [table["Name"] for table in page["TableMetadataList"]]  # noqa: E731

    first = athena.client.list_table_metadata(**CATALOG, DatabaseName=athena.database, MaxResults=2)
    second = athena.client.list_table_metadata(**CATALOG, DatabaseName=athena.database, MaxResults=2, NextToken=first["NextToken"])
    chosen = athena.client.list_table_metadata(**CATALOG, DatabaseName=athena.database, Expression="order.*")

    assert (names(first), names(second)) == (["order_items", "orders"], ["products"])
    assert "NextToken" not in second
    assert names(chosen) == ["order_items", "orders"]


@METADATA
def test_databases_and_the_catalog_are_listed(athena):
    listed = [database["Name"] for page in athena.client.get_paginator("list_databases").paginate(**CATALOG) for database in page["DatabaseList"]]

    assert athena.database in listed
    assert athena.client.get_database(**CATALOG, DatabaseName=athena.database)["Database"]["Name"] == athena.database
    assert athena.client.list_data_catalogs()["DataCatalogsSummary"][0] == {"CatalogName": "AwsDataCatalog", "Type": "GLUE"}
    assert athena.client.get_data_catalog(Name="awsdatacatalog")["DataCatalog"]["Type"] == "GLUE"
    with pytest.raises(ClientError, match="EntityNotFoundException"):
        athena.client.get_database(**CATALOG, DatabaseName="nowhere")
