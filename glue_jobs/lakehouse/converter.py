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
from collections import Counter
from dataclasses import asdict, dataclass, field
from itertools import chain, islice
from operator import itemgetter
from typing import IO, TYPE_CHECKING, Callable

from lakehouse.cells import FIELD_COUNT, FORMULA_WITHOUT_VALUE, Row
from lakehouse.datasets import HEADER_ROWS_SEARCHED, Header, dataset_named_by, is_same_header, read_as_header
from lakehouse.delimited import FALLBACK_ENCODING
from lakehouse.limits import LimitError, UnreadableError
from lakehouse.rules import (
    CONTENT_RULES,
    FILE_RULES,
    OK,
    QUARANTINE,
    RULES,
    SHEET_RULES,
    SKIP,
    ContentFacts,
    FileFacts,
    Rule,
    SheetFacts,
    first_broken,
)
from lakehouse.sources import READERS, Sheet, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

TECHNICAL_COLUMNS = ("_upload_id", "_sheet", "_row", "_marks", "_raw", "_extra")
_MOST_CHARACTERS_OF_A_NAME = 80
# Of what a file says of itself, in a message.
_MOST_QUOTED = 8
_MOST_CHARACTERS_OF_A_QUOTE = 60


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


def convert(path: Path, name: str, folder: Path, upload_id: str = "", readers: tuple[str, ...] = READERS) -> Conversion:
    """Write one CSV per sheet of a file.

    Args:
        path: the file on local disk.
        name: the file's own name; it may claim a dataset.
        folder: where the CSVs go; it exists.
        upload_id: goes into every row.
        readers: those of sources.READERS that may try, in this order.

    Returns:
        what became of the file; when it is QUARANTINE, the CSVs in the folder are of no use.
    """
    try:
        sheets = _convert_sheets(Source(path, name), name, folder, upload_id, readers)
    except QuarantineError as error:
        return Conversion(QUARANTINE, error.rule.code, str(error))
    return Conversion(OK, sheets=sheets)


def refuse(facts: FileFacts) -> Conversion:
    """Say what becomes of a file whose facts alone break a rule, without reading it."""
    broken = first_broken(FILE_RULES, facts)
    if broken is None:
        raise ValueError(f"{facts} breaks no rule; read the file.")
    return Conversion(QUARANTINE, broken.code, str(_refused(broken, facts)))


def _refused(broken: Rule, facts: FileFacts) -> QuarantineError:
    unpacked = f", {facts.unpacked_bytes:,} unpacked in {facts.members:,} members" if facts.members else ""
    return QuarantineError(broken, f"Found: {facts.format} of {facts.size:,} bytes{unpacked}.")


def _convert_sheets(source: Source, name: str, folder: Path, upload_id: str, readers: tuple[str, ...]) -> list[SheetReport]:
    broken = first_broken(FILE_RULES, source.facts)
    if broken:
        raise _refused(broken, source.facts)
    try:
        sheets = [_by_first_reader_that_can(source, sheet, name, folder, upload_id, readers) for sheet in source.sheets()]
    except LimitError as error:
        raise QuarantineError(RULES["LIMIT"], f"{error}.") from error
    except UnreadableError as error:
        raise QuarantineError(RULES["CORRUPT"], f"{error}.") from error
    broken = first_broken(CONTENT_RULES, ContentFacts(source.facts.format, tuple(sheet.outcome for sheet in sheets)))
    if broken:
        kinds = Counter(sheet.reason or sheet.outcome for sheet in sheets)
        raise QuarantineError(broken, f"Found {len(sheets)} sheets: {', '.join(f'{count} {kind}' for kind, count in kinds.items())}.")
    return sheets


def _by_first_reader_that_can(source: Source, sheet: Sheet, name: str, folder: Path, upload_id: str, readers: tuple[str, ...]) -> SheetReport:
    """Convert a sheet; one that the first reader cannot read to its end is begun again with the next."""
    failure = None
    for reader in readers:
        try:
            return _convert_sheet(source, sheet, name, folder, upload_id, reader)
        except UnreadableError as error:  # noqa: PERF203 - there are two readers, not many
            failure = failure or error
    raise UnreadableError(f"sheet {sheet.name!r}: {failure}") from failure


