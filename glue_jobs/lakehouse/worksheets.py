"""A sheet's XML as a stream of rows of raw cells, in one pass and in bounded memory.

Takes what any writer may leave out or put differently: prefixes, strict OOXML's namespaces, no r= on rows and cells, inline and rich strings,
dimensions that lie (they are not looked at). Rows and cells that hold nothing are not there.
Source: ECMA-376 part 1, 18.3.1 and 18.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lakehouse.cells import EPOCH_1900, Row, date_text, duration_text, iso_text, unescaped, written_number_text
from lakehouse.limits import (
    MOST_CHARACTERS_OF_A_CELL,
    MOST_CHARACTERS_PER_SHEET_BYTE,
    MOST_COLUMNS_OF_A_SHEET,
    MOST_ROWS_OF_A_SHEET,
    LimitError,
    UnreadableError,
)
from lakehouse.xml_stream import Depth, LocalNames, feed, new_parser

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from xml.parsers.expat import XMLParserType

DATE, DURATION = "date", "duration"
_BOOLEANS = {"1": "TRUE", "0": "FALSE", "true": "TRUE", "false": "FALSE"}
_FREE_CHARACTERS = 1024**2


class Context(NamedTuple):
    """What a sheet's cells point at in the rest of the workbook.

    Attributes:
        strings: the shared strings.
        formats: {index of a cell style: DATE or DURATION}, as written in s=; other styles are plain numbers.
        epoch: day 0 of its dates.
    """

    strings: list[str]
    formats: dict[str, str]
    epoch: datetime = EPOCH_1900


class _Columns(dict[str, int]):
    """{letters: 0-based position}, filled as columns come."""

    def __missing__(self, letters: str) -> int:
        number = 0
        for letter in letters.upper():
            if not "A" <= letter <= "Z":
                raise UnreadableError(f"{letters!r} names no column")
            number = number * 26 + ord(letter) - ord("A") + 1
            if number > MOST_COLUMNS_OF_A_SHEET:
                raise LimitError(f"column {letters[:8]} lies beyond the {MOST_COLUMNS_OF_A_SHEET:,} that a sheet can have")
        self[letters] = number - 1
        return number - 1


class _Text:
    """The text of v and t. Expat appends all text to `pieces` by itself, so that a character costs no Python; what stands between tags is dropped."""

    def __init__(self, parser: XMLParserType) -> None:
        self.pieces: list[str] = []
        self.written = ""
        parser.CharacterDataHandler = self.pieces.append

    def end(self) -> None:
        """Take what came since pieces was last cleared."""
        pieces = self.pieces
        text = pieces[0] if len(pieces) == 1 else "".join(pieces)
        self.written = self.written + text if self.written else text
        pieces.clear()

    def check(self) -> None:
        if len(self.written) + sum(map(len, self.pieces)) > MOST_CHARACTERS_OF_A_CELL:
            raise LimitError(f"a cell holds more than {MOST_CHARACTERS_OF_A_CELL:,} characters")


class _Sheet:
    """Expat's handlers for a worksheet; `rows` is what they have collected since it was last cleared."""

    def __init__(self, parser: XMLParserType, context: Context) -> None:
        self.rows: list[Row] = []
        self.characters = 0
        self.text = _Text(parser)
        self._context = context
        self._number = 0
        self._column = -1
        self._row: list[str | None] = []
        self._is_in_row = False
        self._cell: dict[str, str] | None = None
        self._has_formula = False
        self._no_value: set[int] = set()
        self._phonetic = 0
        self._depth = Depth()
        self._names = LocalNames()
        self._columns = _Columns()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end

    def check(self) -> None:
        if self._cell is None:
            self.text.pieces.clear()  # what stands between cells
        self.text.check()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = self._names[name]
        if self._cell is not None:
            if tag == "v" or tag == "t":  # noqa: PLR1714 - twice as fast as a set, for every cell
                self.text.pieces.clear()
            elif tag == "f":
                self._has_formula = True
            elif tag == "rPh":  # how Japanese text is to be read out; no part of it
                self._phonetic += 1
            elif tag != "is":
                self._depth.enter()
        elif tag == "c" and self._is_in_row:
            self._cell = attributes
        elif tag == "row" and not self._is_in_row:
            self._start_row(attributes)
        else:
            self._depth.enter()

    def _end(self, name: str) -> None:
        tag = self._names[name]
        if self._cell is not None:
            if tag == "v" or tag == "t":  # noqa: PLR1714
                if not self._phonetic:
                    self.text.end()
            elif tag == "c":
                self._end_cell(self._cell)
            elif tag == "rPh":
                self._phonetic -= 1
            elif tag != "f" and tag != "is":  # noqa: PLR1714
                self._depth.leave()
        elif tag == "row" and self._is_in_row:
            self._end_row()
        else:
            self._depth.leave()

    def _start_row(self, attributes: dict[str, str]) -> None:
        written = attributes.get("r")
        try:
            number = int(written) if written else self._number + 1
        except ValueError as error:
            raise UnreadableError(f"{written!r} is no row's number") from error
        # A row that comes twice, or too late, keeps a number of its own: the accounting tells rows by it.
        self._number = max(number, self._number + 1)
        if self._number > MOST_ROWS_OF_A_SHEET:
            raise LimitError(f"row {self._number:,} lies beyond the {MOST_ROWS_OF_A_SHEET:,} that a sheet can have")
        self._row = []
        self._is_in_row = True
        self._column = -1

    def _end_row(self) -> None:
        if self._row or self._no_value:
            self.rows.append(Row(self._number, self._row, frozenset(self._no_value) if self._no_value else frozenset()))
            self._no_value.clear()
        self._is_in_row = False

    def _end_cell(self, attributes: dict[str, str]) -> None:
        self._cell = None
        reference = attributes.get("r")
        self._column = column = self._columns[reference.rstrip("0123456789")] if reference else self._column + 1
        written = self.text.written
        if written:
            self.text.written = ""
            row = self._row
            if column == len(row):
                row.append(self._value(written, attributes))
            else:
                _put(row, column, self._value(written, attributes))
        elif self._has_formula and attributes.get("t") != "str":  # a formula whose result is a text can have none
            self._no_value.add(column)
        self._has_formula = False
        if column >= MOST_COLUMNS_OF_A_SHEET:
            raise LimitError(f"row {self._number:,} has more than {MOST_COLUMNS_OF_A_SHEET:,} cells")

    def _value(self, written: str, attributes: dict[str, str]) -> str | None:
        kind = attributes.get("t", "n")
        if kind != "n":
            return self._value_of(kind, written)
        form = self._context.formats.get(attributes["s"]) if "s" in attributes else None
        if form is None:
            return written_number_text(written)
        return date_text(written, self._context.epoch) if form == DATE else duration_text(written)

    def _value_of(self, kind: str, written: str) -> str | None:
        if kind == "s":
            strings = self._context.strings
            if not written.strip().isdecimal() or int(written) >= len(strings):
                raise UnreadableError(f"row {self._number} points at shared string {written[:20]!r} of {len(strings)}")
            value = strings[int(written)]
            self.characters += len(value)
            return value or None
        if kind == "b":
            return _BOOLEANS.get(written, written)
        return iso_text(written) if kind == "d" else unescaped(written)


