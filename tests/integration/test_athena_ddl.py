"""Statements on the catalog: what they change in Glue, and what they answer."""

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from botocore.exceptions import ClientError

from tests.support.athena import Athena

MEASURED = pytest.mark.aws_recorded("2026-10")
DDL = pytest.mark.aws_documented("https://docs.aws.amazon.com/athena/latest/ug/ddl-reference.html")


@pytest.fixture
def athena(stack, bucket, database):
    return Athena(stack, bucket, database)


@pytest.fixture
def glue(stack):
    return stack.client("glue")


@pytest.fixture
def put(stack, bucket):
    """Return a function that writes an object and returns its location."""

    def write(key: str, body: bytes | str) -> str:
        stack.client("s3").put_object(Bucket=bucket, Key=key, Body=body)
        return f"s3://{bucket}/{key}"

    return write


@pytest.fixture
def table(athena, glue):
    """Return a function that gets one of the database's tables from Glue."""
    return lambda name: glue.get_table(DatabaseName=athena.database, Name=name)["Table"]


@MEASURED
def test_a_delimited_table_is_registered_as_athena_does_and_read(athena, bucket, put, table):
    put("csv/a.csv", "1\tone\n2\t\\N\n")

    created = athena.succeed(
        f"CREATE EXTERNAL TABLE IF NOT EXISTS `t` (`ID` int COMMENT 'it\\'s the key', name string)\n"
        f"ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\t' LINES TERMINATED BY '\\n' LOCATION 's3://{bucket}/csv/' TBLPROPERTIES ('classification'='csv');"
    )

    entry = table("t")
    storage = entry["StorageDescriptor"]
    assert (created.execution["StatementType"], created.execution["SubstatementType"]) == ("DDL", "CREATE_TABLE")
    assert created.file == b""
    assert entry["TableType"] == "EXTERNAL_TABLE"
    assert entry["Parameters"].items() >= {"EXTERNAL": "TRUE", "classification": "csv"}.items()
    assert "transient_lastDdlTime" in entry["Parameters"]
    assert storage["Columns"] == [{"Name": "id", "Type": "int", "Comment": "it's the key"}, {"Name": "name", "Type": "string"}]
    assert storage["Location"] == f"s3://{bucket}/csv"
    assert storage["SerdeInfo"]["Parameters"] == {"field.delim": "\t", "line.delim": "\n", "serialization.format": "\t"}
    assert athena.rows("SELECT id, name FROM t ORDER BY id") == [["1", "one"], ["2", None]]


@DDL
def test_open_csv_and_json_tables_are_read(athena, bucket, put):
    put("csv/a.csv", 'id,name\n"1","a, b"\n')
    put("json/a.json", '{"id": 1, "inner": {"names": ["x", "y"]}}\n')

    athena.succeed(
        "CREATE EXTERNAL TABLE c (id string, name string) ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde' "
        "WITH SERDEPROPERTIES ('separatorChar' = ',', 'quoteChar' = '\"') STORED AS TEXTFILE "
        f"LOCATION 's3://{bucket}/csv/' TBLPROPERTIES ('skip.header.line.count'='1')"
    )
    athena.succeed(
        "CREATE EXTERNAL TABLE j (id int, `inner` struct<names:array<string>>) ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' "
        f"LOCATION 's3://{bucket}/json/'"
    )

    assert athena.rows("SELECT id, name FROM c") == [["1", "a, b"]]
    assert athena.rows('SELECT id, "inner".names FROM j') == [["1", "[x, y]"]]


@DDL
def test_a_nested_parquet_table_is_read(athena, bucket, put):
    buffer = io.BytesIO()
    pq.write_table(
        pa.table(
            {"id": pa.array([1], pa.int32()), "s": [{"a": 1, "b": [{"c": "x"}]}], "m": pa.array([[("k", 1.5)]], pa.map_(pa.string(), pa.float64()))}
        ),
        buffer,
    )
    put("nested/a.parquet", buffer.getvalue())

    athena.succeed(
        "CREATE EXTERNAL TABLE n (id int, s struct<a:bigint,b:array<struct<c:string>>>, m map<string,double>) "
        "ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' "
        "STORED AS INPUTFORMAT 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat' "
        f"OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat' LOCATION 's3://{bucket}/nested'"
    )

    assert athena.rows("SELECT id, s, m, s.b[1].c FROM n") == [["1", "{a=1, b=[{c=x}]}", "{k=1.5}", "x"]]


