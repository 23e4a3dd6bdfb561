"""Statements that write files: CTAS, INSERT, UNLOAD, and Iceberg."""

import pytest
from botocore.exceptions import ClientError

from tests.support.athena import Athena

MEASURED = pytest.mark.aws_recorded("2026-10")
CTAS = pytest.mark.aws_documented("https://docs.aws.amazon.com/athena/latest/ug/create-table-as.html")
ICEBERG = pytest.mark.aws_documented("https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg.html")


@pytest.fixture
def athena(stack, bucket, database):
    return Athena(stack, bucket, database)


@pytest.fixture
def keys(stack, bucket):
    """Return a function that lists the locations under a prefix."""

    def under(prefix: str) -> list[str]:
        page = stack.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)
        return [f"s3://{bucket}/{entry['Key']}" for entry in page.get("Contents", [])]

    return under


def manifest_of(query) -> list[str]:
    return query.file_at(query.execution["Statistics"]["DataManifestLocation"]).decode().split("\n")


@MEASURED
def test_a_ctas_lists_its_files_in_a_manifest(athena, bucket, keys):
    query = athena.succeed(
        f"CREATE TABLE \"{athena.database}\".\"t\"\nWITH(\n    external_location='s3://{bucket}/data/t',\n    format='PARQUET')\nAS SELECT 1.5 AS d, 'x' AS s"
    )

    assert (query.execution["StatementType"], query.execution["SubstatementType"]) == ("DDL", "CREATE_TABLE_AS_SELECT")
    assert query.location == f"s3://{bucket}/results/tables/{query.id}"
    assert query.execution["Statistics"]["DataManifestLocation"] == f"s3://{bucket}/results/tables/{query.id}-manifest.csv"
    assert manifest_of(query) == keys("data/t/")
    assert query.file_at(f"{query.location}.metadata")
    assert (query.results["UpdateCount"], query.rows) == (1, [])
    assert query.results["ResultSet"]["ResultSetMetadata"]["ColumnInfo"][0]["Name"] == "rows"
    assert athena.rows("SELECT d, s FROM t") == [["1.5", "x"]]


@MEASURED
def test_a_ctas_without_a_place_lies_beside_the_results(athena, bucket, keys, stack):
    query = athena.succeed("CREATE TABLE t AS SELECT 1 AS a")

    entry = stack.client("glue").get_table(DatabaseName=athena.database, Name="t")["Table"]
    assert entry["StorageDescriptor"]["Location"].rstrip("/") == f"s3://{bucket}/results/tables/{query.id}"
    assert manifest_of(query) == keys(f"results/tables/{query.id}/")
    assert entry["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"].endswith("ParquetHiveSerDe")


@CTAS
def test_athenas_properties_become_trinos(athena, bucket, keys):
    athena.succeed(
        "-- from dbt\ncreate table t with (table_type='hive', is_external=true, format='PARQUET', write_compression='GZIP',"
        f" partitioned_by=ARRAY['p'], external_location='s3://{bucket}/t/') as select 1 as a, 'x' as p union all select 2, 'y'"
    )
    athena.succeed(f"CREATE TABLE x WITH (format='TEXTFILE', field_delimiter=',', external_location='s3://{bucket}/x/') AS SELECT 1 AS a, 2 AS b")

    assert athena.lines("SHOW PARTITIONS t") == ["p=x", "p=y"]
    assert athena.rows("SELECT a, p FROM t ORDER BY a") == [["1", "x"], ["2", "y"]]
    assert athena.rows("SELECT a, b FROM x") == [["1", "2"]]


@CTAS
def test_a_place_that_is_taken_is_refused(athena, bucket, stack):
    stack.client("s3").put_object(Bucket=bucket, Key="taken/a", Body=b"x")

    query = athena.run(f"CREATE TABLE t WITH (external_location='s3://{bucket}/taken/') AS SELECT 1 AS a")

    assert query.why.startswith("HIVE_PATH_ALREADY_EXISTS: ")


@CTAS
def test_an_enforced_work_group_places_the_data(athena, bucket, stack, keys):
    name = f"g-{athena.database}"
    configuration = {"EnforceWorkGroupConfiguration": True, "ResultConfiguration": {"OutputLocation": f"s3://{bucket}/enforced"}}
    athena.client.create_work_group(Name=name, Configuration=configuration)

    placed = athena.succeed("CREATE TABLE t AS SELECT 1 AS a", WorkGroup=name)
    with pytest.raises(ClientError, match="enforces a centralized output location"):
        athena.start(f"CREATE TABLE u WITH (external_location='s3://{bucket}/u/') AS SELECT 1 AS a", WorkGroup=name)

    assert placed.location == f"s3://{bucket}/enforced/tables/{placed.id}"
    assert manifest_of(placed) == keys(f"enforced/tables/{placed.id}/")
    athena.client.delete_work_group(WorkGroup=name, RecursiveDeleteOption=True)


@MEASURED
def test_an_insert_lists_the_files_that_it_wrote(athena, bucket, keys):
    athena.succeed(f"CREATE TABLE t WITH (external_location='s3://{bucket}/t/') AS SELECT 1 AS a")
    before = keys("t/")

    query = athena.succeed("INSERT INTO t VALUES 2, 3")

    assert (query.execution["StatementType"], query.execution["SubstatementType"]) == ("DML", "INSERT")
    assert query.location == f"s3://{bucket}/results/{query.id}"
    assert query.execution["Statistics"]["DataManifestLocation"] == f"s3://{bucket}/results/{query.id}-manifest.csv"
    assert sorted(manifest_of(query)) == sorted(set(keys("t/")) - set(before))
    assert (query.results["UpdateCount"], query.rows) == (2, [])
    assert athena.rows("SELECT a FROM t ORDER BY a") == [["1"], ["2"], ["3"]]


