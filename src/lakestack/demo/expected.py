"""The numbers that must come out, computed from the input files with pandas alone: nothing of the pipeline's code has a part in them.

The rules, as a person would say them: a row without a usable key, moment or amount is rejected; of several rows with one key the last one delivered
stays and the others count as duplicates; an item whose product is not among the products is held.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

_KEYS = {"products": "product_id", "orders": "order_id", "order_items": "id"}
_MOMENT = "%Y-%m-%dT%H:%M:%S"


@dataclass(frozen=True)
class Accounts:
    """What became of the rows of one dataset; the four others add up to rows_read."""

    rows_read: int
    kept: int
    rejected: int
    held: int
    duplicates: int


@dataclass(frozen=True)
class Expected:
    """The numbers to compare with.

    Attributes:
        accounts: By dataset.
        orders_by_day, cents_by_day, items_by_day: By ISO date.
        items_by_department: By the department of the item's product.

    """

    accounts: dict[str, Accounts]
    orders_by_day: dict[str, int]
    cents_by_day: dict[str, int]
    items_by_day: dict[str, int]
    items_by_department: dict[str, int]


def expect(files: Mapping[str, Path]) -> Expected:
    """Compute the numbers for the three files loaded into empty tables, in whatever order they come."""
    products, product_accounts = _settle(_read_products(files["products"]), "products")
    orders, order_accounts = _settle(_read_sheets(files["orders"]), "orders")
    items, item_accounts = _settle(_read_sheets(files["order_items"]), "order_items", known_products=set(products["key"]))
    department = products.set_index("key")["department"]
    return Expected(
        accounts={"products": product_accounts, "orders": order_accounts, "order_items": item_accounts},
        orders_by_day=_count(orders["day"]),
        cents_by_day={str(day): int(cents) for day, cents in orders["cents"].groupby(orders["day"]).sum().items()},
        items_by_day=_count(items["day"]),
        items_by_department=_count(items["product"].map(department)),
    )


def _read_products(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def _read_sheets(path: Path) -> pd.DataFrame:
    return pd.concat(pd.read_excel(path, sheet_name=None, dtype=object, engine="calamine").values(), ignore_index=True)


def _settle(rows: pd.DataFrame, dataset: str, known_products: set[int] | None = None) -> tuple[pd.DataFrame, Accounts]:
    """Return the rows that stay, with their key (and product, day and cents where there are any), and the account of all."""
    usable = rows.assign(key=_integers(rows[_KEYS[dataset]]))
    good = usable["key"].notna()
    if "order_timestamp" in rows:
        moment = pd.to_datetime(rows["order_timestamp"], format=_MOMENT, errors="coerce")
        usable = usable.assign(day=moment.dt.strftime("%Y-%m-%d"))
        good &= moment.notna()
    if "total_amount" in rows:
        usable = usable.assign(cents=(pd.to_numeric(rows["total_amount"], errors="coerce") * 100).round())
        good &= usable["cents"].notna()
    is_held = pd.Series(data=False, index=rows.index)
    if known_products is not None:
        usable = usable.assign(product=_integers(rows["product_id"]))
        good &= usable["product"].notna()
        is_held = good & ~usable["product"].isin(known_products)
    wanted = usable[good & ~is_held]
    kept = wanted.drop_duplicates("key", keep="last")
    return kept, Accounts(len(rows), len(kept), int((~good).sum()), int(is_held.sum()), len(wanted) - len(kept))


def _integers(cells: "pd.Series[str]") -> "pd.Series[float]":
    return pd.to_numeric(cells.astype(str).str.strip(), errors="coerce")


def _count(values: "pd.Series[str]") -> dict[str, int]:
    return {str(value): int(count) for value, count in values.value_counts().sort_index().items()}
