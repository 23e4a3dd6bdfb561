"""What real files do to rows, and what must happen: a sheet for each case, all loaded at once; every row of it is one test.

A row's expectation is either the codes that reject it, or what the table holds of it.
"""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

import openpyxl
import pytest
from lakehouse import etl
from lakehouse.datasets import BY_NAME

from tests.unit.pipeline.lakes import ITEMS, MORNING, ORDERS, PRODUCTS, account, open_lake

NBSP, ZERO_WIDTH, BOM = "\u00a0", "\u200b", "\ufeff"
AT_EIGHT = dt.datetime(2025, 4, 1, 8)
DAY = dt.date(2025, 4, 1)


@dataclass(frozen=True)
class Case:
    """One row of a sheet `case <number>`; cells differ from an ordinary row's, expected is a list of codes or a dict of columns."""

    number: int
    what: str
    cells: dict = field(hash=False)
    expected: object = field(hash=False)

    def __str__(self):
        return f"{self.number:02d} {self.what}"


ORDER_CASES = [
    Case(4, "a formula without a value in a required column", {"total_amount": "=1+1"}, ["FORMULA_NO_VALUE", "BAD_AMOUNT"]),
    Case(4, "a formula without a value in the key", {"order_id": "=2+2"}, ["FORMULA_NO_VALUE", "BAD_KEY"]),
    Case(4, "a formula without a value in a column that may be blank", {"date": "=1"}, {"date": DAY}),
    Case(5, "#N/A in a required column", {"order_timestamp": "#N/A"}, ["CELL_ERROR", "BAD_TIMESTAMP"]),
    Case(5, "#REF! in a required column", {"user_id": "#REF!"}, ["CELL_ERROR", "BAD_KEY"]),
    Case(5, "#VALUE! in a required whole number", {"order_num": "#VALUE!"}, ["CELL_ERROR"]),
    Case(5, "#N/A in a column that may be blank", {"date": "#N/A"}, {"date": DAY}),
    Case(6, "a date cell", {"order_timestamp": dt.datetime(2025, 4, 1, 8)}, {"order_timestamp": AT_EIGHT, "date": DAY}),
    Case(6, "a date cell without a time is midnight", {"order_timestamp": dt.date(2025, 4, 1)}, {"order_timestamp": dt.datetime(2025, 4, 1)}),
    Case(6, "a bare number is no timestamp", {"order_timestamp": 45748}, ["BAD_TIMESTAMP"]),
    Case(6, "a bare number with a fraction is none either", {"order_timestamp": 45748.5}, ["BAD_TIMESTAMP"]),
    Case(6, "day/month/year as text", {"order_timestamp": "01/04/2025 08:00"}, ["BAD_TIMESTAMP"]),
    Case(6, "a day in words", {"order_timestamp": "1 April 2025"}, ["BAD_TIMESTAMP"]),
    Case(7, "Z", {"order_timestamp": "2025-04-01T08:00:00Z"}, {"order_timestamp": AT_EIGHT}),
    Case(7, "an offset", {"order_timestamp": "2025-04-01T10:00:00+02:00"}, {"order_timestamp": AT_EIGHT}),
    Case(7, "an offset that changes the day", {"order_timestamp": "2025-04-01T01:00:00+02:00"}, {"date": dt.date(2025, 3, 31)}),
    Case(7, "milliseconds", {"order_timestamp": "2025-04-01T08:00:00.250"}, {"order_timestamp": AT_EIGHT.replace(microsecond=250000)}),
    Case(7, "a blank instead of T, and blanks around", {"order_timestamp": f" {NBSP}2025-04-01 08:00:00 "}, {"order_timestamp": AT_EIGHT}),
    Case(7, "without seconds", {"order_timestamp": "2025-04-01T08:00"}, {"order_timestamp": AT_EIGHT}),
    Case(
        7,
        "an hour that New York skips stays as it is",
        {"order_timestamp": "2025-03-09T02:30:00"},
        {"order_timestamp": dt.datetime(2025, 3, 9, 2, 30)},
    ),
    Case(7, "a leap day", {"order_timestamp": "2024-02-29T00:00:00"}, {"date": dt.date(2024, 2, 29)}),
    Case(7, "a day that is none", {"order_timestamp": "2025-02-30"}, ["BAD_TIMESTAMP"]),
    Case(7, "a leap day of no leap year", {"order_timestamp": "2025-02-29T00:00:00"}, ["BAD_TIMESTAMP"]),
    Case(7, "a time alone", {"order_timestamp": "10:30"}, ["BAD_TIMESTAMP"]),
    Case(7, "the hour 24", {"order_timestamp": "2025-04-01T24:00:00"}, ["BAD_TIMESTAMP"]),
    Case(7, "the second 60", {"order_timestamp": "2025-04-01T08:00:60"}, ["BAD_TIMESTAMP"]),
    Case(7, "the year 45748", {"order_timestamp": "45748-01-01T00:00:00"}, ["BAD_TIMESTAMP"]),
    Case(7, "the year 1999", {"order_timestamp": "1999-12-31T23:59:59"}, ["BAD_TIMESTAMP"]),
    Case(7, "an offset beyond all zones", {"order_timestamp": "2025-04-01T08:00:00+25:00"}, ["BAD_TIMESTAMP"]),
    Case(7, "text after it", {"order_timestamp": "2025-04-01T08:00:00 approx."}, ["BAD_TIMESTAMP"]),
    Case(8, "the same day", {"date": "2025-04-01"}, {"date": DAY}),
    Case(8, "the same day as a date cell", {"date": dt.date(2025, 4, 1)}, {"date": DAY}),
    Case(8, "another day", {"date": "2025-04-02"}, ["DATE_MISMATCH"]),
    Case(8, "another day in UTC", {"order_timestamp": "2025-04-01T23:00:00-02:00", "date": "2025-04-01"}, ["DATE_MISMATCH"]),
    Case(8, "no date at all", {"date": None}, {"date": DAY}),
    Case(8, "a date that is none", {"date": "soon"}, ["DATE_MISMATCH"]),
    Case(9, "one blank cell in a column of whole numbers", {"order_num": None}, ["MISSING_VALUE"]),
    Case(9, "the row after it keeps its whole number", {"order_num": 988}, {"order_num": 988}),
    Case(9, "an integral float is the same number", {"order_num": 988.0}, {"order_num": 988}),
    Case(9, "a fraction is no whole number", {"order_num": 988.5}, ["BAD_NUMBER"]),
    Case(10, "blanks around", {"order_id": " 100001 "}, {"order_id": 100001}),
    Case(10, "no-break blanks, byte order mark and zero width", {"order_id": f"{BOM}{NBSP}100002{ZERO_WIDTH}"}, {"order_id": 100002}),
    Case(10, "an integral float as text", {"order_id": "100003.0"}, {"order_id": 100003}),
    Case(10, "leading zeros", {"order_id": "00100004"}, {"order_id": 100004}),
    Case(10, "a separator of thousands", {"order_id": "1,000"}, ["BAD_KEY"]),
    Case(10, "full-width digits", {"order_id": "\uff11\uff12"}, ["BAD_KEY"]),
    Case(10, "Arabic-Indic digits", {"order_id": "\u0661\u0662"}, ["BAD_KEY"]),
    Case(10, "an exponent", {"order_id": "1E5"}, ["BAD_KEY"]),
    Case(10, "a fraction", {"order_id": "7.5"}, ["BAD_KEY"]),
    Case(10, "a sign", {"order_id": "-7"}, ["BAD_KEY"]),
    Case(10, "a number past bigint", {"order_id": "9999999999999999999"}, ["BAD_KEY"]),
    Case(10, "a number cell of more digits than Excel keeps", {"order_id": 12345678901234567890.0}, ["BAD_KEY"]),
    Case(10, "two numbers", {"order_id": "7 8"}, ["BAD_KEY"]),
    *(
        Case(11, f"{word!r} in a required column", {"user_id": word}, ["MISSING_VALUE", "BAD_KEY"])
        for word in ("ERROR", "UNKNOWN", "null", "N/A", "-")
    ),
    Case(11, "'-' in a column that may be blank", {"date": "-"}, {"date": DAY}),
    Case(29, "zero", {"total_amount": 0}, {"total_amount": Decimal("0.00")}),
    Case(29, "two decimals", {"total_amount": "229.53"}, {"total_amount": Decimal("229.53")}),
    Case(29, "a sum of floats that is no decimal", {"total_amount": 0.1 + 0.2}, {"total_amount": Decimal("0.30")}),
    Case(29, "the largest", {"total_amount": "9999999999.99"}, {"total_amount": Decimal("9999999999.99")}),
    Case(29, "one more than the largest", {"total_amount": "10000000000.00"}, ["BAD_AMOUNT"]),
    Case(29, "negative", {"total_amount": -1}, ["BAD_AMOUNT"]),
    Case(29, "three decimals", {"total_amount": "19.999"}, ["BAD_AMOUNT"]),
    Case(29, "a decimal comma", {"total_amount": "19,99"}, ["BAD_AMOUNT"]),
    Case(29, "a currency", {"total_amount": "\u20ac5"}, ["BAD_AMOUNT"]),
    Case(29, "not a number", {"total_amount": "NaN"}, ["MISSING_VALUE", "BAD_AMOUNT"]),
    Case(29, "infinity", {"total_amount": "Infinity"}, ["BAD_AMOUNT"]),
]
ITEM_CASES = [
    Case(5, "#N/A in a whole number that may be blank", {"days_since_prior_order": "#N/A"}, {"days_since_prior_order": None}),
    Case(9, "a blank whole number that may be blank", {"days_since_prior_order": None}, {"days_since_prior_order": None}),
    Case(9, "the row after it", {"days_since_prior_order": 30}, {"days_since_prior_order": 30}),
    Case(11, "'UNKNOWN' in a whole number that may be blank", {"days_since_prior_order": "UNKNOWN"}, {"days_since_prior_order": None}),
    Case(11, "a word in a whole number that may be blank", {"days_since_prior_order": "many"}, ["BAD_NUMBER"]),
    Case(25, "a product that is not there", {"product_id": 99}, "held"),
    Case(25, "no product at all", {"product_id": None}, ["MISSING_VALUE", "BAD_KEY"]),
    Case(29, "neither reordered nor not", {"reordered": 2}, ["BAD_NUMBER"]),
    Case(29, "put into the cart before the first", {"add_to_cart_order": 0}, ["BAD_NUMBER"]),
    Case(29, "a negative number of days", {"days_since_prior_order": -1}, ["BAD_NUMBER"]),
]
PRODUCT_CASES = [
    Case(11, "a product called None", {"product_name": "None"}, {"product_name": "None"}),
    Case(11, "a product called NA", {"product_name": "NA"}, {"product_name": "NA"}),
    Case(11, "a product called NULL", {"product_name": "NULL"}, ["MISSING_VALUE"]),
    Case(13, "quotes, a comma and a new line", {"product_name": '"quoted ""name"", and\nline"'}, {"product_name": 'quoted "name", and\nline'}),
    Case(32, "a formula as text", {"product_name": "=cmd|' /C calc'!A0"}, {"product_name": "=cmd|' /C calc'!A0"}),
    Case(32, "markup", {"product_name": "<script>alert(1)</script>"}, {"product_name": "<script>alert(1)</script>"}),
    Case(32, "SQL", {"product_name": "'; drop table products; --"}, {"product_name": "'; drop table products; --"}),
    Case(32, "a backslash before a quote", {"product_name": '"a\\"'}, {"product_name": "a\\"}),
]
RAGGED = ORDERS + f"1,150001,7,{MORNING},5.00,\n1,150002,7\n1,150003,7,{MORNING},5.00,,,surplus\n1,150004,7,2025-04"
SHUFFLED = [  # case 14: another order, case, blanks, a column too many, and the header again between the rows
    ["Total Amount", " ORDER_TIMESTAMP ", "order-id", "Gift", "User Id", "ORDER NUM"],
    [1.5, MORNING, 140001, "yes", 8, 3],
    ["Total Amount", " ORDER_TIMESTAMP ", "order-id", "Gift", "User Id", "ORDER NUM"],
    [2.5, MORNING, 140002, "no", 9, 4],
]


