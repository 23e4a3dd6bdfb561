"""The example's input: its sizes, its determinism, and the rows that no shop wants."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

GENERATE = Path(__file__).parents[3] / "examples" / "ecommerce" / "generate.py"
FILES = ["products.csv", "orders_apr_2025.xlsx", "order_items_apr_2025.xlsx"]


def generate(out_dir: Path, *options: str) -> Path:
    subprocess.run([sys.executable, GENERATE, out_dir, *options], check=True, capture_output=True)
    return out_dir


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    return generate(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module", params=["openpyxl", "calamine"])
def orders(made, request) -> dict[str, pd.DataFrame]:
    return pd.read_excel(made / "orders_apr_2025.xlsx", sheet_name=None, dtype=object, engine=request.param)


@pytest.fixture(scope="module")
def items(made) -> dict[str, pd.DataFrame]:
    return pd.read_excel(made / "order_items_apr_2025.xlsx", sheet_name=None, dtype=object, engine="calamine")


def test_the_same_seed_gives_the_same_bytes(made, tmp_path):
    again = generate(tmp_path)

    assert [(again / name).read_bytes() for name in FILES] == [(made / name).read_bytes() for name in FILES]


def test_another_seed_gives_other_rows(made, tmp_path):
    other = generate(tmp_path, "--seed", "7", "--days", "1")

    assert (other / "products.csv").read_bytes() != (made / "products.csv").read_bytes()


def test_there_are_a_thousand_products(made):
    products = pd.read_csv(made / "products.csv")

    assert list(products) == ["product_id", "department_id", "department", "product_name"]
    assert set(products.product_id.dropna()) == set(range(1, 1001))


def test_both_workbooks_have_the_same_fifteen_days_as_sheets(orders, items):
    days = [f"2025-04-{day:02}" for day in range(1, 16)]

    assert list(orders) == days
    assert list(items) == days


def test_each_day_has_five_hundred_orders_before_it_was_spoiled(orders):
    spoiled = {"2025-04-08": 503, "2025-04-15": 503}

    assert {day: len(rows) for day, rows in orders.items()} == dict.fromkeys(orders, 500) | spoiled


def test_about_forty_thousand_items_are_made(items):
    count = sum(len(rows) for rows in items.values())

    assert 40_300 < count < 41_300


def test_numbers_are_numbers_and_a_moment_is_text(orders):
    (first, *_) = orders["2025-04-01"].to_dict("records")

    assert isinstance(first["order_id"], int)
    assert pd.Timestamp(first["order_timestamp"]).strftime("%Y-%m-%d") == first["date"] == "2025-04-01"


def test_a_late_order_lies_in_the_sheet_of_a_later_day(orders):
    last = orders["2025-04-15"]

    assert "2025-04-01" in set(last["date"])


def test_an_item_of_an_unknown_product_is_among_them(items):
    middle = items["2025-04-08"]

    assert (middle["product_id"] == 1001).sum() == 2


def test_one_day_holds_every_spoiled_row_too(tmp_path):
    one_day = generate(tmp_path, "--days", "1")

    sheets = pd.read_excel(one_day / "orders_apr_2025.xlsx", sheet_name=None, engine="calamine")

    assert {name: len(rows) for name, rows in sheets.items()} == {"2025-04-01": 506}
