"""What the three jobs make of rows: the tables, the rejects, the held rows, and an account of every row."""

import datetime as dt

import pytest
from lakehouse import accounting, etl, frames, leases, tables

from tests.unit.pipeline.lakes import ITEMS, ME, MORNING, ORDERS, PRODUCTS, account, item, order

GOOD_ORDERS = [  # order_id as written, timestamp, amount -> the row
    (("10", MORNING, "5"), (10, dt.datetime(2025, 4, 1, 8), "5.00")),
    ((" \u00a011\u200b ", "2025-04-01T10:00:00+02:00", "0"), (11, dt.datetime(2025, 4, 1, 8), "0.00")),
    (("012.0", "2025-04-01 08:00:00.250", "19.90"), (12, dt.datetime(2025, 4, 1, 8, 0, 0, 250000), "19.90")),
    (("13", "2025-04-01T08:00:00Z", "9999999999.99"), (13, dt.datetime(2025, 4, 1, 8), "9999999999.99")),
    (("14", " 2025-04-01 08:00:00 +0000 ", "1.500"), (14, dt.datetime(2025, 4, 1, 8), "1.50")),
]
BAD_ORDERS = [  # order_id, timestamp, amount, date -> every code it earns
    (("", MORNING, "5", ""), ["MISSING_VALUE", "BAD_KEY"]),
    (('"1,000"', MORNING, "5", ""), ["BAD_KEY"]),
    (("\uff11\uff12", MORNING, "5", ""), ["BAD_KEY"]),
    (("1.23456789012346E+16", MORNING, "5", ""), ["BAD_KEY"]),
    (("N/A", MORNING, "5", ""), ["MISSING_VALUE", "BAD_KEY"]),
    (("20", "45748", "5", ""), ["BAD_TIMESTAMP"]),
    (("21", "2025-02-30", "5", ""), ["BAD_TIMESTAMP"]),
    (("22", "10:30", "5", ""), ["BAD_TIMESTAMP"]),
    (("23", "01/04/2025 10:30", "5", ""), ["BAD_TIMESTAMP"]),
    (("24", "2205-04-01T08:00:00", "5", ""), ["BAD_TIMESTAMP"]),
    (("25", MORNING, "-1", ""), ["BAD_AMOUNT"]),
    (("26", MORNING, '"19,99"', ""), ["BAD_AMOUNT"]),
    (("27", MORNING, "1.234", ""), ["BAD_AMOUNT"]),
    (("28", MORNING, "#REF!", ""), ["CELL_ERROR", "BAD_AMOUNT"]),
    (("29", MORNING, "5", "2025-04-02"), ["DATE_MISMATCH"]),
    (("30", "2025-04-01T23:00:00-02:00", "x", "2025-04-01"), ["BAD_AMOUNT", "DATE_MISMATCH"]),
    (("31", MORNING), ["BAD_FIELD_COUNT"]),
]


def test_each_rule_gives_its_code_and_a_bad_value_never_fails_the_job(lake):
    good = [f"1,{key},7,{timestamp},{amount},\n" for (key, timestamp, amount), _ in GOOD_ORDERS]
    bad = ["1,{},7,{},{},{}\n".format(*cells) if len(cells) == 4 else "1,{},7,{}\n".format(*cells) for cells, _ in BAD_ORDERS]
    lake.policy = etl.Policy(reject_limit_percent=100)

    (row,) = lake.load("orders", ORDERS + "".join(good + bad))

    assert account(row) == {"inserted": len(good), "rejected": len(bad)}
    loaded = [(key, moment, str(amount)) for key, moment, amount in lake.rows("orders", "order_id", "order_timestamp", "total_amount")]
    assert loaded == [expected for _, expected in GOOD_ORDERS]
    rejected = dict(lake.rows("rejected_records", "row_number", "reason_codes"))
    assert rejected == {number: codes for number, (_, codes) in enumerate(BAD_ORDERS, start=2 + len(good))}
    raw = lake.rows("rejected_records", "raw")
    assert any("01/04/2025 10:30" in text for (text,) in raw)
    assert list(lake.folder.glob("rejected/rows/orders/load-1/*.json"))
    kept = {count["code"]: count for count in lake.bucket.read(f"state/uploads/{row.upload_id}/rejects-orders.json").content["counts"]}
    assert (kept["BAD_KEY"]["rows"], kept["BAD_KEY"]["first_rows"]) == (5, [7, 8, 9, 10, 11])
    assert (kept["DATE_MISMATCH"]["key"], kept["DATE_MISMATCH"]["rows"]) == (f"uploads/{row.upload_id}.csv", 2)


@pytest.mark.slow
def test_products_keep_their_odd_names_and_lose_those_that_say_there_is_none(lake):
    names = ["None", "NA", "<script>", "=cmd|' /C calc'!A0", '"quoted ""name"", and\nline"']
    missing = ["NULL", "-", "unknown", "#N/A"]
    lines = [f"{number},1,Toys,{name}\n" for number, name in enumerate(names + missing, start=1)]

    (row,) = lake.load("products", PRODUCTS + "".join(lines))

    assert account(row) == {"inserted": len(names), "rejected": len(missing)}
    assert [name for _, name in lake.rows("products", "product_id", "product_name")] == [*names[:4], 'quoted "name", and\nline']


