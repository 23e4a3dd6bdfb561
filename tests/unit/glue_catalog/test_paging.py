"""Pages, and the patterns that names are searched by."""

import pytest
from lakestack_aws.glue.catalog.name_pattern import name_pattern
from lakestack_aws.glue.catalog.paging import page
from lakestack_aws.glue.errors import InvalidInputException


def test_pages_hold_every_item_once():
    items = [("2024", str(day)) for day in range(10, 35)]
    pages, token = [], None

    while True:
        chosen, token = page(items, lambda item: item, token, 10)
        pages.append(chosen)
        if token is None:
            break

    assert [len(chosen) for chosen in pages] == [10, 10, 5]
    assert [item for chosen in pages for item in chosen] == items


def test_a_full_last_page_has_no_token():
    assert page(["a", "b"], lambda item: item, None, 2) == (["a", "b"], None)


def test_an_item_that_goes_between_two_pages_does_not_shift_the_next():
    _, token = page(["a", "b", "c", "d"], lambda item: item, None, 2)

    assert page(["b", "c", "d"], lambda item: item, token, 2) == (["c", "d"], None)


@pytest.mark.parametrize("token", ["nonsense!", "bm90IGpzb24="])
def test_a_token_of_somebody_else_is_refused(token):
    with pytest.raises(InvalidInputException, match="The NextToken is not valid"):
        page(["a"], lambda item: item, token, 2)


@pytest.mark.parametrize(
    ("expression", "matching", "other"),
    [
        ("t*", ["t", "t1", "TAB"], ["at"]),
        ("*_raw", ["orders_raw"], ["orders_raw_1"]),
        ("*order*", ["all_orders", "order"], ["customers"]),
        ("orders|products", ["orders", "products"], ["orders|products", "order"]),
        ("orders.*", ["orders", "orders_1"], ["my_orders"]),
        ("[a-c]*", ["", "abc"], ["abd"]),
        (r"t\d*", ["t", "t12"], ["tab"]),
        ("orders", ["orders"], ["orders_1"]),
    ],
)
def test_a_pattern_is_a_glob_or_a_regular_expression(expression, matching, other):
    pattern = name_pattern(expression)

    assert all(pattern.fullmatch(name) for name in matching)
    assert not any(pattern.fullmatch(name) for name in other)


def test_a_pattern_that_is_neither_is_refused():
    with pytest.raises(InvalidInputException, match=r"Invalid expression 'orders\('"):
        name_pattern("orders(")