def _put(row: list[str | None], column: int, value: str | None) -> None:
    """Put a value where it does not follow the last one."""
    row.extend([None] * (column + 1 - len(row)))
    row[column] = value


def read_rows(chunks: Iterable[bytes], size: int, context: Context) -> Iterator[Row]:
    """Read the rows that hold anything, with the numbers that the sheet gives them.

    Args:
        chunks: the sheet's XML.
        size: the bytes that it declares.
        context: the rest of the workbook.

    Raises:
        UnreadableError: the sheet cannot be read to its end.
        LimitError: it goes beyond one of limits.py.
    """
    parser = new_parser()
    sheet = _Sheet(parser, context)
    most = _FREE_CHARACTERS + size * MOST_CHARACTERS_PER_SHEET_BYTE
    for _ in feed(parser, chunks):
        sheet.check()
        if sheet.characters > most:
            raise LimitError(f"the sheet's shared strings stand in so many cells that they make more than {most:,} characters")
        yield from sheet.rows
        sheet.rows.clear()


def read_strings(chunks: Iterable[bytes]) -> list[str]:
    """Read the shared strings, without their formats and readings."""
    parser = new_parser()
    text, depth, names = _Text(parser), Depth(), LocalNames()
    strings: list[str] = []
    phonetic = 0

    def start(name: str, _attributes: dict[str, str]) -> None:
        nonlocal phonetic
        tag = names[name]
        depth.enter()
        if tag == "t":
            text.pieces.clear()
        elif tag == "rPh":
            phonetic += 1

    def end(name: str) -> None:
        nonlocal phonetic
        tag = names[name]
        depth.leave()
        if tag == "t":
            if not phonetic:
                text.end()
        elif tag == "si":
            strings.append(unescaped(text.written))
            text.written = ""
        elif tag == "rPh":
            phonetic -= 1

    parser.StartElementHandler, parser.EndElementHandler = start, end
    for _ in feed(parser, chunks):
        text.check()
    return strings
