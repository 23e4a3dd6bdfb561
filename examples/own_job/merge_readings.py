"""Merge a delivery of meter readings into the Delta table: the newest reading of each meter stays.

Reads: a CSV with meter_id, taken_at, kwh. Writes: the Delta table. Arguments: --delivery and --table, both s3://….
"""

import sys

from awsglue.utils import getResolvedOptions
from delta.tables import DeltaTable
from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F

arguments = getResolvedOptions(sys.argv, ["JOB_NAME", "delivery", "table"])
spark = SparkSession.builder.appName(arguments["JOB_NAME"]).getOrCreate()

newest_first = Window.partitionBy("meter_id").orderBy(F.desc("taken_at"))
readings = (
    spark.read.csv(arguments["delivery"], header=True, schema="meter_id int, taken_at timestamp, kwh decimal(10, 2)")
    .withColumn("rank", F.row_number().over(newest_first))
    .where("rank = 1")
    .drop("rank")
)

DeltaTable.createIfNotExists(spark).location(arguments["table"]).addColumns(readings.schema).execute()
(
    DeltaTable.forPath(spark, arguments["table"])
    .alias("known")
    .merge(readings.alias("new"), "known.meter_id = new.meter_id")
    .whenMatchedUpdateAll("new.taken_at > known.taken_at")
    .whenNotMatchedInsertAll()
    .execute()
)
print(f"{readings.count()} meters read")
