"""One CSV per sheet, and a manifest that says what was read before any rule about rows ran.

The CSVs hold the dataset's columns in the table's order, then what the rules and the accounting need:
_upload_id, _sheet, _row (the row's number in the source), _marks (what the reader knew beside the text, `column=fact` by `;`)
_raw (the fields as read, as JSON, where they do not fit the columns)
and _extra (what stands in columns that the table does not have, as JSON: name as written -> text).
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from itertools import chain, islice
from typing import TYPE_CHECKING

from lakehouse.cells import FIELD_COUNT, FORMULA_WITHOUT_VALUE, Row
from lakehouse.datasets import HEADER_ROWS_SEARCHED, Header, dataset_named_by, is_same_header, read_as_header
from lakehouse.delimited import FALLBACK_ENCODING
from lakehouse.rules import FILE_RULES, OK, QUARANTINE, RULES, SHEET_RULES, SKIP, Rule, SheetFacts, first_broken
from lakehouse.sources import Sheet, Source
from lakehouse.workbooks import CorruptWorkbookError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

TECHNICAL_COLUMNS = ("_upload_id", "_sheet", "_row", "_marks", "_raw", "_extra")
_MOST_CHARACTERS_OF_A_NAME = 80


@dataclass(frozen=True)
class SheetReport:
    """What became of one sheet in the conversion.

    Attributes:
        rows_read: rows with anything in them below the header, but for repeated headers.
        csv: the file's name in the output folder, or None when none was written.
        warnings: codes of rules.RULES.
        notes: for a person: names of columns left out, rows where the header came again.
        extra: names of columns that the table does not have, as written.
    """

    sheet: str
    dataset: str | None
    outcome: str
    reason: str | None = None
    rows_read: int = 0
    csv: str | None = None
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()


@dataclass(frozen=True)
class Conversion:
    """What became of one file: OK, or QUARANTINE with the reason and what was found."""

    outcome: str
    reason: str | None = None
    text: str | None = None
    sheets: list[SheetReport] = field(default_factory=list)

    def as_dict(self) -> dict:
        return asdict(self)


class QuarantineError(Exception):
    """The whole file must be set aside."""

    def __init__(self, rule: Rule, found: str) -> None:
        super().__init__(f"{rule.code}: {found} {rule.text}")
        self.rule = rule


def convert(path: Path, name: str, folder: Path, upload_id: str = "", reader: str | None = None) -> Conversion:
    """Write one CSV per sheet of a file.

    Args:
        path: the file on local disk.
        name: the file's own name; it may claim a dataset.
        folder: where the CSVs go; it exists.
        upload_id: goes into every row.
        reader: calamine or openpyxl; by default what suits.

    Returns:
        what became of the file; when it is QUARANTINE, the CSVs in the folder are of no use.
    """
    try:
        sheets = _convert_sheets(Source(path, name, reader), name, folder, upload_id)
    except QuarantineError as error:
        return Conversion(QUARANTINE, error.rule.code, str(error))
    except (CorruptWorkbookError, csv.Error) as error:
        return Conversion(QUARANTINE, "CORRUPT", f"CORRUPT: {error}. {RULES['CORRUPT'].text}")
    return Conversion(OK, sheets=sheets)


def _convert_sheets(source: Source, name: str, folder: Path, upload_id: str) -> list[SheetReport]:
    broken = first_broken(FILE_RULES, source.facts)
    if broken:
        raise QuarantineError(broken, f"Found: {source.facts.format}.")
    sheets = [_convert_sheet(source, sheet, name, folder, upload_id) for sheet in source.sheets()]
    if source.facts.format == "workbook" and not any(sheet.outcome == OK for sheet in sheets):
        raise QuarantineError(RULES["EMPTY_WORKBOOK"], f"Found {len(sheets)} sheets: {', '.join(s.reason or s.outcome for s in sheets)}.")
    return sheets


def _convert_sheet(source: Source, sheet: Sheet, name: str, folder: Path, upload_id: str) -> SheetReport:
    rows = iter(()) if sheet.is_chart or sheet.is_hidden else (row for row in source.rows(sheet) if not row.is_blank)
    first = list(islice(rows, HEADER_ROWS_SEARCHED))
    header = find_header(first)
    facts = SheetFacts(dataset_named_by(name), header, bool(first), sheet.is_hidden, sheet.is_chart)
    broken = first_broken(SHEET_RULES, facts)
    if broken and broken.outcome == QUARANTINE:
        raise QuarantineError(broken, f"Sheet {sheet.name!r}: {_found(facts, first)}.")
    if broken or header is None:
        return SheetReport(sheet.name, None, SKIP, broken.code if broken else None)
    below = (row for row in chain(first, rows) if row.number > header.row_number)
    csv_name = safe_name(sheet.name)
    counted = _Counted(below, header)
    with (folder / csv_name).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow((*header.dataset.column_names, *TECHNICAL_COLUMNS))
        writer.writerows(_csv_row(row, header, sheet, upload_id) for row in counted)
    return _report(sheet, header, csv_name, counted, source.encoding)


class _Counted:
    """The data rows below a header, counted as they pass; rows that repeat the header are left out and noted."""

    def __init__(self, rows: Iterable[Row], header: Header) -> None:
        self._rows = rows
        self._header = header
        self.count = 0
        self.repeated_at: list[int] = []

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            if is_same_header(self._header, row.cells):
                self.repeated_at.append(row.number)
                continue
            self.count += 1
            yield row


def _report(sheet: Sheet, header: Header, csv_name: str, counted: _Counted, encoding: str) -> SheetReport:
    noted = (
        ("EXTRA_COLUMNS", bool(header.extra), f"left out: {', '.join(header.extra)}"),
        ("REPEATED_HEADER", bool(counted.repeated_at), f"the header came again in rows {counted.repeated_at[:10]}"),
        ("NOT_UTF8", encoding == FALLBACK_ENCODING, "read as Windows-1252"),
    )
    return SheetReport(
        sheet=sheet.name,
        dataset=header.dataset.name,
        outcome=OK,
        rows_read=counted.count,
        csv=csv_name,
        warnings=tuple(code for code, is_so, _ in noted if is_so),
        notes=tuple(note for _, is_so, note in noted if is_so),
        extra=header.extra,
    )


def find_header(rows: list[Row]) -> Header | None:
    """Find the header among the first rows: the fullest one, the topmost of equals."""
    headers = [header for header in (read_as_header(row.number, row.cells) for row in rows) if header]
    return max(headers, key=lambda header: len(header.positions), default=None)


def _found(facts: SheetFacts, first: list[Row]) -> str:
    header = facts.header
    if header is None:
        return f"first row {[cell for cell in first[0].cells if cell][:8]}" if first else "no rows"
    if facts.file_dataset is not None and facts.file_dataset is not header.dataset:
        return f"the file is named as {facts.file_dataset.name}, its header is that of {header.dataset.name}"
    return f"header of {header.dataset.name}, missing {list(header.missing)}, repeated {list(header.repeated)}"


def _csv_row(row: Row, header: Header, sheet: Sheet, upload_id: str) -> list[str | None]:
    cells = row.cells
    marks = []
    if row.no_value:
        marks = [f"{name}={FORMULA_WITHOUT_VALUE}" for name, position in header.positions.items() if position in row.no_value]
    is_ragged = sheet.has_fixed_width and (len(cells) < header.width or any(cells[header.width :]))
    if is_ragged:
        marks.append(f"{FIELD_COUNT}={len(cells)}/{header.width}")
    values = [_at(cells, header.positions.get(name)) for name in header.dataset.column_names]
    raw = json.dumps(cells, ensure_ascii=False) if is_ragged else None
    return [*values, upload_id, sheet.name, str(row.number), ";".join(marks), raw, _extra(cells, header)]


def _extra(cells: list[str | None], header: Header) -> str | None:
    """Return the cells of columns that the table does not have, as JSON; of two columns of one name the first that is not blank."""
    found = {header.extra[n]: cells[at] for n, at in reversed(list(enumerate(header.extra_positions))) if at < len(cells) and cells[at]}
    return json.dumps(found, ensure_ascii=False) if found else None


def _at(cells: list[str | None], position: int | None) -> str | None:
    return cells[position] if position is not None and position < len(cells) else None


def safe_name(sheet: str) -> str:
    """Make a file's name of a sheet's; two sheets never get the same, not even where case does not count.

    >>> safe_name("2025-04-01")
    '2025-04-01.csv'
    """
    stem = re.sub(r"\.(csv|txt|tsv)$", "", sheet, flags=re.IGNORECASE)
    safe = re.sub(r"[^a-z0-9._-]+", "_", stem.lower())[:_MOST_CHARACTERS_OF_A_NAME]
    if safe == sheet and not safe.startswith((".", "_")):
        return f"{safe}.csv"
    return f"{safe.strip('._') or 'sheet'}-{hashlib.sha256(sheet.encode('utf-8', 'surrogatepass')).hexdigest()[:10]}.csv"
