"""Make the example's input: a shop's products, and a workbook each of its orders and of the items in them.

    python examples/ecommerce/generate.py OUT_DIR [--seed N] [--days 15]

Writes products.csv, orders_apr_2025.xlsx and order_items_apr_2025.xlsx: 1,000 products, one sheet a day with 500 orders and about 2,720 items.
The same seed gives the same bytes. Among the rows is a handful that no shop wants and every shop has:

    file         row                                                    what should become of it
    products     no product_id                                          rejected
                 product 7 once more, unchanged                         counted as a duplicate
                 product 12 once more, in another department            the later one wins
    orders       no order_id                                            rejected
                 order_timestamp 2025-02-30T10:15:00                    rejected
                 total_amount #N/A                                      rejected
                 an order of the first day in the sheet of the last     loaded, under its own day
                 the first order once more, unchanged                   counted as a duplicate
                 the second order once more, with another amount        the later one wins
    order_items  no id                                                  rejected
                 two of a product nobody has heard of                   held until the product comes
                 product_id as the text " 7 "                           loaded
                 the first item once more, unchanged                    counted as a duplicate
                 the second item once more, reordered the other way     the later one wins
                 of an order that never came                            loaded, and a warning of validate_orders
"""

from __future__ import annotations

import argparse
import csv
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from workbook import Cell, CellError, write_workbook

DEPARTMENTS = ["Books", "Clothing", "Electronics", "Home", "Sports", "Toys"]
WORDS = ["Store", "There", "Hand", "River", "Paper", "Light", "Garden", "Window", "Stone", "Music"]
PRODUCT_COLUMNS = ["product_id", "department_id", "department", "product_name"]
ORDER_COLUMNS = ["order_num", "order_id", "user_id", "order_timestamp", "total_amount", "date"]
ITEM_COLUMNS = [
    "id",
    "order_id",
    "user_id",
    "days_since_prior_order",
    "product_id",
    "add_to_cart_order",
    "reordered",
    "order_timestamp",
    "date",
]
PRODUCTS = 1_000
ORDERS_A_DAY = 500
FIRST_ORDER_ID = 10_000
USERS = 9_000
MOST_ITEMS_OF_AN_ORDER = 10
ITEMS_OF_AN_ORDER = [107, *[100] * 8, 93]  # weights of 1..10: 5.44 on average
FIRST_DAY = datetime(2025, 4, 1, tzinfo=UTC)

type Row = dict[str, Cell]
type Sheets = dict[str, list[Row]]


def make_products(rng: random.Random) -> list[Row]:
    products: list[Row] = [
        {
            "product_id": product_id,
            "department_id": rng.randint(1, 6),
            "department": rng.choice(DEPARTMENTS),
            "product_name": f"Product_{product_id}_{rng.choice(WORDS)}",
        }
        for product_id in range(1, PRODUCTS + 1)
    ]
    seventh, twelfth = products[6], products[11]
    other_department = next(name for name in DEPARTMENTS if name != twelfth["department"])
    return [
        *products,
        {**seventh, "product_id": None, "product_name": "Product_without_a_number"},
        dict(seventh),
        {**twelfth, "department": other_department},
    ]


def make_orders(rng: random.Random, days: int) -> Sheets:
    """One sheet a day, named after it, without the rows of `spoil_orders`."""
    sheets: Sheets = {}
    order_id = FIRST_ORDER_ID
    for day in range(days):
        date = FIRST_DAY + timedelta(days=day)
        rows = sheets.setdefault(f"{date:%Y-%m-%d}", [])
        for _ in range(ORDERS_A_DAY):
            rows.append(_order(rng, order_id, date))
            order_id += 1
    return sheets


def _order(rng: random.Random, order_id: int, date: datetime) -> Row:
    ordered_at = date + timedelta(minutes=rng.randrange(24 * 60))
    cents = rng.randint(2_000, 50_000)
    return {
        "order_num": rng.randint(1, 100),
        "order_id": order_id,
        "user_id": rng.randint(1, USERS),
        "order_timestamp": f"{ordered_at:%Y-%m-%dT%H:%M:%S}",
        "total_amount": cents // 100 if cents % 100 == 0 else cents / 100,
        "date": f"{date:%Y-%m-%d}",
    }


