"""The rules about rows: what the text of each kind of column becomes, and which codes a row earns.

Every rule is one predicate about a row's cells. A row earns every code whose predicate is true of it; it is valid when it earns none.
Predicates are never null, so that no row is lost between "broken" and "not broken". A rule looks at all cells of its kinds at once:
for small loads, a job's time is the planning of its expressions.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Callable, NamedTuple

from pyspark.sql import Column as Expression
from pyspark.sql import functions as F  # noqa: N812 - as PySpark's own documentation has it

from lakehouse.cells import FIELD_COUNT, FORMULA_WITHOUT_VALUE
from lakehouse.datasets import AMOUNT, DATE, KEY, TEXT, TIMESTAMP, WHOLE, Column, Dataset

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

# As cells.strip_blanks takes them off, one by one: no-break and other Unicode blanks, zero-width characters, the byte order mark.
_BLANKS = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u200b\u200c\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
)
_ERRORS = ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#GETTING_DATA", "#SPILL!", "#CALC!")
# Words for "no value". A product may be called None or NA, so a text column takes those two as they are.
_NO_VALUE_WORDS = ("", "ERROR", "UNKNOWN", "NULL", "N/A", "-")
_NO_NUMBER_WORDS = (*_NO_VALUE_WORDS, "NA", "NONE", "NAN", "--", "?")

_KEY_PATTERN = r"^[0-9]{1,18}(\.0*)?$"  # leading zeros are taken: 007 is 7
_WHOLE_PATTERN = r"^[+-]?[0-9]{1,9}(\.0*)?$"
_AMOUNT_PATTERN = r"^\+?[0-9]{1,10}(\.[0-9]{0,2}0*)?$"
# Strict: 2025-02-30, 10:30 and 45748 are no timestamps. Without an offset it is UTC, without a time midnight.
_TIMESTAMP_FORMAT = "yyyy-MM-dd['T'HH:mm[:ss[.SSSSSSSSS]][ ][XXX][XX][X]]"
# Each optional part of the format may be there once; the format itself would take an offset twice.
_TIMESTAMP_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)? ?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?$"
_FIRST_YEAR, _LAST_YEAR = 2000, 2100


def parse_timestamp(text: Expression) -> Expression:
    """Read ISO 8601 forms as a UTC timestamp of a year that can be true; others are null."""
    plain = F.translate(F.regexp_replace(text, r"^(.{10}) ", "$1T"), ",", ".")
    return F.when(plain.rlike(_TIMESTAMP_PATTERN), F.try_to_timestamp(plain, F.lit(_TIMESTAMP_FORMAT)))


def _parse_whole(pattern: str, spark_type: str) -> Callable[[Expression], Expression]:
    return lambda text: F.when(text.rlike(pattern), F.substring_index(text, ".", 1).cast(spark_type))


_PARSERS: dict[str, Callable[[Expression], Expression]] = {
    KEY: _parse_whole(_KEY_PATTERN, "bigint"),
    WHOLE: _parse_whole(_WHOLE_PATTERN, "int"),
    TEXT: lambda text: text,
    TIMESTAMP: parse_timestamp,
    AMOUNT: lambda text: F.when(text.rlike(_AMOUNT_PATTERN), text.cast("decimal(12,2)")),
    DATE: lambda text: F.to_date(parse_timestamp(text)),
}


class Cell(NamedTuple):
    """One column of a row under judgement; its expressions name working columns that add_cells made.

    Attributes:
        column: what it must be.
        stripped: the text without blanks around it; never null.
        text: null when there is no value: blank, an error, or a word that says so.
        value: the typed value, or null.
    """

    column: Column
    stripped: Expression
    text: Expression
    value: Expression


def add_cells(raw: DataFrame, dataset: Dataset) -> tuple[DataFrame, list[Cell]]:
    """Read every column's text. Each step is a select of its own, so that Spark computes no text twice.

    Args:
        raw: the dataset's columns, all text, and _marks.
        dataset: whose columns they are.

    Returns:
        raw with the working columns, and the cells that name them.
    """
    columns = dataset.columns
    stripped = raw.select("*", *(F.btrim(F.coalesce(F.col(c.name), F.lit("")), F.lit(_BLANKS)).alias(f"_stripped_{c.name}") for c in columns))
    cleaned = stripped.select("*", *(_usable(c).alias(f"_text_{c.name}") for c in columns))
    valued = cleaned.select("*", *(_PARSERS[c.kind](F.col(f"_text_{c.name}")).alias(f"_value_{c.name}") for c in columns))
    return valued, [_cell(c) for c in columns]


def _usable(column: Column) -> Expression:
    stripped = F.col(f"_stripped_{column.name}")
    return F.when(~F.upper(stripped).isin(*_words(column), *_ERRORS), stripped)


def _words(column: Column) -> tuple[str, ...]:
    return _NO_VALUE_WORDS if column.kind == TEXT else _NO_NUMBER_WORDS


def _cell(column: Column) -> Cell:
    return Cell(column, *(F.col(f"_{part}_{column.name}") for part in ("stripped", "text", "value")))


def _any(conditions: list[Expression]) -> Expression:
    return F.coalesce(reduce(or_, conditions), F.lit(False)) if conditions else F.lit(False)


def _required(cells: list[Cell]) -> list[Cell]:
    return [cell for cell in cells if cell.column.is_required]


def _has_formula_without_value(cells: list[Cell]) -> Expression:
    names = "|".join(cell.column.name for cell in cells)
    return F.coalesce(F.col("_marks").rlike(f"(^|;)({names})={FORMULA_WITHOUT_VALUE}"), F.lit(False))


def _has_word(cells: list[Cell]) -> Expression:
    """A cell that says it has no value; a formula without one has a code of its own."""
    says_so = _any([F.upper(cell.stripped).isin(*_words(cell.column)) & cell.text.isNull() for cell in cells])
    return says_so & ~_has_formula_without_value(cells)


def _has_error(cells: list[Cell]) -> Expression:
    return _any([F.upper(cell.stripped).isin(*_ERRORS) for cell in cells])


def _is_no_value(cell: Cell) -> Expression:
    """No value of its kind: of a required cell that is any text, of another one a text that means something."""
    return cell.value.isNull() if cell.column.is_required else cell.text.isNotNull() & cell.value.isNull()


def _lacks_value(cells: list[Cell]) -> Expression:
    return _any([_is_no_value(cell) for cell in cells])


def _is_out_of_range(cells: list[Cell]) -> Expression:
    below = [cell.value < cell.column.least for cell in cells if cell.column.least is not None]
    above = [cell.value > cell.column.most for cell in cells if cell.column.most is not None]
    return _any([_is_garbled(cell) for cell in cells]) | _any(below + above)


def _is_garbled(cell: Cell) -> Expression:
    return cell.text.isNotNull() & cell.value.isNull()


def _is_of_no_likely_year(cells: list[Cell]) -> Expression:
    return _lacks_value(cells) | _any([~F.year(cell.value).between(_FIRST_YEAR, _LAST_YEAR) for cell in cells])


def _is_another_day(cells: list[Cell]) -> Expression:
    return _any([_is_garbled(cell) | (cell.value != F.col("_day")) for cell in cells])


class RowRule(NamedTuple):
    """A code of rules.RULES, the kinds of column it is about (None: all), and when a row's cells of these kinds break it."""

    code: str
    kinds: tuple[str, ...] | None
    is_broken: Callable[[list[Cell]], Expression]


