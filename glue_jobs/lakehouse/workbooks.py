"""Reading .xlsx workbooks: sheets in order, each a stream of rows of raw cells.

The first reader is our own (worksheets.py): it streams, tells formulas without a value and errors in the same pass, and knows no difference
between Python 3.9 and later. Where it cannot read a sheet, openpyxl tries. A reader that holds whole sheets in memory is not to be had safely:
a workbook of 5 KB with a blank in its last possible cell asks a dense one for 400 GB.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lakehouse.cells import EPOCH_1900, EPOCH_1904, Row, cell_text, unescaped
from lakehouse.limits import (
    MOST_CHARACTERS_OF_A_FORMAT,
    MOST_CHARACTERS_OF_A_SHEET_NAME,
    MOST_COLUMNS_OF_A_SHEET,
    MOST_LIST_BYTES,
    MOST_ROWS_OF_A_SHEET,
    MOST_SHARED_STRING_BYTES,
    MOST_SHEETS,
    LimitError,
    UnreadableError,
)
from lakehouse.package import Package
from lakehouse.worksheets import DATE, DURATION, Context, read_rows, read_strings
from lakehouse.xml_stream import elements

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Numbers of the formats that every workbook has without listing them; 27-36 and 50-58 are dates in East Asian Excels.
# Source: ECMA-376 part 1, 18.8.30.
_BUILT_IN = {**dict.fromkeys([*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)], DATE), 46: DURATION}
# What a format shows as it stands: quoted text, colours and conditions in brackets (but for elapsed time), escaped and padded characters.
_AS_IT_STANDS = re.compile(r'"[^"]*"|\[(?!h+\]|m+\]|s+\])[^\]]*\]|[\\_*].', re.IGNORECASE)
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_OF_A_DATE = re.compile(r"[dmhys]", re.IGNORECASE)


@dataclass(frozen=True)
class SheetPart:
    """A sheet as the workbook lists it.

    Attributes:
        name: its name; of two sheets of one name the second has a number added.
        position: among the workbook's sheets, from 0.
        part: the part with its XML.
    """

    name: str
    position: int
    part: str
    is_hidden: bool
    is_chart: bool


class Workbook:
    """A workbook on local disk.

    Raises:
        UnreadableError: whatever is asked for cannot be read to its end.
        LimitError: it goes beyond one of limits.py.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._context: Context | None = None
        with Package(path) as package:
            self._part = workbook_part(package)
            self._relationships = package.relationships(self._part)
            self._epoch = EPOCH_1900
            self.sheets: list[SheetPart] = []
            for tag, attributes in elements(package.chunks(self._part, MOST_LIST_BYTES)):
                if tag == "workbookPr" and attributes.get("date1904") in {"1", "true"}:
                    self._epoch = EPOCH_1904
                elif tag == "sheet":
                    self.sheets.append(self._sheet(attributes))

    def _sheet(self, attributes: dict[str, str]) -> SheetPart:
        pointer = next((value for name, value in attributes.items() if name.endswith(":id")), "")
        relationship = self._relationships.get(pointer)
        name = attributes.get("name", "")
        if len(self.sheets) == MOST_SHEETS or len(name) > MOST_CHARACTERS_OF_A_SHEET_NAME:
            raise LimitError(f"the workbook has more than {MOST_SHEETS:,} sheets, or one of a longer name than {MOST_CHARACTERS_OF_A_SHEET_NAME}")
        if relationship and relationship.target in {sheet.part for sheet in self.sheets}:
            raise LimitError(f"sheet {name!r} is another sheet once more")
        return SheetPart(
            name=_unlike(name, {sheet.name for sheet in self.sheets}),
            position=len(self.sheets),
            part=relationship.target if relationship else "",
            is_hidden=attributes.get("state", "visible") != "visible",
            is_chart=relationship is not None and relationship.kind != "worksheet",
        )

    def rows(self, sheet: SheetPart) -> Iterator[Row]:
        """Read the rows of a sheet that hold anything."""
        with Package(self._path) as package:
            if self._context is None:
                self._context = self._read_context(package)
            yield from read_rows(package.chunks(sheet.part), package.size(sheet.part), self._context)

    def _read_context(self, package: Package) -> Context:
        strings = self._target("sharedStrings")
        styles = self._target("styles")
        return Context(
            strings=read_strings(package.chunks(strings, MOST_SHARED_STRING_BYTES)) if strings in package else [],
            formats=read_formats(package, styles) if styles in package else {},
            epoch=self._epoch,
        )

    def _target(self, kind: str) -> str:
        return next((found.target for found in self._relationships.values() if found.kind == kind), f"xl/{kind}.xml")

    def rows_by_openpyxl(self, sheet: SheetPart) -> Iterator[Row]:
        """Read the same rows with openpyxl, as a stream: slower by four times."""
        try:
            for number, (values, formulas) in enumerate(_openpyxl_rows(self._path, sheet), start=1):
                _check_extent(number, len(values))
                no_value = [at for at, value in enumerate(values) if value is None and at < len(formulas) and formulas[at] is not None]
                yield Row(number, [_openpyxl_text(value) for value in values], frozenset(no_value))
        except (LimitError, UnreadableError):
            raise
        except Exception as error:  # openpyxl lets the exceptions of everything that it uses through
            raise UnreadableError(f"{type(error).__name__}: {error}") from error