def make_items(rng: random.Random, orders: Sheets) -> Sheets:
    """The items of each order, in a sheet of the order's name, without the rows of `spoil_items`."""
    sheets: Sheets = {}
    item_id = 1
    for name, rows in orders.items():
        sheets[name] = []
        for order in rows:
            (count,) = rng.choices(range(1, MOST_ITEMS_OF_AN_ORDER + 1), ITEMS_OF_AN_ORDER)
            for place in range(1, count + 1):
                sheets[name].append(_item(rng, item_id, order, place))
                item_id += 1
    return sheets


def _item(rng: random.Random, item_id: int, order: Row, place: int) -> Row:
    is_first_order = rng.random() < 0.05
    return {
        "id": item_id,
        "order_id": order["order_id"],
        "user_id": order["user_id"],
        "days_since_prior_order": None if is_first_order else rng.randint(0, 30),
        "product_id": rng.randint(1, PRODUCTS),
        "add_to_cart_order": place,
        "reordered": rng.randint(0, 1),
        "order_timestamp": order["order_timestamp"],
        "date": order["date"],
    }


def spoil_orders(orders: Sheets) -> None:
    """Add the rows that the module's docstring lists; those that must win or lose by their order come in the last sheet."""
    names = list(orders)
    first, middle, last = orders[names[0]], orders[names[len(names) // 2]], orders[names[-1]]
    new_id = FIRST_ORDER_ID + sum(len(rows) for rows in orders.values())
    example = middle[0]
    middle += [
        {**example, "order_id": None},
        {**example, "order_id": new_id, "order_timestamp": "2025-02-30T10:15:00"},
        {**example, "order_id": new_id + 1, "total_amount": CellError("#N/A")},
    ]
    last += [
        {**first[2], "order_id": new_id + 2, "total_amount": 12.5},
        dict(first[0]),
        {**first[1], "total_amount": 99.99},
    ]


def spoil_items(items: Sheets) -> None:
    """Add the rows that the module's docstring lists; those that must win or lose by their order come in the last sheet."""
    names = list(items)
    first, middle, last = items[names[0]], items[names[len(names) // 2]], items[names[-1]]
    new_id = 1 + sum(len(rows) for rows in items.values())
    example = middle[0]
    middle += [
        {**example, "id": None},
        {**example, "id": new_id, "product_id": PRODUCTS + 1},
        {**example, "id": new_id + 1, "product_id": PRODUCTS + 1},
        {**example, "id": new_id + 2, "product_id": " 7 "},
    ]
    last += [
        dict(first[0]),
        {**first[1], "reordered": 1 - int(first[1]["reordered"] or 0)},
        {**first[2], "id": new_id + 3, "order_id": 99_999},
    ]


def write_csv(path: Path, columns: list[str], rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_sheets(path: Path, columns: list[str], sheets: Sheets) -> None:
    write_workbook(path, {name: [columns, *([row[column] for column in columns] for row in rows)] for name, rows in sheets.items()})


def generate(out_dir: Path, seed: int = 2025, days: int = 15) -> list[Path]:
    """Write the three files into out_dir, made if it is missing.

    Returns:
        products, orders and order items, in the order in which a shop would send them.
    """
    rng = random.Random(seed)
    orders = make_orders(rng, days)
    items = make_items(rng, orders)
    products = make_products(rng)
    spoil_orders(orders)
    spoil_items(items)
    out_dir.mkdir(parents=True, exist_ok=True)
    paths = [out_dir / name for name in ("products.csv", "orders_apr_2025.xlsx", "order_items_apr_2025.xlsx")]
    write_csv(paths[0], PRODUCT_COLUMNS, products)
    write_sheets(paths[1], ORDER_COLUMNS, orders)
    write_sheets(paths[2], ITEM_COLUMNS, items)
    return paths


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the example's input: products.csv and the workbooks of orders and order items.")
    parser.add_argument("out_dir", type=Path, help="folder for the three files; made if it is missing")
    parser.add_argument("--seed", type=int, default=2025, help="the same seed gives the same bytes (default: %(default)s)")
    parser.add_argument("--days", type=int, default=15, choices=range(1, 31), metavar="1..30", help="sheets a workbook (default: %(default)s)")
    arguments = parser.parse_args()
    for path in generate(arguments.out_dir, arguments.seed, arguments.days):
        print(f"{path}  {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
