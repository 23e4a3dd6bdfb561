"""The three datasets: their columns, and how a header and a file name tell which one a sheet holds."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from lakehouse.cells import strip_blanks

KEY = "key"
WHOLE = "whole"
TEXT = "text"
TIMESTAMP = "timestamp"
AMOUNT = "amount"
DATE = "date"


@dataclass(frozen=True)
class Column:
    """One column of a delivered sheet.

    Attributes:
        name: as in the table.
        kind: what its text must be; the rules about rows go by it.
        spark_type: the type in the Delta table.
        is_required: a row without a value is rejected.
        may_be_absent: a sheet without the column is accepted all the same.
        least, most: the range of a WHOLE number; None is no limit.
        is_added: not one of the delivered schema, but carried by the policy for new columns; a blank never erases its value.
    """

    name: str
    kind: str
    spark_type: str
    is_required: bool = True
    may_be_absent: bool = False
    least: int | None = None
    most: int | None = None
    is_added: bool = False


@dataclass(frozen=True)
class Dataset:
    """One dataset, which is one Delta table.

    Attributes:
        key: the primary key, one of the columns.
        parent_key: the column that must be found in products, or None.
        file_words: a file whose name holds one of these claims to be this dataset.
    """

    name: str
    columns: tuple[Column, ...]
    key: str
    partition: str | None
    parent_key: str | None
    file_words: str

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def added_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.is_added)


PRODUCTS = Dataset(
    name="products",
    columns=(
        Column("product_id", KEY, "bigint"),
        Column("department_id", WHOLE, "int"),
        Column("department", TEXT, "string"),
        Column("product_name", TEXT, "string"),
    ),
    key="product_id",
    partition=None,
    parent_key=None,
    file_words=r"products?",
)

ORDERS = Dataset(
    name="orders",
    columns=(
        Column("order_num", WHOLE, "int", least=0),
        Column("order_id", KEY, "bigint"),
        Column("user_id", KEY, "bigint"),
        Column("order_timestamp", TIMESTAMP, "timestamp"),
        Column("total_amount", AMOUNT, "decimal(12,2)"),
        Column("date", DATE, "date", is_required=False, may_be_absent=True),
    ),
    key="order_id",
    partition="date",
    parent_key=None,
    file_words=r"orders?",
)

ORDER_ITEMS = Dataset(
    name="order_items",
    columns=(
        Column("id", KEY, "bigint"),
        Column("order_id", KEY, "bigint"),
        Column("user_id", KEY, "bigint"),
        Column("days_since_prior_order", WHOLE, "int", is_required=False, may_be_absent=True, least=0),
        Column("product_id", KEY, "bigint"),
        Column("add_to_cart_order", WHOLE, "int", least=1),
        Column("reordered", WHOLE, "int", least=0, most=1),
        Column("order_timestamp", TIMESTAMP, "timestamp"),
        Column("date", DATE, "date", is_required=False, may_be_absent=True),
    ),
    key="id",
    partition="date",
    parent_key="product_id",
    file_words=r"order[ _.-]*items?",
)

# In the order in which they must be loaded: items look their product up.
DATASETS = (PRODUCTS, ORDERS, ORDER_ITEMS)
BY_NAME = {dataset.name: dataset for dataset in DATASETS}

HEADER_ROWS_SEARCHED = 20
_MOST_CHARACTERS_OF_A_NAME = 200


@dataclass(frozen=True)
class Header:
    """The header that was found on a sheet.

    Attributes:
        row_number: its row, 1-based as a spreadsheet shows it.
        positions: column name -> 0-based position on the row.
        missing: required columns that the sheet lacks.
        repeated: columns of the dataset that occur more than once.
        extra: other names on the row, as written.
        extra_positions: where each of them stands.
        width: number of fields of the row, up to its last one that is not blank.
    """

    dataset: Dataset
    row_number: int
    positions: dict[str, int]
    missing: tuple[str, ...]
    repeated: tuple[str, ...]
    extra: tuple[str, ...]
    extra_positions: tuple[int, ...]
    width: int


def column_name_of(cell: str | None) -> str:
    """Make a header cell comparable: case, blanks and hyphens do not count; `Order ID` is order_id."""
    text = unicodedata.normalize("NFKC", strip_blanks((cell or "")[:_MOST_CHARACTERS_OF_A_NAME]))
    return re.sub(r"[\s_\-]+", "_", text).strip("_").lower()


def read_as_header(row_number: int, cells: list[str | None]) -> Header | None:
    """Read a row as the header of the dataset it fits best, or return None when it is no header.

    A row is a header when it names at least half of a dataset's columns, and its key or half of the others.
    """
    names = [column_name_of(cell) for cell in cells]
    shares = [(len(set(names) & set(dataset.column_names)) / len(dataset.columns), dataset) for dataset in DATASETS]
    share, dataset = max(shares, key=lambda pair: pair[0])
    if share < 0.5:
        return None
    wanted = dataset.column_names
    extra_positions = tuple(position for position, name in enumerate(names) if name and name not in wanted)
    return Header(
        dataset=dataset,
        row_number=row_number,
        positions={name: names.index(name) for name in wanted if name in names},
        missing=tuple(c.name for c in dataset.columns if c.name not in names and not c.may_be_absent),
        repeated=tuple(name for name in wanted if names.count(name) > 1),
        extra=tuple(str(cells[position]) for position in extra_positions),
        extra_positions=extra_positions,
        width=max(position for position, name in enumerate(names) if name) + 1,
    )


def is_same_header(header: Header, cells: list[str | None]) -> bool:
    """Say whether a row further down repeats the header."""
    key = header.positions.get(header.dataset.key)
    if key is not None and (key >= len(cells) or (cells[key] or "0").isdigit()):
        return False  # nearly every row ends here: its key is a number
    return all(position < len(cells) and column_name_of(cells[position]) == name for name, position in header.positions.items())


def dataset_named_by(file_name: str) -> Dataset | None:
    """Return the dataset that a file's name claims to hold, or None when it claims nothing.

    >>> dataset_named_by("order_items_apr_2025.xlsx").name
    'order_items'
    """
    stem = file_name.lower()
    for dataset in (ORDER_ITEMS, ORDERS, PRODUCTS):
        if re.search(rf"(?<![a-z]){dataset.file_words}(?![a-z])", stem):
            return dataset
    return None
