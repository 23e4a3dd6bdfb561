"""Cases 24 and 26: whatever the order in which uploads are loaded, the latest one that has a valid row of a key wins."""

import pytest
from lakehouse import late

from tests.unit.pipeline.lakes import ITEMS, ORDERS, PRODUCTS, account, item, order, product

T1, T2, T3, T4 = (f"2026040{day}T000000Z-v" for day in (1, 2, 3, 4))


def amounts(lake):
    return [(key, str(amount)) for key, amount in lake.rows("orders", "order_id", "total_amount")]


@pytest.mark.slow
def test_case_24_a_late_upload_does_not_undo_what_a_newer_one_repeated(lake):
    lake.load("orders", ORDERS + order(1, "1.00"), at=[T1])
    lake.load("orders", ORDERS + order(1, "1.00") + order(2), at=[T3])

    (between,) = lake.load("orders", ORDERS + order(1, "7.00") + order(3), at=[T2])

    assert account(between) == {"duplicates": 1, "inserted": 1}
    assert amounts(lake) == [(1, "1.00"), (2, "5.00"), (3, "5.00")]
    assert lake.rows("rejected_records", "upload_id", "outcome") == [(T2, "DUPLICATE")]
    assert [row.rows_read for row in lake.log(T3, "orders")] == [2]


@pytest.mark.slow
def test_case_24_witnesses_are_read_where_they_lie_and_only_for_late_uploads(lake, monkeypatch):
    lake.load("orders", ORDERS + order(1, "1.00"), at=[T1])
    lake.load("orders", ORDERS + order(1, "1.00"), at=[T3], archive=False)  # loaded, and its execution failed after that

    (witness,) = late.find_witnesses(lake.bucket, "orders", [T2])
    assert [csv.rsplit("/", 1)[0] for csv in witness.csvs] == [f"lakehouse/raw/orders/{T3}"]
    assert late.find_witnesses(lake.bucket, "orders", [T4]) == []
    assert late.find_witnesses(lake.bucket, "orders", [T3]) == []
    assert late.find_witnesses(lake.bucket, "order_items", [T2]) == []
    (between,) = lake.load("orders", ORDERS + order(1, "7.00"), at=[T2])
    assert account(between) == {"duplicates": 1}
    assert amounts(lake) == [(1, "1.00")]


@pytest.mark.slow
@pytest.mark.parametrize("order_of_loads", [(T3, T4, T2, T1), (T2, T3, T1, T4)])
def test_cases_25_and_26_whatever_the_order_of_loads_the_tables_end_the_same(lake, order_of_loads):
    loads = {
        T1: ("products", PRODUCTS + product(1, "first")),
        T2: ("order_items", ITEMS + item(10, 1) + item(11, 1, days=3)),
        T3: ("order_items", ITEMS + item(10, 2, days=5) + item(11, 1, days=4)),
        T4: ("products", PRODUCTS + product(1, "renamed") + product(2)),
    }

    for upload in order_of_loads:
        dataset, content = loads[upload]
        lake.load(dataset, content, at=[upload])
        if dataset == "products":
            lake.load("order_items")

    assert lake.rows("products", "product_id", "product_name") == [(1, "renamed"), (2, "a")]
    assert lake.rows("order_items", "id", "product_id", "days_since_prior_order") == [(10, 2, 5), (11, 1, 4)]
    assert lake.rows("held_order_items", "id") == []
    logged = [row for upload in (T2, T3) for row in lake.log(upload, "order_items")]
    assert [(row.rows_read, row.accounted, row.held) for row in logged] == [(2, 2, 0)] * 2