@DDL
def test_partitions_are_added_shown_moved_and_dropped(athena, bucket, put, glue):
    put("p/day=2020-01-01/a.csv", "1\n")
    put("elsewhere/a.csv", "2\n")
    put("moved/a.csv", "3\n")
    athena.succeed(f"CREATE EXTERNAL TABLE p (id int) PARTITIONED BY (day string) LOCATION 's3://{bucket}/p/'")

    athena.succeed(f"ALTER TABLE p ADD PARTITION (day='2020-01-01') PARTITION (day='2020-01-02') LOCATION 's3://{bucket}/elsewhere/'")
    again = athena.run("ALTER TABLE p ADD PARTITION (day='2020-01-01')")
    athena.succeed("ALTER TABLE p ADD IF NOT EXISTS PARTITION (day='2020-01-01')")
    assert again.state == "FAILED"
    assert again.why.startswith("FAILED: Execution Error")
    assert athena.lines("SHOW PARTITIONS p") == ["day=2020-01-01", "day=2020-01-02"]
    assert athena.rows("SELECT id, day FROM p ORDER BY id") == [["1", "2020-01-01"], ["2", "2020-01-02"]]

    athena.succeed(f"ALTER TABLE p PARTITION (day='2020-01-02') SET LOCATION 's3://{bucket}/moved/'")
    athena.succeed("ALTER TABLE p DROP PARTITION (day='2020-01-01')")
    assert athena.rows("SELECT id, day FROM p") == [["3", "2020-01-02"]]
    assert athena.run("ALTER TABLE p DROP PARTITION (day='1999-01-01')").why.startswith("FAILED: SemanticException [Error 10006]")


@DDL
def test_repair_finds_the_partitions_that_lie_there(athena, bucket, put):
    put("r/region=eu/day=2020-01-01/a.csv", "1\n")
    put("r/region=a%20b/day=2020-01-02/a.csv", "2\n")
    put("r/_SUCCESS", "")
    athena.succeed(f"CREATE EXTERNAL TABLE r (id int) PARTITIONED BY (region string, day date) LOCATION 's3://{bucket}/r/'")

    repaired = athena.succeed(f"MSCK REPAIR TABLE `{athena.database}`.`r`;", QueryExecutionContext={"Database": f"`{athena.database}`"})
    again = athena.succeed("MSCK REPAIR TABLE r")

    assert repaired.execution["SubstatementType"] == "MSCK_REPAIR"
    assert "Repair: Added partition to metastore r:region=eu/day=2020-01-01" in repaired.file.decode().split("\n")
    assert again.file == b""
    assert athena.rows("SELECT id, region, day FROM r ORDER BY id") == [["1", "eu", "2020-01-01"], ["2", "a b", "2020-01-02"]]


@pytest.mark.aws_documented("https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html")
def test_projected_partitions_need_no_entries(athena, bucket, put):
    put("proj/year=2021/a.csv", "1\n")
    put("proj/year=2031/a.csv", "2\n")

    athena.succeed(
        f"CREATE EXTERNAL TABLE proj (id int) PARTITIONED BY (year int) LOCATION 's3://{bucket}/proj/' TBLPROPERTIES ("
        "'projection.enabled'='true', 'projection.year.type'='integer', 'projection.year.range'='2020,2025', "
        f"'storage.location.template'='s3://{bucket}/proj/year=${{year}}/')"
    )

    assert athena.rows("SELECT id, year FROM proj") == [["1", "2021"]]


