"""A shop's upload whose every table gets rows: good ones, rejected ones, and one that waits for a product that never comes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import openpyxl
from lakehouse import datasets

if TYPE_CHECKING:
    from tests.support.pipeline import Pipeline

# Keys of one upload lie in [base, base + SPAN).
SPAN = 100_000
PRODUCTS, ORDERS, ITEMS = (list(dataset.column_names) for dataset in datasets.DATASETS)
_DAYS = 5


def workbook(base: int, *, products: int = 50, orders: int = 200, items_per_order: int = 3) -> bytes:
    """Return an .xlsx with a sheet of each dataset. Its content is the same for every base but for the keys."""
    book = openpyxl.Workbook(write_only=True)
    rows = {
        "products": [PRODUCTS, *([base + n, n % 6 + 1, "Toys", f"Product {n}"] for n in range(products)), [None, 1, "Toys", "without a key"]],
        "orders": [ORDERS, *(_order(base, n) for n in range(orders)), [1, base + orders, 7, "10:30", "5.00", None]],
        "order_items": [ITEMS, *(_item(base, n, products, items_per_order) for n in range(orders * items_per_order)), *_odd_items(base)],
    }
    for name, lines in rows.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line)
    body = io.BytesIO()
    book.save(body)
    return body.getvalue()


def _moment(order: int) -> tuple[str, str]:
    day = f"2032-03-{order % _DAYS + 1:02d}"
    return f"{day}T{order % 24:02d}:15:00", day


def _order(base: int, n: int) -> list:
    timestamp, day = _moment(n)
    return [n % 100 + 1, base + n, n % 40, timestamp, f"{n % 90 + 1}.50", day]


def _item(base: int, n: int, products: int, items_per_order: int) -> list:
    timestamp, day = _moment(n // items_per_order)
    return [base + n, base + n // items_per_order, 7, n % 30, base + n % products, n % 10 + 1, n % 2, timestamp, day]


def _odd_items(base: int) -> list[list]:
    timestamp, day = _moment(0)
    waits = [base + SPAN - 2, base, 7, None, base + SPAN - 1, 1, 0, timestamp, day]
    return [waits, [base + SPAN - 3, base, 7, None, "none at all", 1, 0, timestamp, day]]


def found(pipeline: Pipeline, base: int, upload_id: str) -> dict[str, list[tuple]]:
    """Return what one upload, of less than a thousand rows a table, left in every table, without what differs from upload to upload: keys count from the base, no times."""
    within = f"between {base} and {base + SPAN - 1}"
    items = f"id - {base}, order_id - {base}, user_id, days_since_prior_order, product_id - {base}, add_to_cart_order, reordered, order_timestamp"
    fates = "rows_read, inserted, updated, unchanged, rejected, held, duplicates, outcome"
    queries = {
        "products": f"select product_id - {base}, department_id, department, product_name from products where product_id {within}",
        "orders": f'select order_id - {base}, order_num, user_id, order_timestamp, total_amount, "date" from orders where order_id {within}',
        "order_items": f'select {items}, "date" from order_items where id {within}',
        "held_order_items": f"select {items} from held_order_items where id {within}",
        "rejected_records": f"select dataset, sheet, row_number, outcome, array_join(reason_codes, ' ') from rejected_records where upload_id = '{upload_id}'",
        "ingestion_log": f"select dataset, sheet, {fates} from ingestion_log where upload_id = '{upload_id}' and dataset is not null",
    }
    return {table: sorted(pipeline.query(sql), key=repr) for table, sql in queries.items()}