def _convert_sheet(source: Source, sheet: Sheet, name: str, folder: Path, upload_id: str, reader: str) -> SheetReport:
    rows = iter(()) if sheet.is_chart or sheet.is_hidden else (row for row in source.rows(sheet, reader) if not row.is_blank)
    first = list(islice(rows, HEADER_ROWS_SEARCHED))
    header = find_header(first)
    facts = SheetFacts(dataset_named_by(name), header, bool(first), sheet.is_hidden, sheet.is_chart)
    broken = first_broken(SHEET_RULES, facts)
    if broken and broken.outcome == QUARANTINE:
        raise QuarantineError(broken, f"Sheet {sheet.name!r}: {_found(facts, first)}.")
    if broken or header is None:
        warnings = ("HIDDEN_SHEET",) if sheet.is_hidden else ()
        return SheetReport(sheet.name, None, SKIP, broken.code if broken else None, warnings=warnings)
    below = (row for row in chain(first, rows) if row.number > header.row_number)
    csv_name = safe_name(sheet.name)
    counted = _Counted(below, header)
    with (folder / csv_name).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(_Lines(stream), lineterminator=_Lines.end)
        writer.writerow((*header.dataset.column_names, *TECHNICAL_COLUMNS))
        writer.writerows(map(_csv_row_maker(header, sheet, upload_id), counted))
    return _report(sheet, header, csv_name, counted, source.encoding)


class _Lines:
    """Ends lines with a newline alone, for a csv.writer that was told of CR LF.

    Python 3.9 quotes a carriage return in a field only where its lines end with one; unquoted, it is the end of a line to Spark.
    """

    end = "\r\n"

    def __init__(self, stream: IO[str]) -> None:
        self._write = stream.write

    def write(self, line: str) -> int:
        return self._write(line[: -len(self.end)] + "\n")


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
        ("EXTRA_COLUMNS", bool(header.extra), f"left out: {', '.join(name[:_MOST_CHARACTERS_OF_A_QUOTE] for name in header.extra[:_MOST_QUOTED])}"),
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
        quoted = [cell[:_MOST_CHARACTERS_OF_A_QUOTE] for cell in first[0].cells if cell][:_MOST_QUOTED] if first else []
        return f"first row {quoted}" if first else "no rows"
    if facts.file_dataset is not None and facts.file_dataset is not header.dataset:
        return f"the file is named as {facts.file_dataset.name}, its header is that of {header.dataset.name}"
    return f"header of {header.dataset.name}, missing {list(header.missing)}, repeated {list(header.repeated)}"


def _csv_row_maker(header: Header, sheet: Sheet, upload_id: str) -> Callable[[Row], list[str | None]]:
    """Return a function that lays a row out as its CSV has it."""
    needed = max(header.positions.values()) + 1
    width = header.width
    # A column that the sheet lacks is taken from behind the last one, where a blank is added.
    in_order = itemgetter(*(header.positions.get(name, needed) for name in header.dataset.column_names))

    def csv_row(row: Row) -> list[str | None]:
        cells = row.cells
        is_ragged = sheet.has_fixed_width and (len(cells) < width or any(cells[width:]))
        marks = _marks(row, header, is_ragged=is_ragged) if is_ragged or row.no_value else ""
        raw = json.dumps(cells, ensure_ascii=False) if is_ragged else None
        known = cells[:needed]
        known += [None] * (needed + 1 - len(known))
        return [*in_order(known), upload_id, sheet.name, row.number, marks, raw, _extra(cells, header) if header.extra else None]

    return csv_row


def _marks(row: Row, header: Header, *, is_ragged: bool) -> str:
    marks = [f"{name}={FORMULA_WITHOUT_VALUE}" for name, position in header.positions.items() if position in row.no_value]
    if is_ragged:
        marks.append(f"{FIELD_COUNT}={len(row.cells)}/{header.width}")
    return ";".join(marks)


def _extra(cells: list[str | None], header: Header) -> str | None:
    """Return the cells of columns that the table does not have, as JSON; of two columns of one name the first that is not blank."""
    found = {header.extra[n]: cells[at] for n, at in reversed(list(enumerate(header.extra_positions))) if at < len(cells) and cells[at]}
    return json.dumps(found, ensure_ascii=False) if found else None


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