def key_of(case, cases):
    return 1_000 * case.number + cases.index(case)


def book(path, cases, key, ordinary, more=None):
    """Write a workbook of one sheet per case number."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for number in dict.fromkeys(case.number for case in cases):
        sheet = workbook.create_sheet(f"case {number}")
        sheet.append(list(ordinary))
        for case in cases:
            if case.number == number:
                sheet.append(list({**ordinary, key: key_of(case, cases), **case.cells}.values()))
    for title, rows in (more or {}).items():
        for row in [workbook.create_sheet(title), *rows][1:]:
            workbook[title].append(row)
    workbook.save(path)
    return path


@dataclass(frozen=True)
class Loaded:
    rows: dict
    rejected: dict
    held: set
    accounts: dict


@pytest.fixture(scope="module")
def loaded(spark, tmp_path_factory):
    """Load the cases of the three datasets, each at one go; return what the tables hold then."""
    folder = tmp_path_factory.mktemp("cases")
    lake = open_lake(spark, folder / "lake", policy=etl.Policy(reject_limit_percent=100))
    order = dict(zip(ORDERS.strip().split(","), [1, None, 7, MORNING, 5, None], strict=True))
    item = dict(zip(ITEMS.strip().split(","), [None, 1, 7, None, 1, 1, 0, MORNING, None], strict=True))
    products = PRODUCTS + "1,1,Toys,Kite\n" + "".join(f"{key_of(c, PRODUCT_CASES)},1,Toys,{c.cells['product_name']}\n" for c in PRODUCT_CASES)
    rows = lake.load("products", products)
    rows += lake.load("orders", book(folder / "orders.xlsx", ORDER_CASES, "order_id", order, {"case 14": SHUFFLED}), RAGGED)
    rows += lake.load("order_items", book(folder / "order_items.xlsx", ITEM_CASES, "id", item))
    tables = {
        name: {row[dataset.key]: row.asDict() for row in spark.read.format("delta").load(f"{lake.root}/lakehouse/processed/{name}").collect()}
        for name, dataset in BY_NAME.items()
    }
    rejected = {
        (dataset, sheet, number): codes
        for dataset, sheet, number, codes in lake.rows("rejected_records", "dataset", "sheet", "row_number", "reason_codes")
    }
    held = {key for (key,) in lake.rows("held_order_items", "id")}
    return Loaded(tables, rejected, held, {(row.dataset, row.sheet): row for row in rows})


def check(loaded, dataset, case, cases, key):
    row_number = 2 + [c for c in cases if c.number == case.number].index(case)
    found = loaded.rows[dataset].get(case.expected[key] if isinstance(case.expected, dict) and key in case.expected else key_of(case, cases))
    if isinstance(case.expected, list):
        assert loaded.rejected.get((dataset, f"case {case.number}", row_number)) == case.expected, found
        assert found is None
    elif case.expected == "held":
        assert found is None
        assert key_of(case, cases) in loaded.held
    else:
        assert found, loaded.rejected.get((dataset, f"case {case.number}", row_number))
        assert {name: found[name] for name in case.expected} == case.expected


@pytest.mark.parametrize("case", ORDER_CASES, ids=str)
def test_case_of_an_order(loaded, case):
    check(loaded, "orders", case, ORDER_CASES, "order_id")


@pytest.mark.parametrize("case", ITEM_CASES, ids=str)
def test_case_of_an_item(loaded, case):
    check(loaded, "order_items", case, ITEM_CASES, "id")


@pytest.mark.parametrize("case", PRODUCT_CASES, ids=str)
def test_case_of_a_product(loaded, case):
    found = loaded.rows["products"].get(key_of(case, PRODUCT_CASES))

    if isinstance(case.expected, list):
        assert found is None
        assert case.expected in [codes for (dataset, _, _), codes in loaded.rejected.items() if dataset == "products"]
    else:
        assert found["product_name"] == case.expected["product_name"]


def test_case_14_columns_are_found_by_name_and_a_repeated_header_is_no_row(loaded):
    row = loaded.accounts["orders", "case 14"]

    assert (row.rows_read, account(row), row.warnings) == (2, {"inserted": 2}, ("EXTRA_COLUMNS", "REPEATED_HEADER"))
    found = loaded.rows["orders"][140001]
    assert (found["order_num"], found["user_id"], found["total_amount"], found["order_timestamp"]) == (3, 8, Decimal("1.50"), AT_EIGHT)


def test_case_15_ragged_rows_and_a_cut_off_last_line_are_rejected_and_the_others_loaded(loaded):
    row = loaded.accounts["orders", "orders.csv"]

    assert account(row) == {"inserted": 1, "rejected": 3}
    codes = [codes for (dataset, sheet, _), codes in loaded.rejected.items() if (dataset, sheet) == ("orders", "orders.csv")]
    assert codes == [["BAD_FIELD_COUNT"]] * 3
    assert 150001 in loaded.rows["orders"]


def test_case_5_an_error_in_a_column_that_may_be_blank_is_noted(loaded):
    assert "CELL_ERROR" in loaded.accounts["order_items", "case 5"].warnings
    assert "CELL_ERROR" in loaded.accounts["orders", "case 5"].warnings


def test_every_row_of_every_case_is_accounted_for(loaded):
    assert sum(row.rows_read for row in loaded.accounts.values()) == len(ORDER_CASES) + len(ITEM_CASES) + len(PRODUCT_CASES) + 1 + 2 + 4
    assert all(row.rows_read == row.accounted for row in loaded.accounts.values())