def _check_extent(rows: int, columns: int) -> None:
    if rows > MOST_ROWS_OF_A_SHEET or columns > MOST_COLUMNS_OF_A_SHEET:
        raise LimitError(f"row {rows:,} with {columns:,} cells lies beyond what a sheet can have")


def workbook_part(package: Package) -> str:
    return next((found.target for found in package.relationships("").values() if found.kind == "officeDocument"), "xl/workbook.xml")


def _unlike(name: str, taken: set[str]) -> str:
    """Return the name, or with a number where it is taken: sheets of one name would be one in the accounting."""
    number, found = 2, name
    while found in taken:
        found, number = f"{name} ({number})", number + 1
    return found


def read_formats(package: Package, part: str) -> dict[str, str]:
    """Return {index of a cell style, as written in a cell's s=: DATE or DURATION} of a styles part."""
    codes: dict[str, str] = {}
    numbers: list[str] = []
    section = ""
    for tag, attributes in elements(package.chunks(part, MOST_LIST_BYTES)):
        if tag in {"numFmts", "cellStyleXfs", "cellXfs", "dxfs"}:  # dxfs hold number formats of their own, with numbers of their own
            section = tag
        elif tag == "numFmt" and section == "numFmts":
            codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")[:MOST_CHARACTERS_OF_A_FORMAT]
        elif tag == "xf" and section == "cellXfs":
            numbers.append(attributes.get("numFmtId", "0"))
    kinds = {number: _kind_of(number, codes.get(number)) for number in set(numbers)}
    return {str(index): kind for index, number in enumerate(numbers) if (kind := kinds[number])}


def _kind_of(number: str, code: str | None) -> str | None:
    if code is None:
        return _BUILT_IN.get(int(number)) if number.isdigit() and number.isascii() else None
    shown = _AS_IT_STANDS.sub("", code.split(";")[0])
    if _ELAPSED.search(shown):
        return DURATION
    return DATE if _OF_A_DATE.search(shown) and "general" not in shown.lower() else None


def _openpyxl_rows(path: Path, sheet: SheetPart) -> Iterator[tuple[tuple, tuple]]:
    """Yield each row's values and, beside them, its formulas: openpyxl shows one or the other."""
    import warnings  # noqa: PLC0415 - with openpyxl, which is slow to import, only where it is needed

    import openpyxl  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and names that the data does not need
        books = [openpyxl.load_workbook(path, read_only=True, data_only=data_only) for data_only in (True, False)]
        try:
            sheets = [book.worksheets[_worksheet_number(book, sheet)] for book in books]
            for one in sheets:
                one.reset_dimensions()  # a workbook may lie about them, and rows would be cut off
            yield from zip(*(one.iter_rows(values_only=True) for one in sheets))
        finally:
            for book in books:
                book.close()


def _worksheet_number(book: Any, sheet: SheetPart) -> int:
    """Return the sheet's place among openpyxl's worksheets, which leave charts out."""
    return [one.title for one in book.worksheets].index(sheet.name)


def _openpyxl_text(value: Any) -> str | None:
    return cell_text(unescaped(value) if isinstance(value, str) else value)
