"""Case 34: a file of which all rows of a dataset, or too many, are bad is set aside whole."""

import pytest
from lakehouse import etl

from tests.unit.pipeline.lakes import ORDERS, account, order


@pytest.mark.slow
def test_case_34_a_file_of_too_many_bad_rows_is_set_aside_and_beats_nobody_and_its_correction_is_loaded(lake):
    good = ORDERS + order(1, "1.00") + order(2, "2.00")
    bad = ORDERS + order(1, "9.00") + order(3) + order("x") + order("y") + order("z")
    at = ["20260401T000000Z-a", "20260402T000000Z-b"]

    kept, aside = lake.load("orders", good, bad, at=at)

    assert (account(kept), kept.outcome) == ({"inserted": 2}, "OK")
    assert (account(aside), aside.outcome, aside.reason) == ({"rejected": 5}, "QUARANTINE", "TOO_MANY_REJECTS")
    assert aside.warnings == ("BAD_KEY", "FILE_REJECTED")
    assert [str(amount) for _, amount in lake.rows("orders", "order_id", "total_amount")] == ["1.00", "2.00"]
    assert lake.rows("rejected_records", "upload_id", "row_number", "outcome", "reason_codes") == [
        (at[1], number, "REJECT", codes) for number, codes in enumerate([["FILE_REJECTED"]] * 2 + [["BAD_KEY"]] * 3, start=2)
    ]
    assert lake.bucket.head(f"rejected/files/{at[1]}/{at[1]}.csv", None)
    assert lake.bucket.head(f"archived/uploads/{at[0]}/{at[0]}.csv", None)
    assert [key.split("/")[3] for key in lake.bucket.keys("rejected/raw/orders/")] == [at[1]]

    # The corrected file is later than a file that comes late: the one set aside is no witness against it.
    (late,) = lake.load("orders", ORDERS + order(1, "3.00"), at=["20260401T120000Z-c"])
    (corrected,) = lake.load("orders", ORDERS + order(1, "9.00") + order(3) + order(4), at=["20260403T000000Z-d"])

    assert (account(late), account(corrected)) == ({"updated": 1}, {"updated": 1, "inserted": 2})
    resolved = lake.rows("rejected_records", "row_number", "resolved_by")
    assert resolved == [(2, "20260403T000000Z-d"), (3, "20260403T000000Z-d"), (4, None), (5, None), (6, None)]


@pytest.mark.parametrize(
    ("bad", "rows", "percent", "is_set_aside"),
    [
        (1, 2, 50, False),  # as many as the limit is not more than it
        (2, 3, 50, True),
        (1, 1, 100, True),  # all of them, whatever the limit
        (99, 100, 100, False),
        (1, 100, 0, True),
        (0, 5, 0, False),
        (0, 0, 0, False),  # a header alone
    ],
)
def test_case_34_the_limit_is_a_share_of_the_rows_read(bad, rows, percent, is_set_aside):
    def fates(fate, count, *, was_held=False):
        return etl.Fates("u", "s", was_held, fate, count, 0, (), (), ())

    counted = [fates("rejected", bad), fates("inserted", rows - bad), fates("rejected", 1000, was_held=True)]
    load = etl.Load("l", "e", None, [{"upload_id": "u"}], {})

    assert etl._too_many_rejects(load, counted, etl.Policy(reject_limit_percent=percent)) == (["u"] if is_set_aside else [])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"new_columns": "ignore"}, "expected keep_out or add"), ({"reject_limit_percent": "101"}, "expected 0 to 100")],
)
def test_a_parameter_that_means_nothing_fails_the_job_with_what_was_expected(arguments, message):
    with pytest.raises(ValueError, match=message):
        etl.Policy.of(arguments)
