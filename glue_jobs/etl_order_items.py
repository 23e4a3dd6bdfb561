"""Load the order items that a load's uploads hold, and those that waited for a product.

Reads: the load's manifest, its CSVs under lakehouse/raw/order_items/, the tables.
Writes: the table order_items, rejected_records, held_order_items, ingestion_log.
Arguments: --bucket, --load (key of the load's manifest), --execution (the holder of the load lease),
--coordination (where the lease lies: s3, or dynamodb:<table>),
--held_limit_days (after so many days an item whose product never came is rejected).
"""

from lakehouse import etl, frames
from lakehouse.datasets import ORDER_ITEMS

if __name__ == "__main__":
    given = frames.arguments("JOB_NAME", "bucket", "load", "execution", "coordination", "held_limit_days")
    etl.main(ORDER_ITEMS, given, held_limit_days=int(given["held_limit_days"]))
