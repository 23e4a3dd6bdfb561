"""Spark's own catalog is the Glue catalog when a job asks for it."""

import pytest

from lakestack.testing.jobs import DELTA
from tests.support.glue_jobs import GlueJobs

SCRIPT = """
    import json, sys
    from awsglue.utils import getResolvedOptions
    from pyspark.sql import SparkSession

    args = getResolvedOptions(sys.argv, ["database", "path"])
    spark = SparkSession.builder.getOrCreate()
    table = f"{args['database']}.orders"
    spark.range(3).withColumnRenamed("id", "order_id").write.format("delta").mode("overwrite").option("path", args["path"]).saveAsTable(table)
    print(json.dumps({
        "tables": [row.tableName for row in spark.sql(f"show tables in {args['database']}").collect()],
        "rows": spark.table(table).count(),
        "sum": spark.sql(f"select sum(order_id) from {table}").first()[0],
    }))
"""


@pytest.fixture
def jobs(stack, bucket):
    jobs = GlueJobs(stack, bucket)
    yield jobs
    jobs.clean_up()


@pytest.mark.aws_documented("https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-data-catalog-hive.html")
def test_a_table_that_spark_saves_is_a_table_of_the_glue_catalog(jobs, bucket, database):
    # As on AWS, Spark cannot save a table in a database without a location.
    jobs.glue.update_database(Name=database, DatabaseInput={"Name": database, "LocationUri": f"s3://{bucket}/warehouse/"})
    arguments = {**DELTA, "--enable-glue-datacatalog": "true", "--database": database, "--path": f"s3://{bucket}/orders/"}

    first = jobs.run(SCRIPT, arguments=arguments)
    again = jobs.run(SCRIPT, arguments=arguments)

    assert first.said == again.said == {"tables": ["orders"], "rows": 3, "sum": 3}
    table = jobs.glue.get_table(DatabaseName=database, Name="orders")["Table"]
    assert table["Parameters"]["spark.sql.sources.provider"] == "delta"
    assert [column["Name"] for column in table["StorageDescriptor"]["Columns"]] == ["order_id"]
