"""The Data Catalog as the catalog of Spark jobs: --enable-glue-datacatalog."""

import textwrap
import uuid

import pytest

from tests.support.waiting import eventually

pytestmark = pytest.mark.aws_documented("https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-data-catalog-hive.html")

FINAL = {"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR"}
DELTA = (
    "spark.sql.extensions=io.delta.sql.DeltaSparkSessionExtension "
    "--conf spark.sql.catalog.spark_catalog=org.apache.spark.sql.delta.catalog.DeltaCatalog"
)


@pytest.fixture
def glue(stack):
    return stack.client("glue")


@pytest.fixture
def shop(glue, database, bucket):
    """The database, with a location of its own."""
    glue.update_database(Name=database, DatabaseInput={"Name": database, "LocationUri": f"s3://{bucket}/shop"})
    return database


@pytest.fixture
def run(stack, glue, bucket, shop):
    """Return a function that runs a script as a Glue job on the catalog and returns its run; `db` and `lake` are defined for it."""
    names = []

    def run_script(script: str) -> dict:
        name = f"job-{uuid.uuid4().hex[:10]}"
        header = f"from pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()\ndb, lake = '{shop}', 's3://{bucket}'\n"
        stack.client("s3").put_object(Bucket=bucket, Key=f"scripts/{name}.py", Body=header + textwrap.dedent(script))
        glue.create_job(
            Name=name,
            Role="arn:aws:iam::000000000000:role/etl",
            GlueVersion="6.0",
            Command={"Name": "glueetl", "ScriptLocation": f"s3://{bucket}/scripts/{name}.py"},
            DefaultArguments={"--enable-glue-datacatalog": "true", "--datalake-formats": "delta", "--conf": DELTA},
        )
        names.append(name)
        run_id = glue.start_job_run(JobName=name)["JobRunId"]

        def finished():
            found = glue.get_job_run(JobName=name, RunId=run_id)["JobRun"]
            return found if found["JobRunState"] in FINAL else None

        return eventually(finished, within_s=180, every_s=0.5, what=f"the end of run {run_id}")

    yield run_script
    for name in names:
        glue.delete_job(JobName=name)


@pytest.fixture
def succeed(run):
    """Return a function that runs a script, whose assertions are part of the test, and demands that it succeeds."""

    def run_script(script: str) -> None:
        finished = run(script)
        assert finished["JobRunState"] == "SUCCEEDED", finished.get("ErrorMessage")

    return run_script


@pytest.fixture
def keys(stack, bucket):
    """Return a function that lists the keys below a prefix."""

    def listed(prefix: str) -> list[str]:
        return [entry["Key"] for entry in stack.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])]

    return listed


def columns_of(table):
    return [(column["Name"], column["Type"]) for column in table["StorageDescriptor"]["Columns"]]


def test_a_delta_table_saved_by_a_job_is_in_the_catalog_with_its_columns(succeed, glue, shop, bucket):
    succeed("""
        rows = spark.createDataFrame([(1, "a", "d1"), (2, "b", "d2")], "id long, name string, day string")
        rows.write.format("delta").partitionBy("day").option("path", f"{lake}/silver/orders").saveAsTable(f"{db}.orders")
        rows.write.format("delta").mode("append").saveAsTable(f"{db}.orders")
        spark.sql(f"delete from {db}.orders where id = 2")

        assert spark.table(f"{db}.orders").count() == 2
        assert [row.id for row in spark.sql(f"select id from {db}.orders where day = 'd1'").collect()] == [1, 1]
    """)

    table = glue.get_table(DatabaseName=shop, Name="orders")["Table"]
    assert (table["TableType"], columns_of(table)) == ("EXTERNAL_TABLE", [("id", "bigint"), ("name", "string")])
    assert table["PartitionKeys"] == [{"Name": "day", "Type": "string"}]
    assert table["StorageDescriptor"]["SerdeInfo"]["Parameters"]["path"] == f"s3://{bucket}/silver/orders"
    assert table["Parameters"].items() >= {"spark.sql.sources.provider": "delta", "table_type": "delta"}.items()


def test_a_delta_table_registered_through_glue_is_a_jobs_table(succeed, glue, shop, bucket):
    descriptor = {
        "Columns": [{"Name": "id", "Type": "bigint"}],
        "Location": f"s3://{bucket}/silver/seen",
        "InputFormat": "org.apache.hadoop.mapred.SequenceFileInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveSequenceFileOutputFormat",
        "SerdeInfo": {
            "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
            "Parameters": {"serialization.format": "1", "path": f"s3://{bucket}/silver/seen"},
        },
    }
    parameters = {"EXTERNAL": "TRUE", "table_type": "delta", "spark.sql.sources.provider": "delta", "spark.sql.partitionProvider": "catalog"}
    glue.create_table(
        DatabaseName=shop, TableInput={"Name": "seen", "TableType": "EXTERNAL_TABLE", "Parameters": parameters, "StorageDescriptor": descriptor}
    )

    succeed("""
        spark.createDataFrame([(1,)], "id long").write.format("delta").save(f"{lake}/silver/seen")
        spark.sql(f"merge into {db}.seen t using (select 2L as id) s on t.id = s.id when not matched then insert *")

        assert sorted(row.id for row in spark.table(f"{db}.seen").collect()) == [1, 2]
    """)


