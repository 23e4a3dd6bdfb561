"""Every reason code of the pipeline, with its outcome and its text, in one table; and the rules about files and sheets.

Reading never judges: readers and the converter collect facts, and the predicates here judge them. A new case is one line
of a table and one test. The rules about rows are in row_rules.py, as predicates on Spark columns, under the codes of this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, NamedTuple

from lakehouse.limits import MOST_FILE_BYTES, MOST_MEMBERS, MOST_RATIO, MOST_TEXT_BYTES, MOST_UNPACKED_BYTES

if TYPE_CHECKING:
    from lakehouse.datasets import Dataset, Header

OK = "OK"
WARN = "WARN"  # loaded, and noted
SKIP = "SKIP"  # not loaded, and recorded
QUARANTINE = "QUARANTINE"  # the whole file, kept under rejected/
REJECT = "REJECT"  # one row
HOLD = "HOLD"  # one row, until its parent comes
DUPLICATE = "DUPLICATE"  # one row, which lost to another of the same key


class Rule(NamedTuple):
    """What a reason code means: its outcome, and what a person should know and do."""

    code: str
    outcome: str
    text: str


_TABLE = (
    # About an upload, before it is read.
    Rule("DUPLICATE_UPLOAD", SKIP, "The same content was uploaded before; nothing was loaded again."),
    Rule("NOT_A_DATA_FILE", SKIP, "The name is that of a folder, a lock file or a file of the desktop; it holds no data."),
    Rule("GONE", SKIP, "The object was deleted before it could be read."),
    # About a file.
    Rule("EMPTY_FILE", QUARANTINE, "The file holds nothing. Upload it again, whole."),
    Rule("UNSUPPORTED_FORMAT", QUARANTINE, "The content is neither an .xlsx workbook nor delimited text. Save it as one of them."),
    Rule("ENCRYPTED", QUARANTINE, "The workbook is protected by a password. Save it without one."),
    Rule("CORRUPT", QUARANTINE, "The workbook cannot be read to its end. Upload it again, whole."),
    Rule("LIMIT", QUARANTINE, "The file is or unpacks to more than a file may, or holds what no data needs. Split it, or save it anew."),
    Rule("BAD_ENCODING", QUARANTINE, "The text is neither UTF-8, UTF-16 nor Windows-1252. Save it as UTF-8."),
    Rule("EMPTY_WORKBOOK", QUARANTINE, "Not one visible sheet holds a row. Upload the workbook with its data."),
    Rule("DATASET_MISMATCH", QUARANTINE, "The header is that of another dataset than the file's name says. Correct the name or the file."),
    Rule(
        "TOO_MANY_REJECTS",
        QUARANTINE,
        "All rows of a dataset, or more of them than the limit, were rejected, so none of the file's rows of that dataset was loaded. "
        "Correct the file and upload it again.",
    ),
    # About a sheet.
    Rule("NO_HEADER", QUARANTINE, "No row of the first 20 names the columns of a dataset. Add the header."),
    Rule("SCHEMA", QUARANTINE, "The header lacks a required column, or names one twice. Correct the header."),
    Rule("EMPTY_SHEET", SKIP, "The sheet is empty."),
    Rule("CHART_SHEET", SKIP, "The sheet holds a chart, not cells."),
    Rule("HIDDEN_SHEET", SKIP, "The sheet is hidden; it was left out. Show it if its rows count."),
    Rule("EXTRA_COLUMNS", WARN, "The header names columns that the table does not have; they were left out, or added as NewColumns says."),
    Rule("REPEATED_HEADER", WARN, "The header came again between the rows; those rows were left out."),
    Rule("NOT_UTF8", WARN, "The text is not UTF-8; it was read as Windows-1252."),
    # About a row.
    Rule("BAD_FIELD_COUNT", REJECT, "The line has more or fewer fields than the header."),
    Rule("MISSING_VALUE", REJECT, "A required cell is blank, or says that it has no value."),
    Rule("FORMULA_NO_VALUE", REJECT, "A required cell holds a formula that was never computed. Open the workbook in Excel and save it."),
    Rule("CELL_ERROR", REJECT, "A required cell holds an error such as #N/A. In an optional column it counts as blank, with a warning."),
    Rule("BAD_KEY", REJECT, "An identifier is not a whole number without sign, separators or letters."),
    Rule("BAD_NUMBER", REJECT, "A number is not whole, or out of its range."),
    Rule("BAD_TIMESTAMP", REJECT, "order_timestamp is no ISO 8601 date and time from 2000 to 2100."),
    Rule("DATE_MISMATCH", REJECT, "The date is not the day of order_timestamp in UTC."),
    Rule("BAD_AMOUNT", REJECT, "total_amount is negative, has more than two decimals, or is no plain number up to 9,999,999,999.99."),
    Rule("FILE_REJECTED", REJECT, "The row itself is sound, but its file was set aside because too many others are not."),
    Rule("NO_SUCH_PRODUCT", REJECT, "The item waited for its product longer than the limit, and the product never came."),
    Rule("PRODUCT_NOT_YET", HOLD, "The item's product is not there yet; the item is loaded by itself when it comes."),
    Rule("DUPLICATE", DUPLICATE, "Another row of the same key is newer: later upload, then sheet, then row."),
)
RULES = {rule.code: rule for rule in _TABLE}


@dataclass(frozen=True)
class FileFacts:
    """What reading the beginning of a file told.

    Attributes:
        format: workbook, text, empty, encrypted, corrupt, unread, or the name of something else.
        size: its own bytes.
        unpacked_bytes, ratio, members: of a zip; zero for others.
        has_strange_parts: members of a zip that leave it, lie over one another or are packed as no workbook is; document types in its XML.
        is_decodable: False when no encoding fits.
    """

    format: str
    size: int = 0
    unpacked_bytes: int = 0
    ratio: float = 0.0
    members: int = 0
    has_strange_parts: bool = False
    is_decodable: bool = True


@dataclass(frozen=True)
class SheetFacts:
    """What reading a sheet told, before any of its rows is judged."""

    file_dataset: Dataset | None
    header: Header | None
    has_cells: bool
    is_hidden: bool = False
    is_chart: bool = False


@dataclass(frozen=True)
class ContentFacts:
    """What all sheets of a file together came to.

    Attributes:
        outcomes: of its sheets.
    """

    format: str
    outcomes: tuple[str, ...]


FILE_RULES: tuple[tuple[str, Callable[[FileFacts], bool]], ...] = (
    ("EMPTY_FILE", lambda file: file.format == "empty"),
    ("LIMIT", lambda file: file.size > MOST_FILE_BYTES),
    ("LIMIT", lambda file: file.format == "text" and file.size > MOST_TEXT_BYTES),
    ("ENCRYPTED", lambda file: file.format == "encrypted"),
    ("CORRUPT", lambda file: file.format == "corrupt"),
    ("LIMIT", lambda file: file.unpacked_bytes > MOST_UNPACKED_BYTES),
    ("LIMIT", lambda file: file.ratio > MOST_RATIO),
    ("LIMIT", lambda file: file.members > MOST_MEMBERS),
    ("LIMIT", lambda file: file.has_strange_parts),
    ("UNSUPPORTED_FORMAT", lambda file: file.format not in {"workbook", "text"}),
    ("BAD_ENCODING", lambda file: not file.is_decodable),
)

SHEET_RULES: tuple[tuple[str, Callable[[SheetFacts], bool]], ...] = (
    ("CHART_SHEET", lambda sheet: sheet.is_chart),
    ("HIDDEN_SHEET", lambda sheet: sheet.is_hidden),
    ("EMPTY_SHEET", lambda sheet: not sheet.has_cells),
    ("NO_HEADER", lambda sheet: sheet.header is None),
    ("DATASET_MISMATCH", lambda sheet: sheet.file_dataset is not None and sheet.file_dataset is not sheet.header.dataset),
    ("SCHEMA", lambda sheet: bool(sheet.header.missing or sheet.header.repeated)),
)

CONTENT_RULES: tuple[tuple[str, Callable[[ContentFacts], bool]], ...] = (
    ("EMPTY_FILE", lambda content: content.format == "text" and OK not in content.outcomes),
    ("EMPTY_WORKBOOK", lambda content: OK not in content.outcomes),
)


def first_broken(table: tuple[tuple[str, Callable], ...], facts: FileFacts | SheetFacts | ContentFacts) -> Rule | None:
    """Return the first rule of a table that the facts break, or None."""
    return next((RULES[code] for code, is_broken in table if is_broken(facts)), None)
