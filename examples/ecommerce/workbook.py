"""The smallest writer of .xlsx files that Excel, openpyxl, pandas and calamine all read.

openpyxl stamps the time into what it writes and takes five seconds for forty thousand rows. The example needs the same bytes each time, and soon,
so that a second demo finds its own files already loaded. The bytes are the same wherever Python is built with the same zlib.

Source: ECMA-376 part 1, sections 12.3 and 18.3 (5th edition).
"""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

_HEADER = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_CONTENT = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_FAST_AND_SMALL_ENOUGH = 6


class CellError(str):
    """The value of a cell whose formula failed, such as #N/A."""

    __slots__ = ()


type Cell = int | float | str | CellError | None


def write_workbook(path: Path, sheets: Mapping[str, Iterable[Sequence[Cell]]]) -> None:
    """Write sheets in their order, each a sequence of rows, header included.

    Args:
        path: overwritten if it is there.
        sheets: name to rows. None is an empty cell, a str a text cell, an int or a float a number.
    """
    texts: dict[str, int] = {}
    bodies = [_sheet(rows, texts) for rows in sheets.values()]
    numbers = range(1, len(bodies) + 1)
    parts = {
        "[Content_Types].xml": _content_types(numbers),
        "_rels/.rels": _relationships([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": _workbook(list(sheets)),
        "xl/_rels/workbook.xml.rels": _relationships(
            [*(("worksheet", f"worksheets/sheet{n}.xml") for n in numbers), ("sharedStrings", "sharedStrings.xml")]
        ),
        "xl/sharedStrings.xml": _shared_strings(texts),
        **{f"xl/worksheets/sheet{n}.xml": body for n, body in zip(numbers, bodies, strict=True)},
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system = 3  # else the bytes tell Windows from the others
            archive.writestr(info, text, zipfile.ZIP_DEFLATED, _FAST_AND_SMALL_ENOUGH)


def _sheet(rows: Iterable[Sequence[Cell]], texts: dict[str, int]) -> str:
    body = "".join(_row(number, row, texts) for number, row in enumerate(rows, start=1))
    return f'{_HEADER}<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData></worksheet>'


def _row(number: int, row: Sequence[Cell], texts: dict[str, int]) -> str:
    cells = "".join(_cell(f"{chr(ord('A') + column)}{number}", value, texts) for column, value in enumerate(row) if value is not None)
    return f'<row r="{number}">{cells}</row>'


def _cell(reference: str, value: Cell, texts: dict[str, int]) -> str:
    if isinstance(value, CellError):
        return f'<c r="{reference}" t="e"><v>{value}</v></c>'
    if isinstance(value, str):
        return f'<c r="{reference}" t="s"><v>{texts.setdefault(value, len(texts))}</v></c>'
    return f'<c r="{reference}"><v>{value}</v></c>'


def _shared_strings(texts: Iterable[str]) -> str:
    items = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in texts)
    return f'{_HEADER}<sst xmlns="{_MAIN}">{items}</sst>'


def _workbook(names: Sequence[str]) -> str:
    sheets = "".join(f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(names, start=1))
    return f'{_HEADER}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONSHIPS}"><sheets>{sheets}</sheets></workbook>'


def _relationships(targets: Iterable[tuple[str, str]]) -> str:
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{_RELATIONSHIPS}/{kind}" Target="{target}"/>' for n, (kind, target) in enumerate(targets, start=1)
    )
    return f'{_HEADER}<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>'


def _content_types(numbers: Iterable[int]) -> str:
    sheets = "".join(f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_CONTENT}.worksheet+xml"/>' for n in numbers)
    return (
        f'{_HEADER}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_CONTENT}.sheet.main+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_CONTENT}.sharedStrings+xml"/>{sheets}</Types>'
    )
