"""Rejects are marked as resolved when a later upload makes their rows good, and only then."""

import pytest
from lakehouse import frames

from tests.unit.pipeline.lakes import ORDERS, account, order

FIRST, SECOND, THIRD = "20260401T000000Z-v", "20260402T000000Z-v", "20260403T000000Z-v"
GOOD = "".join(order(key) for key in range(100, 110))


def resolved(lake):
    return dict(lake.rows("rejected_records", "row_number", "resolved_by"))


def unresolved_count(lake):
    return lake.bucket.read("state/unresolved/orders.json").content["rows"]


@pytest.mark.slow
def test_a_corrected_file_resolves_by_key_and_where_there_is_none_by_place(lake):
    bad = ORDERS + GOOD + order(" 007.0 ", "bad") + order(8, "bad") + order("", "5.00", number=77) + f"1,9,7,{'x' * 9}\n"
    lake.load("orders", bad, at=[FIRST], name="orders.csv")
    assert unresolved_count(lake) == 4

    # The next day's file of that name has other rows in these places, and a later bad row resolves nothing.
    other = ORDERS + "".join(f"{n},{n + 500},{n + 30},2025-04-02T09:00:0{n % 10},{n}.25,\n" for n in range(12, 27)) + order(8, "worse")
    lake.load("orders", other, at=[SECOND], name="orders.csv")
    assert resolved(lake) == {12: None, 13: None, 14: None, 15: None, 17: None}

    corrected = ORDERS + GOOD + order(7) + order(8) + order(9, number=77) + order(10, timestamp="2025-04-05T08:00:00")
    lake.load("orders", corrected, at=[THIRD], name="orders.csv")

    # Row 15 had too few fields, and less than half of what it had is there now.
    assert resolved(lake) == {12: THIRD, 13: THIRD, 14: THIRD, 15: None, 17: THIRD}
    assert unresolved_count(lake) == 1
    assert all(moment is not None for who, moment in lake.rows("rejected_records", "resolved_by", "resolved_at") if who)


@pytest.mark.slow
def test_an_earlier_upload_that_comes_late_resolves_nothing_and_a_late_reject_is_resolved_at_once(lake):
    lake.load("orders", ORDERS + GOOD + order(1, "bad"), at=[SECOND])
    lake.load("orders", ORDERS + order(1), at=[FIRST])
    assert list(resolved(lake).values()) == [None]

    lake.load("orders", ORDERS + order(1), at=[THIRD])
    assert list(resolved(lake).values()) == [THIRD]

    (late,) = lake.load("orders", ORDERS + order(5) + order(6) + order(1, "bad"), at=["20260402T120000Z-v"])
    assert account(late) == {"inserted": 2, "rejected": 1}
    assert sorted(resolved(lake).values()) == [THIRD, THIRD]


@pytest.mark.slow
def test_what_lost_to_another_is_not_resolved_and_nothing_is_read_when_nothing_is_unresolved(lake, monkeypatch):
    lake.load("orders", ORDERS + GOOD + order(1, "bad"), at=[FIRST])
    lake.load("orders", ORDERS + order(1, "2.00") + order(1, "3.00"), at=[SECOND])
    assert lake.rows("rejected_records", "outcome", "resolved_by") == [("DUPLICATE", None), ("REJECT", SECOND)]
    assert unresolved_count(lake) == 0
    version = lake.version("rejected_records")
    monkeypatch.setattr(frames, "resolve", None)

    again = lake.load("orders", ORDERS + order(1, "3.00"), at=[THIRD])

    assert account(again[0]) == {"unchanged": 1}
    assert lake.version("rejected_records") == version
