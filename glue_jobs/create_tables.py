"""Write the first entry of each Delta table's log where there is none, so that every query answers before the first upload.

Reads: nothing. Writes: s3://<lake_bucket>/lakehouse/processed/<table>/_delta_log/.
Arguments: --lake_bucket. Run by the deploy; a second run changes nothing, and nothing is ever destroyed.
"""

from lakehouse import frames, logs
from lakehouse.tables import DELTA_TABLES


def main() -> None:
    arguments = frames.arguments("JOB_NAME", "lake_bucket")
    logs.begin(job=arguments["JOB_NAME"], job_run=arguments.get("JOB_RUN_ID"))
    spark = frames.open_session(arguments["JOB_NAME"])
    for table in DELTA_TABLES:
        was_created = frames.create_if_missing(spark, f"s3://{arguments['lake_bucket']}", table)
        logs.info("table created" if was_created else "table is there", table=table.name)


if __name__ == "__main__":
    main()