@pytest.mark.aws_documented("https://docs.aws.amazon.com/athena/latest/ug/unload.html")
def test_unload_writes_files_and_leaves_no_table(athena, bucket, keys):
    query = athena.succeed(f"UNLOAD (SELECT 1 AS a, 1.5 AS d UNION ALL SELECT 2, 2.5)\nTO 's3://{bucket}/unloaded/' WITH (  format='PARQUET')")

    assert query.execution["SubstatementType"] == "UNLOAD"
    assert manifest_of(query) == keys("unloaded/")
    assert keys("unloaded/")
    assert athena.lines("SHOW TABLES") == []
    assert query.results["UpdateCount"] == 2


@ICEBERG
def test_an_iceberg_table_is_made_changed_and_dropped_with_its_files(athena, bucket, keys, stack):
    athena.succeed(
        f"CREATE TABLE ice (id bigint, name string, ts timestamp) PARTITIONED BY (day(ts), bucket(4, id)) LOCATION 's3://{bucket}/ice/' "
        "TBLPROPERTIES ('table_type' ='ICEBERG', 'format'='parquet')"
    )
    athena.succeed("INSERT INTO ice VALUES (1, 'a', TIMESTAMP '2020-01-01 00:00:00'), (2, 'b', TIMESTAMP '2020-01-02 00:00:00')")
    updated = athena.succeed("UPDATE ice SET name = 'c' WHERE id = 2")
    athena.succeed("MERGE INTO ice t USING (VALUES (BIGINT '1')) s (id) ON t.id = s.id WHEN MATCHED THEN DELETE")
    athena.succeed("OPTIMIZE ice REWRITE DATA USING BIN_PACK")

    assert updated.results["UpdateCount"] == 1
    assert athena.rows("SELECT id, name, ts FROM ice") == [["2", "c", "2020-01-02 00:00:00.000000"]]
    entry = stack.client("glue").get_table(DatabaseName=athena.database, Name="ice")["Table"]
    assert entry["Parameters"]["table_type"] == "ICEBERG"
    refused = athena.run("ALTER TABLE ice REPLACE COLUMNS (a int)")
    assert (refused.why, refused.execution["Status"]["AthenaError"]["ErrorType"]) == ("Query type not supported by Athena Iceberg at this time", 1200)
    athena.succeed("DROP TABLE ice")
    assert [key for key in keys("ice/") if key.endswith(".parquet")] == []


@ICEBERG
def test_the_columns_of_an_iceberg_table_are_changed_by_trino(athena, bucket):
    athena.succeed(f"CREATE TABLE ice WITH (table_type='ICEBERG', is_external=false, location='s3://{bucket}/ice4/') AS SELECT 1 AS a, 'x' AS b")

    athena.succeed("ALTER TABLE ice ADD COLUMNS (c string COMMENT 'third', d int)")
    athena.succeed("ALTER TABLE ice CHANGE a aa bigint")
    athena.succeed("ALTER TABLE ice DROP COLUMN b")
    athena.succeed("ALTER TABLE ice SET TBLPROPERTIES ('vacuum_max_snapshot_age_seconds'='0')")
    vacuumed = athena.succeed("VACUUM ice")

    assert vacuumed.execution["SubstatementType"] == "VACUUM"
    assert athena.rows("SELECT * FROM ice") == [["1", None, None]]
    assert athena.rows('SELECT count(*) FROM "ice$snapshots"') == [["1"]]
    athena.succeed("DROP TABLE ice")


@ICEBERG
def test_what_only_iceberg_tables_have_is_refused_of_others(athena, bucket):
    athena.succeed(f"CREATE EXTERNAL TABLE t (a int, b int) LOCATION 's3://{bucket}/t/'")

    assert athena.run("ALTER TABLE t DROP COLUMN b").why.startswith("FAILED: ParseException line 1:")
    assert athena.run("ALTER TABLE t RENAME TO u").why == "Table cannot be renamed"
    assert athena.run("VACUUM t").why.startswith("NOT_SUPPORTED: ")


@ICEBERG
def test_a_ctas_may_make_an_iceberg_table(athena, bucket):
    athena.succeed(
        f"CREATE TABLE ice WITH (table_type='ICEBERG', is_external=false, location='s3://{bucket}/ice2/', partitioning=ARRAY['bucket(id, 4)'], "
        "vacuum_max_snapshot_age_seconds=60) AS SELECT 1 AS id"
    )

    assert athena.rows("SELECT id FROM ice") == [["1"]]
    assert athena.run("ALTER TABLE ice RENAME TO ice3").state == "SUCCEEDED"
    assert athena.lines("SHOW TABLES") == ["ice3"]
    athena.succeed("DROP TABLE ice3")


@MEASURED
@pytest.mark.parametrize(
    ("query", "reason"),
    [("SELECT 1", "Column name not specified at position 1"), ("SELECT 1 AS a, 2 AS a", "Column name 'a' specified more than once")],
)
def test_a_ctas_needs_names_in_the_words_that_clients_look_for(athena, query, reason):
    failed = athena.run(f"CREATE TABLE t AS {query}")

    assert failed.state == "FAILED"
    assert reason in failed.why
