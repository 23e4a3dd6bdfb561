"""Raw cells: what a spreadsheet or a CSV holds, as text that is the same whichever reader read it.

A cell is a str, or None when it is blank. Integers stay integers whatever else their column holds; dates are ISO text.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, Optional

# Excel keeps 15 significant digits; from here on the digits of a number are not what its author typed.
_FIRST_INEXACT = 10**15

# Blanks of every kind, those among them that people paste without seeing them: no-break and zero-width ones, the byte order mark.
BLANKS = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u200b\u200c\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
)

# What the reader knows of a cell or a row beside its text; carried to the rules in the column _marks.
FORMULA_WITHOUT_VALUE = "formula_without_value"
FIELD_COUNT = "field_count"

# Day 0 of a workbook's numbers. Excel's first epoch counts a 29 February 1900 that never was.
EPOCH_1900 = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet knows no time zones
EPOCH_1904 = datetime(1904, 1, 1)  # noqa: DTZ001
_FIRST_DAY_AFTER_29_FEBRUARY_1900 = 60
_MILLISECONDS_OF_A_DAY = 86_400_000

# The forms that every Python reads alike; what looks otherwise is left as it was written.
_ISO = re.compile(r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d{3}|\.\d{6})?)?Z?$", re.ASCII)

# How a spreadsheet's XML writes a character that XML cannot hold: _x000B_; and the underscore of a text that only looks so: _x005F_.
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Row(NamedTuple):
    """One row as read.

    Attributes:
        number: its row in the sheet, or its first line in a CSV; 1-based.
        cells: from the first column on; None is a blank cell.
        no_value: positions of formulas that carry no cached value.
    """

    number: int
    cells: list[Optional[str]]
    no_value: frozenset[int] = frozenset()

    @property
    def is_blank(self) -> bool:
        return not self.no_value and not any(map(strip_blanks, filter(None, self.cells)))


def strip_blanks(text: str) -> str:
    """Strip blanks of every kind from both ends.

    >>> strip_blanks("\u00a0 7\u200b ")
    '7'
    """
    return text.strip(BLANKS)


def number_text(number: float) -> str:
    """Write a number of a spreadsheet as text: 988.0 is 988, 229.53 is 229.53, and never in exponents while it is exact.

    A number of more than 15 digits is written in exponents, so that no rule can take its rounded digits for a key.
    """
    if not abs(number) < _FIRST_INEXACT:
        return f"{float(number):.14E}"
    text = format(number, ".15g")
    if "e" in text:
        return f"{float(number):.14E}" if "e+" in text else format(Decimal(text), "f")
    return "0" if text == "-0" else text


def written_number_text(written: str) -> str:
    """Write a number as it stands in a sheet's XML as number_text does; what is no number stays as it is.

    >>> written_number_text("19.989999999999998"), written_number_text("988.0"), written_number_text("8E-2")
    ('19.99', '988', '0.08')
    """
    if len(written) <= 15 and written.isdigit() and written.isascii() and written[0] != "0":
        return written
    number = _parse(written)
    return written if number is None else number_text(number)


def _parse(written: str) -> float | None:
    # float() takes more than a sheet may hold: 1_0, inf, nan, full-width digits.
    if "_" in written or not written.isascii():
        return None
    try:
        number = float(written)
    except ValueError:
        return None
    return number if abs(number) != float("inf") and number == number else None  # noqa: PLR0124 - nan alone differs from itself


def date_text(written: str, epoch: datetime) -> str:
    """Write the number of a cell with a date's format as ISO text; out of a calendar's range it stays a number.

    A number below 1 is a time of day.
    """
    number = _parse(written)
    if number is None:
        return written
    day, fraction = divmod(number, 1)
    moment = timedelta(milliseconds=round(fraction * _MILLISECONDS_OF_A_DAY))
    if 0 <= number < 1 and moment.days == 0:
        return cell_text((EPOCH_1904 + moment).time()) or ""
    if 0 < number < _FIRST_DAY_AFTER_29_FEBRUARY_1900 and epoch == EPOCH_1900:
        day += 1
    try:
        return cell_text(epoch + timedelta(days=day) + moment) or ""
    except OverflowError:
        return number_text(number)


def duration_text(written: str) -> str:
    """Write the number of a cell with a format such as [h]:mm, in days, as Python writes a timedelta."""
    number = _parse(written)
    if number is None:
        return written
    try:
        span = timedelta(days=number)
    except OverflowError:
        return number_text(number)
    return cell_text(timedelta(seconds=span.total_seconds() // 1, microseconds=round(span.microseconds, -3))) or ""


def iso_text(written: str) -> str:
    """Write a cell of type date, which strict workbooks hold as ISO text, as a date cell is written."""
    if not _ISO.match(written):
        return written
    try:
        return cell_text(datetime.fromisoformat(written.rstrip("Z"))) or ""
    except ValueError:
        return written


def unescaped(text: str) -> str:
    r"""Resolve _xHHHH_ in a text of a spreadsheet's XML; a surrogate or a NUL stays written as it is, since no file of text can hold it.

    Source: ECMA-376 part 1, 22.9.2.19, ST_Xstring.

    >>> unescaped("a_x000D_b"), unescaped("_x005F_x000D_"), unescaped("_xD800_")
    ('a\rb', '_x000D_', '_xD800_')
    """
    return _ESCAPED.sub(_resolve, text) if "_x" in text else text


def _resolve(match: re.Match[str]) -> str:
    code = int(match.group(1), 16)
    return match.group(0) if code == 0 or 0xD800 <= code <= 0xDFFF else chr(code)


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
    return str(value)


def _datetime_text(value: datetime) -> str:
    # A spreadsheet's moment is a float of days; past the millisecond its digits are noise.
    rounded = value.replace(microsecond=0) + timedelta(milliseconds=round(value.microsecond / 1000))
    if rounded.time() == time.min and rounded.tzinfo is None:
        return rounded.date().isoformat()
    return rounded.isoformat(timespec="milliseconds" if rounded.microsecond else "seconds")
