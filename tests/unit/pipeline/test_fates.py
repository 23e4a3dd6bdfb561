"""What decides between rows of one key."""

from lakehouse import transforms
from lakehouse.converter import TECHNICAL_COLUMNS
from lakehouse.datasets import ORDERS
from lakehouse.frames import struct_type
from lakehouse.tables import DATASET_TABLES

UPLOAD = "20260401T000000Z-v"


def test_a_bad_row_that_came_later_is_rejected_and_the_good_one_before_it_stays(spark):
    columns = ", ".join(f"{name} string" for name in (*ORDERS.column_names, *TECHNICAL_COLUMNS))
    good = ("1", "10", "7", "2025-04-01T08:00:00", "5.00", "2025-04-01", UPLOAD, "s", "2", "", None)
    bad = ("1", "10", "7", "2025-04-01T08:00:00", "no amount", "2025-04-01", UPLOAD, "s", "3", "", None)
    judged = transforms.judge(spark.createDataFrame([good, bad], columns), ORDERS)
    empty = spark.createDataFrame([], struct_type(DATASET_TABLES["orders"]))

    settled = transforms.settle(transforms.find_parents(judged, ORDERS, None), ORDERS, empty)

    assert sorted((row["row_number"], row["fate"]) for row in settled.collect()) == [(2, "inserted"), (3, "rejected")]
