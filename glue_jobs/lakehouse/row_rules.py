"""The rules about rows: for each kind of column, what its text becomes and which codes it can earn.

Every rule is a predicate on one column's text. A row earns every code that any of its columns earns; it is valid when it earns none.
Predicates are never null, so that no row is lost between "broken" and "not broken".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, NamedTuple

from pyspark.sql import Column as Expression
from pyspark.sql import functions as F  # noqa: N812 - as PySpark's own documentation has it

from lakehouse.cells import FIELD_COUNT, FORMULA_WITHOUT_VALUE, UNSEEN_BLANKS
from lakehouse.datasets import AMOUNT, DATE, KEY, TEXT, TIMESTAMP, WHOLE, Column, Dataset

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_BLANKS = f"[\\s{UNSEEN_BLANKS}]+"
_ERRORS = ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#GETTING_DATA", "#SPILL!", "#CALC!")
# Words for "no value". A product may be called None or NA, so a text column takes those two as they are.
_NO_VALUE_WORDS = ("ERROR", "UNKNOWN", "NULL", "N/A", "-")
_NO_NUMBER_WORDS = (*_NO_VALUE_WORDS, "NA", "NONE", "NAN", "--", "?")

_KEY_PATTERN = r"^[0-9]{1,18}(\.0*)?$"  # leading zeros are taken: 007 is 7
_WHOLE_PATTERN = r"^[+-]?[0-9]{1,9}(\.0*)?$"
_AMOUNT_PATTERN = r"^\+?[0-9]{1,10}(\.[0-9]{1,2}0*|\.)?$"
# day; hours and minutes; seconds; fraction; hours and minutes of the offset. An offset needs a time.
_TIMESTAMP_PATTERN = (
    r"^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2})(?:(:[0-9]{2})([.,][0-9]{1,9})?)?(?: ?(Z|[+-][0-9]{2})(?::?([0-9]{2}))?)?)?$"
)
_TIMESTAMP_FORMAT = "yyyy-MM-dd HH:mm:ss[.SSSSSSSSS]XXX"
_FIRST_YEAR, _LAST_YEAR = 2000, 2100


class Cell(NamedTuple):
    """One column of a row under judgement; its expressions name columns that read_texts and read_values made.

    Attributes:
        column: what it must be.
        text: stripped; null when blank, an error, or a word for "no value".
        is_blank, is_error, has_no_value: what was there instead; never null.
        value: the typed value, or null.
        day: the day of the row's order_timestamp in UTC, or null.
    """

    column: Column
    text: Expression
    is_blank: Expression
    is_error: Expression
    has_no_value: Expression
    value: Expression
    day: Expression


def _is(condition: Expression) -> Expression:
    return F.coalesce(condition, F.lit(False))


def _out_of_range(cell: Cell) -> Expression:
    below = cell.value < cell.column.least if cell.column.least is not None else F.lit(False)
    above = cell.value > cell.column.most if cell.column.most is not None else F.lit(False)
    return _is(below | above)


class RowRule(NamedTuple):
    """A code of rules.RULES, the kinds of column it is about (None: all), and when a cell breaks it."""

    code: str
    kinds: tuple[str, ...] | None
    is_broken: Callable[[Cell], Expression]


def _lacks(cell: Cell) -> Expression:
    """A required column without a usable value; its kind's own code says so beside the code for why."""
    return F.lit(cell.column.is_required) & cell.value.isNull()


def _is_garbled(cell: Cell) -> Expression:
    """There is a text, and it is no value of the column's kind."""
    return cell.text.isNotNull() & cell.value.isNull()


ROW_RULES = (
    RowRule("MISSING_VALUE", None, lambda cell: F.lit(cell.column.is_required) & cell.is_blank),
    RowRule("FORMULA_NO_VALUE", None, lambda cell: F.lit(cell.column.is_required) & cell.has_no_value),
    RowRule("CELL_ERROR", None, lambda cell: F.lit(cell.column.is_required) & cell.is_error),
    RowRule("BAD_KEY", (KEY,), lambda cell: _lacks(cell) | _is_garbled(cell)),
    RowRule("BAD_NUMBER", (WHOLE,), lambda cell: _is_garbled(cell) | _out_of_range(cell)),
    RowRule("BAD_AMOUNT", (AMOUNT,), lambda cell: _lacks(cell) | _is_garbled(cell)),
    RowRule("BAD_TIMESTAMP", (TIMESTAMP,), lambda cell: _lacks(cell) | _is_garbled(cell)),
    RowRule("DATE_MISMATCH", (DATE,), lambda cell: _is_garbled(cell) | _is(cell.value != cell.day)),
)
# Notes on rows that are loaded all the same.
ROW_WARNINGS = (RowRule("CELL_ERROR", None, lambda cell: F.lit(not cell.column.is_required) & cell.is_error),)


def stripped(text: Expression) -> Expression:
    """Strip blanks of every kind; null when nothing is left."""
    bare = F.regexp_replace(text, f"^{_BLANKS}|{_BLANKS}$", "")
    return F.when(bare != "", bare)


