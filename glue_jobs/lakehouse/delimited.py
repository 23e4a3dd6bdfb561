"""Reading delimited text: encoding and separator are found, rows follow RFC 4180."""

from __future__ import annotations

import codecs
import csv
from itertools import islice
from typing import IO, TYPE_CHECKING

from lakehouse.cells import Row
from lakehouse.datasets import HEADER_ROWS_SEARCHED, read_as_header
from lakehouse.limits import MOST_CHARACTERS_OF_A_ROW, LimitError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SEPARATORS = (",", ";", "\t", "|")
FALLBACK_ENCODING = "cp1252"
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHUNK_BYTES = 1024**2

csv.field_size_limit(MOST_CHARACTERS_OF_A_ROW)


def find_encoding(path: Path) -> str | None:
    """Return the encoding of a text file: by its byte order mark, else strict UTF-8, else Windows-1252; None when nothing fits.

    No text holds a NUL: what does was cut off by a crash, or is no text.
    """
    with path.open("rb") as stream:
        start = stream.read(4)
    marked = next((name for mark, name in _BYTE_ORDER_MARKS if start.startswith(mark)), None)
    candidates = (marked,) if marked else ("utf-8", FALLBACK_ENCODING)
    return next((name for name in candidates if _decodes(path, name)), None)


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as stream:
            while True:
                chunk = stream.read(_CHUNK_BYTES)
                if "\0" in decoder.decode(chunk, final=not chunk):
                    return False
                if not chunk:
                    return True
    except UnicodeError:
        return False


def find_separator(path: Path, encoding: str) -> str:
    """Return the separator that reads one of the first rows as the fullest header; a comma when none does."""

    def columns_found(separator: str) -> int:
        headers = (read_as_header(row.number, row.cells) for row in islice(read_rows(path, encoding, separator), HEADER_ROWS_SEARCHED))
        return max((len(header.positions) for header in headers if header), default=0)

    return max(SEPARATORS, key=columns_found)


def read_rows(path: Path, encoding: str, separator: str) -> Iterator[Row]:
    """Read rows with the number of the line each begins on; a blank field is None.

    Raises:
        LimitError: a line, or a quoted field, does not end.
    """
    with path.open(encoding=encoding, newline="") as stream:
        lines = _Lines(stream)
        reader = csv.reader(lines, delimiter=separator)
        first_line = 1
        try:
            for fields in reader:
                yield Row(first_line, [field or None for field in fields])
                first_line = reader.line_num + 1
                lines.characters = 0
        except csv.Error as error:  # a field beyond the limit is the only one that a reader without strictness raises
            raise LimitError(f"line {first_line:,}: {error}") from error


class _Lines:
    """A file's lines; more characters than a row may have, before a row is whole, are a LimitError."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._line = 0
        self.characters = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(MOST_CHARACTERS_OF_A_ROW + 1)
        if not line:
            raise StopIteration
        self.characters += len(line)
        if self.characters > MOST_CHARACTERS_OF_A_ROW:
            raise LimitError(f"line {self._line + 1:,} begins a row of more than {MOST_CHARACTERS_OF_A_ROW:,} characters")
        self._line += 1
        return line
