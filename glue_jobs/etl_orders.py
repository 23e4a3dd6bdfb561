"""Load the orders that a load's uploads hold.

Reads: the load's manifest, its CSVs under lakehouse/raw/orders/, the tables. Writes: the table orders, rejected_records, ingestion_log.
Arguments: --bucket, --load (key of the load's manifest), --execution (the holder of the load lease), --coordination (where the lease lies:
s3, or dynamodb:<table>), --reject_limit_percent (a file of which more rows are rejected is set aside), --new_columns (keep_out or add).
"""

from lakehouse import etl, frames
from lakehouse.datasets import ORDERS

if __name__ == "__main__":
    names = ("JOB_NAME", "bucket", "load", "execution", "coordination", "reject_limit_percent", "new_columns")
    etl.main(ORDERS, frames.arguments(*names))
