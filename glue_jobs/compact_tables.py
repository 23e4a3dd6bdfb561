"""Put the small files of every Delta table of the database together, and remove those that no version within the retention needs.

Reads: the Glue catalog, the tables. Writes: the tables' files and logs; not one row changes.
Arguments: --bucket (the lake's), --database, --execution (who holds the load lease), --coordination (where the lease lies: s3, or
dynamodb:<table>), --retention_hours (168 by default: Delta's own safety check; less has to be asked for, and switches the check off).
"""

import boto3

from lakehouse import frames, leases, logs, maintenance
from lakehouse.s3 import Bucket


def main() -> None:
    arguments = frames.arguments("JOB_NAME", "bucket", "database", "execution", "coordination", "retention_hours")
    logs.begin(job=arguments["JOB_NAME"], job_run=arguments.get("JOB_RUN_ID"), execution=arguments["execution"])
    bucket = Bucket(arguments["bucket"], coordination_setting=arguments["coordination"])
    maintenance.care_for_all(
        frames.open_session(arguments["JOB_NAME"]),
        maintenance.list_tables(boto3.client("glue"), arguments["database"]),
        float(arguments["retention_hours"]),
        lambda: leases.demand(bucket, arguments["execution"]),
    )


if __name__ == "__main__":
    main()
