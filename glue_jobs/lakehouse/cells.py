"""Raw cells: what a spreadsheet or a CSV holds, as text that is the same whichever reader read it.

A cell is a str, or None when it is blank. Integers stay integers whatever else their column holds; dates are ISO text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

# Excel keeps 15 significant digits; from here on the digits of a number are not what its author typed.
_FIRST_INEXACT = 10**15

# Blanks that people paste without seeing them: no-break and other Unicode spaces, the byte order mark, zero-width characters.
UNSEEN_BLANKS = "\u00a0\u1680\u2000-\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
_AROUND = re.compile(rf"^[\s{UNSEEN_BLANKS}]+|[\s{UNSEEN_BLANKS}]+$")

# What the reader knows of a cell or a row beside its text; carried to the rules in the column _marks.
FORMULA_WITHOUT_VALUE = "formula_without_value"
FIELD_COUNT = "field_count"


@dataclass(frozen=True)
class Row:
    """One row as read.

    Attributes:
        number: its row in the sheet, or its first line in a CSV; 1-based.
        cells: from the first column on; None is a blank cell.
        no_value: positions of formulas that carry no cached value.
    """

    number: int
    cells: list[str | None]
    no_value: frozenset[int] = field(default=frozenset())

    @property
    def is_blank(self) -> bool:
        return not self.no_value and not any(cell is not None and cell.strip() for cell in self.cells)


def strip_blanks(text: str) -> str:
    """Strip blanks of every kind from both ends.

    >>> strip_blanks("\u00a0 7\u200b ")
    '7'
    """
    return _AROUND.sub("", text)


def number_text(number: float) -> str:
    """Write a number of a spreadsheet as text: 988.0 is 988, 229.53 is 229.53, and never in exponents while it is exact.

    A number of more than 15 digits is written in exponents, so that no rule can take its rounded digits for a key.
    """
    if abs(number) >= _FIRST_INEXACT:
        return f"{float(number):.14E}"
    if isinstance(number, int) or number == int(number):
        return str(int(number))
    return format(Decimal(format(number, ".15g")), "f")


def cell_text(value: Any) -> str | None:  # noqa: PLR0911 - one return for each type a reader delivers
    """Turn a value of a spreadsheet reader into a raw cell.

    A date without a time, or at midnight, is YYYY-MM-DD: readers do not agree on which of the two it is.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return number_text(value)
    if isinstance(value, datetime):
        return _datetime_text(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return str(value)


def _datetime_text(value: datetime) -> str:
    # A spreadsheet's moment is a float of days; past the millisecond its digits are noise.
    rounded = value.replace(microsecond=0) + timedelta(milliseconds=round(value.microsecond / 1000))
    if rounded.time() == time.min:
        return rounded.date().isoformat()
    return rounded.isoformat(timespec="milliseconds" if rounded.microsecond else "seconds")