def test_a_job_makes_fills_and_alters_partitioned_tables(succeed, glue, shop, bucket):
    succeed("""
        spark.sql(f"create table {db}.sales (amount int, day date) using parquet partitioned by (day)")
        spark.sql(f"insert into {db}.sales values (1, date'2024-01-01'), (2, date'2024-01-02')")
        spark.sql(f"create external table {db}.raw (id int, name string) partitioned by (region string) "
                  f"row format delimited fields terminated by ',' location '{lake}/raw'")
        spark.sql(f"insert into {db}.raw partition (region = 'eu') values (1, 'one'), (2, null)")
        spark.sql(f"alter table {db}.raw add partition (region = 'us') location '{lake}/elsewhere'")
        spark.sql(f"alter table {db}.raw add if not exists partition (region = 'us')")
        spark.sql(f"alter table {db}.sales drop partition (day = '2024-01-01')")
        spark.sql(f"alter table {db}.raw add columns (note string)")
        spark.sql(f"alter table {db}.raw set tblproperties ('origin' = 'shop')")

        assert [row.amount for row in spark.sql(f"select amount from {db}.sales where day > date'2023-12-31'").collect()] == [2]
        assert [tuple(row) for row in spark.sql(f"select id, name from {db}.raw where region = 'eu' order by id").collect()] == [(1, "one"), (2, None)]
        assert [row.partition for row in spark.sql(f"show partitions {db}.raw").collect()] == ["region=eu", "region=us"]
        assert [row.tableName for row in spark.sql(f"show tables in {db}").collect()] == ["raw", "sales"]
        assert [row.col_name for row in spark.sql(f"describe {db}.raw").collect()][:4] == ["id", "name", "note", "region"]
        assert db in [row.namespace for row in spark.sql("show databases").collect()]
    """)

    raw = glue.get_table(DatabaseName=shop, Name="raw")["Table"]
    partitions = glue.get_partitions(DatabaseName=shop, TableName="raw")["Partitions"]
    sales = glue.get_partitions(DatabaseName=shop, TableName="sales", Expression="day >= '2024-01-01'")["Partitions"]
    assert columns_of(raw) == [("id", "int"), ("name", "string"), ("note", "string")]
    assert raw["Parameters"]["origin"] == "shop"
    assert [(partition["Values"], partition["StorageDescriptor"]["Location"]) for partition in partitions] == [
        (["eu"], f"s3://{bucket}/raw/region=eu"),
        (["us"], f"s3://{bucket}/elsewhere"),
    ]
    assert [partition["Values"] for partition in sales] == [["2024-01-02"]]


def test_a_csv_table_of_glue_is_read_by_a_job(succeed, glue, stack, shop, bucket):
    stack.client("s3").put_object(Bucket=bucket, Key="csv/region=eu/a.csv", Body=b"1,one\n2,two\n")
    descriptor = {
        "Columns": [{"Name": "id", "Type": "int"}, {"Name": "name", "Type": "string"}],
        "Location": f"s3://{bucket}/csv",
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe", "Parameters": {"field.delim": ","}},
    }
    table = {"Name": "c", "TableType": "EXTERNAL_TABLE", "PartitionKeys": [{"Name": "region", "Type": "string"}], "StorageDescriptor": descriptor}
    glue.create_table(DatabaseName=shop, TableInput=table)
    eu = {"Values": ["eu"], "StorageDescriptor": descriptor | {"Location": f"s3://{bucket}/csv/region=eu"}}
    glue.create_partition(DatabaseName=shop, TableName="c", PartitionInput=eu)

    succeed("""
        rows = spark.table(f"{db}.c").where("region = 'eu'").orderBy("id").collect()

        assert [tuple(row) for row in rows] == [(1, "one", "eu"), (2, "two", "eu")]
    """)


def test_a_managed_table_goes_with_its_files_and_an_external_one_without(succeed, glue, shop, keys):
    succeed("""
        rows = spark.range(3)
        rows.write.saveAsTable(f"{db}.managed")
        rows.write.option("path", f"{lake}/external").saveAsTable(f"{db}.external")
        rows.write.format("delta").saveAsTable(f"{db}.managed_delta")
        assert spark.table(f"{db}.managed_delta").count() == 3
        for name in ("managed", "external", "managed_delta"):
            spark.sql(f"drop table {db}.{name}")
    """)

    assert glue.get_tables(DatabaseName=shop)["TableList"] == []
    assert keys("shop/") == []
    assert any(key.endswith(".parquet") for key in keys("external/"))


def test_a_job_makes_and_drops_a_database_and_views(succeed, glue, shop):
    succeed("""
        spark.sql(f"create database {db}_new comment 'made by a job' location '{lake}/new'")
        spark.sql(f"create table {db}_new.t as select 1 as n")
        spark.sql(f"create view {db}_new.v as select n + 1 as m from {db}_new.t")
        assert spark.table(f"{db}_new.v").collect()[0].m == 2
        spark.sql(f"create database {db}_kept location '{lake}/kept'")
        spark.sql(f"drop database {db}_new cascade")
    """)

    kept = glue.get_database(Name=f"{shop}_kept")["Database"]
    assert kept["LocationUri"].endswith("/kept")
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_database(Name=f"{shop}_new")
    glue.delete_database(Name=f"{shop}_kept")


def test_a_table_in_the_default_database_must_say_where_it_lies(succeed, run, glue):
    finished = run("spark.range(1).write.saveAsTable('nowhere')")
    succeed("""
        spark.range(1).write.option("path", f"{lake}/somewhere").saveAsTable(f"default.{db}")
        assert spark.table(db).count() == 1
        spark.sql(f"drop table {db}")
    """)

    assert finished["JobRunState"] == "FAILED"
    assert "Can not create a Path from an empty string" in finished["ErrorMessage"]
    assert "LocationUri" not in glue.get_database(Name="default")["Database"]


def test_a_missing_table_fails_the_run_by_name(run):
    finished = run("spark.table(f'{db}.nope')")

    assert finished["JobRunState"] == "FAILED"
    assert "TABLE_OR_VIEW_NOT_FOUND" in finished["ErrorMessage"]
