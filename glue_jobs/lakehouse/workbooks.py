"""Reading .xlsx workbooks: sheets in order, each a stream of rows of raw cells.

Two readers give the same cells. python-calamine is about 15 times faster but holds a whole sheet in memory and is not to be had
on Python 3.9; openpyxl streams. What neither tells (formulas without a cached value, error cells) is read from the sheet's XML.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING
from xml.etree import ElementTree as ET  # sources.py refuses document types and entities before this runs

from lakehouse.cells import Row, cell_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

try:
    import python_calamine
except ImportError:
    python_calamine = None

# A sheet whose XML is larger is streamed: calamine needs about ten times these bytes of memory.
MOST_BYTES_IN_MEMORY = 96 * 1024**2

_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_REFERENCE = re.compile(rb'\br="([A-Z]+)(\d+)"')
_IS_ERROR = re.compile(rb'\bt="e"')
_IS_TEXT_RESULT = re.compile(rb'\bt="str"')
_FORMULA = re.compile(rb"<(?:\w+:)?f\b")
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*>([^<]+)<")
_ROW_END = re.compile(rb"</(?:\w+:)?row>")
_CHUNK_BYTES = 4 * 1024**2

# {row: {column: its error text, or None for a formula without a cached value}}; both 1-based
OddCells = "dict[int, dict[int, str | None]]"


class CorruptWorkbookError(Exception):
    """A workbook that starts as one but cannot be read to its end."""


@dataclass(frozen=True)
class SheetPart:
    """A sheet as the workbook lists it."""

    name: str
    part: str
    is_hidden: bool
    is_chart: bool


def list_sheets(path: Path) -> list[SheetPart]:
    """Return a workbook's sheets in their order, hidden ones and charts among them."""
    try:
        with zipfile.ZipFile(path) as archive:
            book = _workbook_part(archive)
            targets = _relationships(archive, book)
            root = ET.fromstring(archive.read(book))  # noqa: S314
    except (zipfile.BadZipFile, ET.ParseError, KeyError, EOFError, OSError) as error:
        raise CorruptWorkbookError(str(error)) from error
    sheets = []
    for element in root.iter():
        if _local_name(element.tag) != "sheet":
            continue
        relation = next((value for name, value in element.attrib.items() if _local_name(name) == "id" and name != "id"), "")
        kind, target = targets.get(relation, ("worksheet", ""))
        sheets.append(
            SheetPart(
                name=element.get("name", ""),
                part=target,
                is_hidden=element.get("state", "visible") != "visible",
                is_chart=kind != "worksheet",
            )
        )
    return sheets


def _workbook_part(archive: zipfile.ZipFile) -> str:
    targets = _relationships(archive, "")
    return next((target for kind, target in targets.values() if kind == "officeDocument"), "xl/workbook.xml")


def _relationships(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Return {relationship id: (last word of its type, the part it names)} of a part; of the whole package for ''."""
    folder, name = posixpath.split(part)
    root = ET.fromstring(archive.read(posixpath.join(folder, "_rels", f"{name}.rels")))  # noqa: S314
    found = {}
    for element in root.iter():
        if _local_name(element.tag) == "Relationship":
            target = element.get("Target", "")
            whole = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            found[element.get("Id", "")] = (element.get("Type", "").rsplit("/", 1)[-1], whole)
    return found


def _local_name(tag: str) -> str:
    return tag.rsplit("}", 1)[-1]


def read_rows(path: Path, sheet: SheetPart, reader: str | None = None) -> Iterator[Row]:
    """Read a sheet's rows from its first on, blank ones included, with their row numbers.

    Args:
        path: the workbook.
        sheet: one of list_sheets, not a chart.
        reader: calamine or openpyxl; by default the one that suits the sheet's size.

    Raises:
        CorruptWorkbookError: the sheet cannot be read to its end.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            size = archive.getinfo(sheet.part).file_size
            with archive.open(sheet.part) as stream:
                odd = find_odd_cells(stream)
        chosen = reader or ("calamine" if python_calamine and size <= MOST_BYTES_IN_MEMORY else "openpyxl")
        values = _calamine_rows(path, sheet) if chosen == "calamine" else _openpyxl_rows(path, sheet)
        for number, row in enumerate(values, start=1):
            yield _row_of(number, row, odd.get(number))
    except CorruptWorkbookError:
        raise
    except Exception as error:  # both readers let many exceptions of their parsers through
        raise CorruptWorkbookError(f"sheet {sheet.name!r}: {type(error).__name__}: {error}") from error


def _row_of(number: int, values: list | tuple, odd: dict[int, str | None] | None) -> Row:
    cells = [cell_text(value) for value in values]
    if not odd:
        return Row(number, cells)
    cells += [None] * (max(odd) - len(cells))
    for column, text in odd.items():
        cells[column - 1] = text
    return Row(number, cells, frozenset(column - 1 for column, text in odd.items() if text is None))


def _calamine_rows(path: Path, sheet: SheetPart) -> Iterator[list]:
    book = python_calamine.CalamineWorkbook.from_path(str(path))
    yield from book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)


def _openpyxl_rows(path: Path, sheet: SheetPart) -> Iterator[tuple]:
    import warnings  # noqa: PLC0415 - with openpyxl, which is slow to import, only where it is needed

    import openpyxl  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and names that the data does not need
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            worksheet = book[sheet.name]
            worksheet.reset_dimensions()  # a workbook may lie about them, and rows would be cut off
            yield from worksheet.iter_rows(values_only=True)
        finally:
            book.close()


def find_odd_cells(stream: IO[bytes]) -> OddCells:
    """Find error cells and formulas without a cached value in a sheet's XML, in bounded memory."""
    odd: dict[int, dict[int, str | None]] = {}
    rest = b""
    while True:
        chunk = stream.read(_CHUNK_BYTES)
        text = rest + chunk
        ends = [match.end() for match in _ROW_END.finditer(text)] if chunk else [len(text)]
        cut = ends[-1] if ends else 0
        rest = text[cut:]
        # Most sheets have neither: two searches of the bytes are all they cost.
        if b't="e"' in text[:cut] or _FORMULA.search(text, 0, cut):
            _collect_odd_cells(text[:cut], odd)
        if not chunk:
            return odd


def _collect_odd_cells(xml: bytes, odd: OddCells) -> None:
    for match in _CELL.finditer(xml):
        attributes, content = match.group(1), match.group(2) or b""
        is_error = _IS_ERROR.search(attributes)
        value = _VALUE.search(content)
        if not is_error and (value or _IS_TEXT_RESULT.search(attributes) or not _FORMULA.search(content)):
            continue
        reference = _REFERENCE.search(attributes)
        if reference:
            error = value.group(1).decode() if is_error and value else None
            odd.setdefault(int(reference.group(2)), {})[_column_number(reference.group(1))] = error


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number
