"""Case 25: items wait for their product, come by themselves from whichever upload, and are rejected after the limit."""

from datetime import UTC, datetime, timedelta

import pytest
from lakehouse import etl, loads

from tests.unit.pipeline.lakes import ITEMS, PRODUCTS, account, item, product

T1, T2, T3 = (f"2026040{day}T000000Z-v" for day in (1, 2, 3))


def held(lake):
    return lake.rows("held_order_items", "id", "product_id", "_upload_id")


@pytest.mark.slow
def test_case_25_items_come_by_themselves_from_whichever_upload_or_are_rejected_after_the_limit(lake):
    lake.load("products", PRODUCTS + product(1), at=[T1])
    lake.load("order_items", ITEMS + item(1, 1) + item(2, 98) + item(3, 99) + item(4, 97), at=[T1])
    (second,) = lake.load("order_items", ITEMS + item(2, 98) + item(3, 1) + item(5, 99) + item(5, 98, days=1), at=[T2])
    # 2 waits once, as of the later upload; 3 has a product now, which is later than what waits; 5 waits for either of its products.
    assert account(second) == {"inserted": 1, "held": 3}
    assert held(lake) == [(2, 98, T2), (4, 97, T1), (5, 98, T2), (5, 99, T2)]
    assert account(lake.log(T1, "order_items")[0]) == {"inserted": 1, "held": 1, "duplicates": 2}
    noted = lake.bucket.read("state/held.json").content
    assert noted["rows"] == 4
    assert datetime.fromisoformat(noted["reject_at"]) - datetime.fromisoformat(noted["oldest_held_at"]) == timedelta(days=30)

    lake.load("products", PRODUCTS + product(98) + product(99), at=[T3])
    lake.load("order_items")

    assert lake.rows("order_items", "id", "product_id") == [(1, 1), (2, 98), (3, 1), (5, 98)]
    assert held(lake) == [(4, 97, T1)]
    assert account(lake.log(T2, "order_items")[0]) == {"inserted": 3, "duplicates": 1}

    lake.policy = etl.Policy(held_limit_days=0)
    lake.load("order_items")

    assert held(lake) == []
    assert lake.rows("rejected_records", "upload_id", "outcome", "reason_codes", "record_key", "source_key") == [
        (T1, "DUPLICATE", ["DUPLICATE"], "3", f"uploads/{T1}.csv"),
        (T1, "REJECT", ["NO_SUCH_PRODUCT"], "4", f"uploads/{T1}.csv"),
        (T2, "DUPLICATE", ["DUPLICATE"], "5", f"uploads/{T2}.csv"),
    ]
    assert account(lake.log(T1, "order_items")[0]) == {"inserted": 1, "rejected": 1, "duplicates": 2}
    (overdue,) = lake.bucket.read("state/overdue/load-6.json").content["counts"]
    assert (overdue["upload_id"], overdue["code"], overdue["rows"]) == (T1, "NO_SUCH_PRODUCT", 1)
    assert lake.bucket.read("state/held.json").content == {"rows": 0, "load": "load-6", "oldest_held_at": None, "reject_at": None}


@pytest.mark.parametrize(("hours", "is_overdue"), [(-1, True), (1, False)])
def test_items_over_their_limit_are_planned_for_with_or_without_an_upload(bucket, hours, is_overdue):
    reject_at = (datetime.now(UTC) + timedelta(hours=hours)).isoformat()
    bucket.write(etl.HELD_KEY, {"rows": 1, "load": "l", "oldest_held_at": reject_at, "reject_at": reject_at})

    planned = loads.plan_overdue(bucket, "arn:me")

    assert ("order_items" in loads._by_dataset(bucket, [])) is is_overdue
    if not is_overdue:
        assert planned is None
        return
    assert planned["datasets"] == {"order_items": {"sheets": []}}
    assert loads.read_plan(bucket, planned["load"])["uploads"] == []
    loads.finish(bucket, planned["load"])