@MEASURED
def test_describe_pads_its_fields_and_repeats_the_partition_columns(athena, bucket):
    athena.succeed(f"CREATE EXTERNAL TABLE t (id int COMMENT 'the key', name string) PARTITIONED BY (day date) LOCATION 's3://{bucket}/t/'")

    query = athena.succeed("DESCRIBE t")

    assert (query.execution["StatementType"], query.execution["SubstatementType"]) == ("UTILITY", "DESCRIBE_TABLE")
    assert query.file.decode().split("\n") == [
        "id                  \tint                 \tthe key             ",
        "name                \tstring              \t                    ",
        "day                 \tdate                \t                    ",
        "\t \t ",
        "# Partition Information\t \t ",
        "# col_name            \tdata_type           \tcomment             ",
        "\t \t ",
        "day                 \tdate                \t                    ",
    ]
    assert [column["Name"] for column in query.results["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]] == ["col_name", "data_type", "comment"]
    assert "UpdateCount" not in query.results


@MEASURED
def test_what_show_answers(athena, bucket):
    for name in ("orders", "order_items", "products"):
        athena.succeed(f"CREATE EXTERNAL TABLE {name} (id int) LOCATION 's3://{bucket}/{name}/'")

    tables = athena.succeed("SHOW TABLES")
    columns = athena.succeed(f"SHOW COLUMNS IN {athena.database}.orders")

    assert [row[0] for row in tables.rows] == ["order_items", "orders", "products"]
    assert tables.file == b"order_items\norders\nproducts"
    assert tables.results["ResultSet"]["ResultSetMetadata"]["ColumnInfo"][0]["Name"] == "tab_name"
    assert tables.results["UpdateCount"] == 0
    assert athena.lines(f"SHOW TABLES IN `{athena.database}` 'order*|pro.*s'") == ["order_items", "orders", "products"]
    assert athena.lines("SHOW TABLES 'orders'") == ["orders"]
    assert athena.lines(f"SHOW DATABASES LIKE '{athena.database}'") == [athena.database]
    assert [row[0] for row in columns.rows] == ["id".ljust(20)]
    assert athena.lines("SHOW TBLPROPERTIES orders('EXTERNAL')") == ["TRUE"]
    assert "EXTERNAL\tTRUE" in athena.lines("SHOW TBLPROPERTIES orders")


@DDL
def test_show_create_table_makes_the_table_again(athena, bucket, put, table):
    put("t/day=1/a.csv", "1;x\n")
    athena.succeed(
        f"CREATE EXTERNAL TABLE t (id int COMMENT 'it\\'s', name string) COMMENT 'why' PARTITIONED BY (day int) "
        f"ROW FORMAT DELIMITED FIELDS TERMINATED BY ';' LOCATION 's3://{bucket}/t/'"
    )
    before = table("t")

    statement = "\n".join(athena.lines("SHOW CREATE TABLE t"))
    athena.succeed("DROP TABLE t")
    athena.succeed(statement)

    after = table("t")
    assert statement.startswith(f"CREATE EXTERNAL TABLE `{athena.database}.t`(\n  `id` int COMMENT 'it\\'s', \n")
    for member in ("StorageDescriptor", "PartitionKeys"):
        assert after[member] == before[member]
    assert after["Parameters"]["comment"] == "why"


@DDL
def test_columns_and_properties_are_changed_in_the_catalog(athena, bucket, put, table):
    put("t/a.csv", "1\x012\x013\n")
    athena.succeed(f"CREATE EXTERNAL TABLE t (a int) LOCATION 's3://{bucket}/t/'")

    athena.succeed("ALTER TABLE t ADD COLUMNS (b int, c string COMMENT 'third')")
    athena.succeed("ALTER TABLE t CHANGE b bb string COMMENT 'second'")
    athena.succeed(f"-- why\nalter table `{athena.database}`.`t` set tblproperties ('classification'='csv')")

    assert table("t")["StorageDescriptor"]["Columns"] == [
        {"Name": "a", "Type": "int"},
        {"Name": "bb", "Type": "string", "Comment": "second"},
        {"Name": "c", "Type": "string", "Comment": "third"},
    ]
    assert table("t")["Parameters"]["classification"] == "csv"
    assert athena.rows("SELECT * FROM t") == [["1", "2", "3"]]
    assert athena.run("ALTER TABLE t ADD COLUMNS (a int)").why.endswith("Duplicate column name: a")
    athena.succeed("ALTER TABLE t REPLACE COLUMNS (z int)")
    assert athena.rows("SELECT * FROM t") == [["1"]]


@DDL
def test_a_table_can_be_pointed_elsewhere(athena, bucket, put):
    put("one/a.csv", "1\n")
    put("two/a.csv", "2\n")
    athena.succeed(f"CREATE EXTERNAL TABLE t (a int) LOCATION 's3://{bucket}/one/'")

    athena.succeed(f"ALTER TABLE t SET LOCATION 's3://{bucket}/two/'")

    assert athena.rows("SELECT * FROM t") == [["2"]]


@DDL
def test_dropping_a_table_keeps_its_data(athena, bucket, put, stack):
    put("t/a.csv", "1\n")
    athena.succeed(f"CREATE EXTERNAL TABLE t (a int) LOCATION 's3://{bucket}/t/'")

    athena.succeed("DROP TABLE t")
    missing = athena.run("DROP TABLE t")
    athena.succeed("DROP TABLE IF EXISTS t")

    assert stack.client("s3").head_object(Bucket=bucket, Key="t/a.csv")["ContentLength"] == 2
    assert missing.why == f"FAILED: SemanticException [Error 10001]: Table not found {athena.database}.t"
    assert missing.file.decode() == missing.why


@DDL
def test_databases_are_made_and_dropped(athena, glue):
    name = f"{athena.database}_x"

    athena.succeed(f"CREATE DATABASE IF NOT EXISTS `{name}` COMMENT 'why' WITH DBPROPERTIES ('k'='v')")
    again = athena.run(f"CREATE SCHEMA {name}")
    entry = glue.get_database(Name=name)["Database"]
    athena.succeed(f"CREATE EXTERNAL TABLE {name}.t (a int) LOCATION 's3://{athena.bucket}/t/'")
    not_empty = athena.run(f"DROP DATABASE {name}")
    athena.succeed(f"DROP DATABASE {name} CASCADE")

    assert (entry["Description"], entry["Parameters"]) == ("why", {"k": "v"})
    assert again.why.endswith(f"Database {name} already exists")
    assert "is not empty" in not_empty.why
    assert athena.run(f"DROP SCHEMA {name}").why == f"FAILED: SemanticException [Error 10072]: Database does not exist: {name}"
    athena.succeed(f"DROP SCHEMA IF EXISTS {name}")


@MEASURED
@pytest.mark.parametrize("sql", ["DESCRIBE nothing_here", "SHOW COLUMNS IN nothing_here"])
def test_describing_what_is_not_there_is_refused_at_once(athena, sql):
    with pytest.raises(ClientError) as caught:
        athena.start(sql)

    assert caught.value.response["AthenaErrorCode"] == "INVALID_INPUT"
    message = caught.value.response["Error"]["Message"]
    assert message.startswith("Entity Not Found (Service: AmazonDataCatalog; Status Code: 400; Error Code: EntityNotFoundException; Request ID: ")
    assert message.endswith("; Proxy: null)")


@DDL
def test_a_view_is_made_shown_described_and_dropped(athena, table):
    athena.succeed(f'create or replace view "awsdatacatalog"."{athena.database}"."v" as\nselect 1.5 as d, \'x\' as s')

    entry = table("v")
    assert (entry["TableType"], entry["Parameters"]["presto_view"]) == ("VIRTUAL_VIEW", "true")
    assert entry["ViewExpandedText"] == "/* Presto View */"
    assert athena.rows("SELECT d, s FROM v") == [["1.5", "x"]]
    shown = athena.succeed(f'SHOW CREATE VIEW "{athena.database}"."v";')
    assert shown.rows[0] == [f"CREATE VIEW {athena.database}.v AS"]
    assert shown.results["ResultSet"]["ResultSetMetadata"]["ColumnInfo"][0]["Name"] == "create view"
    assert athena.lines("DESCRIBE v") == ["d\tdouble", "s\tvarchar(1)"]
    assert athena.lines("SHOW VIEWS") == ["v"]
    athena.succeed("DROP VIEW v")
    assert athena.lines("SHOW TABLES") == []