@pytest.mark.slow
def test_loading_the_same_rows_again_changes_nothing_and_a_change_moves_one_row(lake):
    lake.load("orders", ORDERS + order(1) + order(2))
    version = lake.version("orders")

    (same,) = lake.load("orders", ORDERS + order(2) + order(1, "5"))
    assert account(same) == {"unchanged": 2}
    assert lake.version("orders") == version

    (moved,) = lake.load("orders", ORDERS + order(1, timestamp="2025-04-02T08:00:00") + order(2))
    assert account(moved) == {"updated": 1, "unchanged": 1}
    assert lake.rows("orders", "order_id", "date") == [(1, dt.date(2025, 4, 2)), (2, dt.date(2025, 4, 1))]


def test_the_latest_valid_row_of_a_key_wins_and_what_it_beats_is_logged(lake):
    first = ORDERS + order(1, "1.00") + order(1, "2.00") + order(1, "2.00") + order(1, "bad")
    second = ORDERS + order(1, "3.00") + order(2, "bad") + order(1, "later and bad") + order(3, "4.00")

    accounts = [account(row) for row in lake.load("orders", first, second)]

    assert accounts == [{"duplicates": 3, "rejected": 1}, {"inserted": 2, "rejected": 2}]
    assert [(key, str(amount)) for key, amount in lake.rows("orders", "order_id", "total_amount")] == [(1, "3.00"), (3, "4.00")]
    logged = lake.rows("rejected_records", "outcome", "row_number", "reason_codes")
    assert [entry for entry in logged if entry[0] == "DUPLICATE"] == [("DUPLICATE", number, ["DUPLICATE"]) for number in (2, 3, 4)]


@pytest.mark.slow
def test_an_upload_that_comes_late_does_not_undo_a_newer_one(lake):
    lake.load("orders", ORDERS + order(1, "9.00"), at=["20260402T000000Z-v"])

    (late,) = lake.load("orders", ORDERS + order(1, "1.00"), at=["20260401T000000Z-v"])

    assert account(late) == {"duplicates": 1}
    assert [str(amount) for (amount,) in lake.rows("orders", "total_amount")] == ["9.00"]


@pytest.mark.slow
def test_items_wait_for_their_product_and_are_loaded_by_themselves_when_it_comes(lake):
    lake.load("products", PRODUCTS + "1,1,Toys,a\n")

    (row,) = lake.load("order_items", ITEMS + item(1, 1) + item(2, 99) + item(3, 99, days="#N/A") + item(4, ""))
    assert account(row) == {"inserted": 1, "held": 2, "rejected": 1}
    assert row.warnings == ("CELL_ERROR",)
    assert lake.bucket.read("state/held.json").content["rows"] == 2

    lake.load("products", PRODUCTS + "99,1,Toys,late\n1,2,Toys,renamed\n")
    lake.load("order_items")

    assert lake.rows("order_items", "id") == [(1,), (2,), (3,)]
    assert lake.rows("held_order_items", "id") == []
    (settled,) = accounting.read_log(lake.bucket, row.upload_id, "order_items")
    assert account(settled) == {"inserted": 3, "rejected": 1}
    assert lake.bucket.read("state/held.json").content["rows"] == 0


@pytest.mark.slow
def test_a_load_that_is_done_again_after_an_interruption_ends_as_if_undisturbed(lake):
    lake.load("products", PRODUCTS + "1,1,Toys,a\n")
    content, upload = ITEMS + item(1, 1) + item(2, 99) + item(3, "bad"), ["20260401T120000Z-v"]
    (first,) = lake.load("order_items", content, at=upload)

    (again,) = lake.load("order_items", content, at=upload, attempts=2)

    assert account(again) == account(first) == {"inserted": 1, "held": 1, "rejected": 1}
    assert lake.rows("order_items", "id") == [(1,)]
    assert lake.rows("held_order_items", "id") == [(2,)]
    assert len(lake.rows("rejected_records", "row_number")) == 1


def test_rows_that_do_not_add_up_fail_the_job_before_anything_is_written(lake, monkeypatch):
    lake.load("orders", ORDERS + order(1))
    read = frames.read_csvs
    monkeypatch.setattr(frames, "read_csvs", lambda *arguments: read(*arguments).limit(1))

    with pytest.raises(accounting.AccountingError, match="2 rows read, 1 accounted for"):
        lake.load("orders", ORDERS + order(2) + order(3))

    assert lake.rows("orders", "order_id") == [(1,)]


def test_a_job_without_the_lease_writes_nothing(lake):
    leases.release(lake.bucket, ME)

    with pytest.raises(leases.LeaseLostError):
        lake.load("orders", ORDERS + order(1))

    assert lake.rows("orders", "order_id") == []


def test_a_job_whose_lease_goes_elsewhere_while_it_works_stops_before_its_next_commit(lake, monkeypatch):
    write_rejects = frames.write_rejects

    def lose_the_lease(*arguments, **options):
        write_rejects(*arguments, **options)
        leases.release(lake.bucket, ME)

    monkeypatch.setattr(frames, "write_rejects", lose_the_lease)

    with pytest.raises(leases.LeaseLostError):
        lake.load("orders", ORDERS + order(1) + "1,,7,10:30,-1,\n")

    assert lake.rows("orders", "order_id") == []


def test_tables_are_created_once_with_their_types_and_never_touched_again(lake):
    created = [frames.create_if_missing(lake.spark, lake.root, table) for table in tables.DELTA_TABLES]
    again = [frames.create_if_missing(lake.spark, lake.root, table) for table in tables.DELTA_TABLES]

    assert (set(created), set(again)) == ({True}, {False})
    for table in tables.DELTA_TABLES:
        schema = frames.read_table(lake.spark, lake.root, table).schema
        assert [(field.name, field.dataType.simpleString()) for field in schema] == list(table.columns)
