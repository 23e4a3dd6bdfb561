"""What most jobs do once, so that a JVM has loaded and compiled it before the first of them comes.

Arguments: ``basic`` for a session and a query, ``deep`` for Delta and S3 too.
"""

import contextlib
import sys
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812 - PySpark's own custom

DELTA_CONF = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
}


def main(depth: str) -> None:
    builder = SparkSession.builder
    if depth == "deep":
        for name, value in DELTA_CONF.items():
            builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.range(1000).count()
    if depth == "deep":
        _read_and_write(spark)


def _read_and_write(spark: SparkSession) -> None:
    folder = Path.cwd().as_uri()
    rows = spark.range(100).select(
        "id", (F.col("id") % 7).alias("part"), F.current_timestamp().alias("at"), F.lit("1.50").cast("decimal(12,2)").alias("amount")
    )
    rows.write.mode("overwrite").option("header", True).csv(f"{folder}/csv")
    read = spark.read.option("header", True).schema(rows.schema).csv(f"{folder}/csv")
    read.write.format("delta").partitionBy("part").save(f"{folder}/table")
    read.createOrReplaceTempView("source")
    spark.sql(
        f"merge into delta.`{folder}/table` t using source s on t.id = s.id and t.part = s.part "
        "when matched and t.amount <> s.amount then update set * when not matched then insert *"
    )
    spark.read.format("delta").load(f"{folder}/table").groupBy("part").agg(F.sum("amount")).collect()
    with contextlib.suppress(Exception):  # there is no such bucket; the classes are loaded all the same
        spark.read.text("s3://lakestack-warm-up/nothing").count()


if __name__ == "__main__":
    main(sys.argv[1])
