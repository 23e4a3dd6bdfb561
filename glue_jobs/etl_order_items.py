"""Load the order items that a load's uploads hold, and those that waited for a product.

Reads: the load's manifest, its CSVs under lakehouse/raw/order_items/, the tables.
Writes: the table order_items, rejected_records, held_order_items, ingestion_log.
Arguments: --bucket, --load (key of the load's manifest), --execution (the holder of the load lease), --coordination (where the lease lies:
s3, or dynamodb:<table>), --reject_limit_percent (a file of which more rows are rejected is set aside), --new_columns (keep_out or add),
--held_limit_days (after so many days an item whose product never came is rejected).
"""

from lakehouse import etl, frames
from lakehouse.datasets import ORDER_ITEMS

if __name__ == "__main__":
    names = ("JOB_NAME", "bucket", "load", "execution", "coordination", "reject_limit_percent", "new_columns", "held_limit_days")
    etl.main(ORDER_ITEMS, frames.arguments(*names))