ROW_RULES = (
    RowRule("MISSING_VALUE", None, lambda cells: _has_word(_required(cells))),
    RowRule("FORMULA_NO_VALUE", None, lambda cells: _has_formula_without_value(_required(cells))),
    RowRule("CELL_ERROR", None, lambda cells: _has_error(_required(cells))),
    RowRule("BAD_KEY", (KEY,), _lacks_value),
    RowRule("BAD_NUMBER", (WHOLE,), _is_out_of_range),
    RowRule("BAD_AMOUNT", (AMOUNT,), _lacks_value),
    RowRule("BAD_TIMESTAMP", (TIMESTAMP,), _is_of_no_likely_year),
    RowRule("DATE_MISMATCH", (DATE,), _is_another_day),
)
# Notes on rows that are loaded all the same.
ROW_WARNINGS = (RowRule("CELL_ERROR", None, lambda cells: _has_error([cell for cell in cells if not cell.column.is_required])),)


def codes_earned(cells: list[Cell], rules: tuple[RowRule, ...]) -> Expression:
    """Return array<string>: the codes of the rules that the row breaks, never null."""
    earned = []
    for rule in rules:
        looked_at = [cell for cell in cells if rule.kinds is None or cell.column.kind in rule.kinds]
        if looked_at:
            earned.append(F.when(rule.is_broken(looked_at), F.lit(rule.code)))
    return F.filter(F.array(*earned), lambda code: code.isNotNull())


def has_wrong_field_count() -> Expression:
    return F.coalesce(F.col("_marks").contains(f"{FIELD_COUNT}="), F.lit(False))
