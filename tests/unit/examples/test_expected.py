"""The demo's own arithmetic, on the smallest files that show each rule."""

import pandas as pd
import pytest

from lakestack.demo.comparison import Compared
from lakestack.demo.expected import Accounts, expect
from lakestack.demo.files import find_files
from lakestack.errors import PipelineError

DAY = "2025-04-01"


def order(order_id, amount, at="T10:00:00"):
    return {"order_num": 1, "order_id": order_id, "user_id": 1, "order_timestamp": f"{DAY}{at}", "total_amount": amount, "date": DAY}


def item(item_id, product_id):
    return {
        "id": item_id,
        "order_id": 1,
        "user_id": 1,
        "days_since_prior_order": None,
        "product_id": product_id,
        "add_to_cart_order": 1,
        "reordered": 0,
        "order_timestamp": f"{DAY}T10:00:00",
        "date": DAY,
    }


@pytest.fixture
def expected(tmp_path):
    products = "product_id,department_id,department,product_name\n1,1,Books,A\n2,1,Home,B\n,1,Home,C\n2,1,Toys,B\n"
    (tmp_path / "products.csv").write_text(products)
    orders = [order(1, 0.1), order(2, 0.2), order(None, 1), order(3, "#N/A"), order(4, 1, at="T25:00:00"), order(2, 19.99)]
    pd.DataFrame(orders).to_excel(tmp_path / "orders_apr_2025.xlsx", index=False)
    pd.DataFrame([item(1, 1), item(2, " 2 "), item(3, 77), item(None, 1), item(1, 1)]).to_excel(tmp_path / "order_items_apr_2025.xlsx", index=False)
    return expect(find_files(tmp_path))


def test_every_row_has_its_place_in_the_account(expected):
    assert expected.accounts == {
        "products": Accounts(rows_read=4, kept=2, rejected=1, held=0, duplicates=1),
        "orders": Accounts(rows_read=6, kept=2, rejected=3, held=0, duplicates=1),
        "order_items": Accounts(rows_read=5, kept=2, rejected=1, held=1, duplicates=1),
    }


def test_amounts_are_exact_cents_and_the_last_delivery_counts(expected):
    assert expected.cents_by_day == {DAY: 10 + 1999}


def test_an_item_counts_for_the_last_department_of_its_product(expected):
    assert expected.items_by_department == {"Books": 1, "Toys": 1}


def test_a_missing_file_is_named(tmp_path):
    (tmp_path / "products.csv").write_text("")

    with pytest.raises(PipelineError, match=r"has no orders_apr_2025\.xlsx and no order_items_apr_2025\.xlsx\. Expected the three files"):
        find_files(tmp_path)


def test_a_number_that_is_off_says_which_and_by_what():
    compared = Compared("orders by day", expected={"a": 1, "b": 2}, found={"a": 1, "c": 3})

    assert not compared.is_right
    assert compared.differences == ["b: expected 2, found 0", "c: expected 0, found 3"]
