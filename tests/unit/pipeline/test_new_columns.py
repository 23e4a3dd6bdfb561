"""Columns that a file has and its table has not: kept out by default, added as text when the policy says so."""

import pytest
from lakehouse import etl, frames, new_columns, transforms
from lakehouse.datasets import ORDERS as ORDERS_DATASET
from lakehouse.tables import DATASET_TABLES

from tests.unit.pipeline.lakes import ORDERS, account, order

WIDER = ORDERS.replace("\n", ",Gift Wrap?,fate\n")


def wider(line, gift, fate=""):
    return line.replace("\n", f",{gift},{fate}\n")


@pytest.mark.slow
def test_a_new_column_is_kept_out_until_the_policy_adds_it_and_a_file_without_it_changes_nothing_of_it(lake):
    (kept_out,) = lake.load("orders", WIDER + wider(order(1), "red", "sealed"))
    assert (account(kept_out), kept_out.warnings) == ({"inserted": 1}, ("EXTRA_COLUMNS",))

    lake.policy = etl.Policy(new_columns="add")
    (added,) = lake.load("orders", WIDER + wider(order(1), " red ", "sealed") + wider(order(2), "") + wider(order(3), "=1+1") + order(4))
    assert account(added) == {"updated": 1, "inserted": 2, "rejected": 1}
    rows = [(1, "red", "sealed"), (2, None, None), (3, "=1+1", None)]
    assert lake.rows("orders", "order_id", "gift_wrap", "extra_fate") == rows
    assert lake.glue.columns["orders"][1:] == [{"Name": "gift_wrap", "Type": "string"}, {"Name": "extra_fate", "Type": "string"}]

    without = lake.load("orders", ORDERS + order(1) + order(2, "6.00") + order(5))[0]
    blank = lake.load("orders", WIDER + wider(order(1), "") + wider(order(3), "=1+1"))[0]
    changed = lake.load("orders", WIDER + wider(order(3), "blue"))[0]

    assert [account(row) for row in (without, blank, changed)] == [{"unchanged": 1, "updated": 1, "inserted": 1}, {"unchanged": 2}, {"updated": 1}]
    assert lake.rows("orders", "order_id", "gift_wrap") == [(1, "red"), (2, None), (3, "blue"), (5, None)]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Gift  Wrap?", "gift_wrap"),
        ("GIFT-WRAP", "gift_wrap"),
        ("order_id!", "extra_order_id"),  # the table's own
        ("Fate", "extra_fate"),  # a name that the load itself uses
        ("_upload_id", "upload_id"),
        ("2nd address", "extra_2nd_address"),
        ("価格", "column_855e4ca0"),
        ("'; drop table orders; --", "drop_table_orders"),
        ("x" * 500, "x" * 120),
    ],
)
def test_a_new_column_gets_a_name_that_every_engine_takes(written, name):
    assert new_columns.safe_name(written, ORDERS_DATASET) == name


def test_two_names_that_become_one_share_a_column_and_a_sheet_of_thousands_is_no_schema():
    names = new_columns.names_of(["Gift wrap", "gift-wrap", *(f"c{number}" for number in range(1000))], ORDERS_DATASET)

    assert names["gift_wrap"] == ("Gift wrap", "gift-wrap")
    assert len(names) == 50


def test_every_name_that_a_load_uses_itself_is_known(lake):
    judged = transforms.judge(frames.read_csvs(lake.spark, [], ORDERS_DATASET, {}), ORDERS_DATASET)
    target = frames.read_table(lake.spark, lake.root, DATASET_TABLES["orders"])
    settled = transforms.settle(transforms.find_parents(judged, ORDERS_DATASET, None), ORDERS_DATASET, target)

    used = {name for name in settled.columns if name not in ORDERS_DATASET.column_names and not name.startswith("_")}
    assert used == new_columns.OWN_NAMES