def _timestamp_parts(text: Expression) -> Expression:
    """Return the groups of _TIMESTAMP_PATTERN as an array, or null when the text has another form."""
    upper = F.upper(text)
    return F.when(upper.rlike(_TIMESTAMP_PATTERN), F.split(F.regexp_replace(upper, _TIMESTAMP_PATTERN, "$1|$2|$3|$4|$5|$6"), r"\|", -1))


def _timestamp_of(parts: Expression) -> Expression:
    """Read the parts of an ISO 8601 text as a UTC timestamp; without an offset it is UTC, without a time midnight."""

    def part(index: int, default: str) -> Expression:
        return F.when(parts[index] == "", default).otherwise(parts[index])

    offset = F.when(part(4, "Z") == "Z", "+00:00").otherwise(F.concat(parts[4], F.lit(":"), part(5, "00")))
    plain = F.concat(parts[0], F.lit(" "), part(1, "00:00"), part(2, ":00"), F.translate(parts[3], ",", "."), offset)
    return F.try_to_timestamp(plain, F.lit(_TIMESTAMP_FORMAT))


def _parse_whole(pattern: str, spark_type: str) -> Callable[[Expression], Expression]:
    return lambda text: F.when(text.rlike(pattern), F.regexp_extract(text, r"^([+-]?[0-9]+)", 1)).cast(spark_type)


_PARSERS: dict[str, Callable[[Expression], Expression]] = {
    KEY: _parse_whole(_KEY_PATTERN, "bigint"),
    WHOLE: _parse_whole(_WHOLE_PATTERN, "int"),
    TEXT: lambda text: text,
    TIMESTAMP: _timestamp_of,
    AMOUNT: lambda text: F.when(text.rlike(_AMOUNT_PATTERN), F.regexp_replace(text, r"\.$", "")).cast("decimal(12,2)"),
    DATE: lambda parts: F.to_date(_timestamp_of(parts)),
}


def _in_range(column: Column) -> Expression:
    parsed = F.col(f"_parsed_{column.name}")
    if column.kind in (TIMESTAMP, DATE):
        return F.when(F.year(parsed).between(_FIRST_YEAR, _LAST_YEAR), parsed)
    return parsed


def add_cells(raw: DataFrame, dataset: Dataset) -> tuple[DataFrame, list[Cell]]:
    """Read every column's text: each step is a select of its own, so that Spark computes no text twice.

    Args:
        raw: the dataset's columns, all text, and _marks.

    Returns:
        raw with working columns, and the cells that name them.
    """
    columns = dataset.columns
    is_dated = (TIMESTAMP, DATE)
    stripped_once = raw.select("*", *(stripped(F.col(c.name)).alias(f"_stripped_{c.name}") for c in columns))
    cleaned = stripped_once.select("*", *(_usable(c).alias(f"_text_{c.name}") for c in columns))
    parted = cleaned.select("*", *(_timestamp_parts(F.col(f"_text_{c.name}")).alias(f"_parts_{c.name}") for c in columns if c.kind in is_dated))
    parsed = parted.select(
        "*", *(_PARSERS[c.kind](F.col(f"_{'parts' if c.kind in is_dated else 'text'}_{c.name}")).alias(f"_parsed_{c.name}") for c in columns)
    )
    valued = parsed.select("*", *(_in_range(c).alias(f"_value_{c.name}") for c in columns))
    timestamp = next((c.name for c in columns if c.kind == TIMESTAMP), None)
    day = F.to_date(F.col(f"_value_{timestamp}")) if timestamp else F.lit(None).cast("date")
    return valued.select("*", day.alias("_day")), [_cell(c) for c in columns]


def _usable(column: Column) -> Expression:
    cell = _cell(column)
    return F.when(~cell.is_blank & ~cell.is_error, F.col(f"_stripped_{column.name}"))


def _cell(column: Column) -> Cell:
    name, text = column.name, F.col(f"_stripped_{column.name}")
    has_no_value = _is(F.col("_marks").contains(f"{name}={FORMULA_WITHOUT_VALUE}"))
    is_error = _is(F.upper(text).isin(*_ERRORS))
    words = _NO_VALUE_WORDS if column.kind == TEXT else _NO_NUMBER_WORDS
    is_blank = ~has_no_value & F.coalesce(F.upper(text).isin(*words), F.lit(True))
    return Cell(column, F.col(f"_text_{name}"), is_blank, is_error, has_no_value, F.col(f"_value_{name}"), F.col("_day"))


def codes_earned(cells: list[Cell], rules: tuple[RowRule, ...]) -> Expression:
    """Return array<string>: the codes that the cells earn, each once, never null."""
    earned = [
        F.when(rule.is_broken(cell), F.lit(rule.code)) for rule in rules for cell in cells if rule.kinds is None or cell.column.kind in rule.kinds
    ]
    return F.array_distinct(F.filter(F.array(*earned), lambda code: code.isNotNull()))


def has_wrong_field_count() -> Expression:
    return _is(F.col("_marks").contains(f"{FIELD_COUNT}="))
