"""Opening a delivered file: what it is is told by its content, never by its name."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lakehouse import delimited, workbooks
from lakehouse.rules import FileFacts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lakehouse.cells import Row

_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_NOT_TEXT = (
    (re.compile(rb"^%PDF"), "pdf"),
    (re.compile(rb"^PAR1"), "parquet"),
    (re.compile(rb"^\x1f\x8b"), "gzip"),
    (re.compile(rb"^(\xef\xbb\xbf)?\s*<(!doctype\s+html|html|table|\?xml)", re.IGNORECASE), "markup"),
)
_FIRST_BYTES = 4096
_BYTES_BEFORE_A_ROOT = 64 * 1024
# Tiny members compress without limit and do no harm; only from here on does a ratio say anything.
_LEAST_BYTES_FOR_A_RATIO = 1024**2


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook, or the whole of a text file.

    Attributes:
        name: as the workbook has it; a text file's own name for its only one.
        has_fixed_width: rows of text have as many fields as their header; a workbook's end at their last cell.
    """

    name: str
    is_hidden: bool = False
    is_chart: bool = False
    has_fixed_width: bool = False


class Source:
    """A file that can be read: its facts first, then its sheets, then each sheet's rows.

    Args:
        path: the file, on local disk.
        name: the name it was delivered under; it names a text file's only sheet.
        reader: calamine or openpyxl; by default what suits.
    """

    def __init__(self, path: Path, name: str, reader: str | None = None) -> None:
        self._path = path
        self._name = name
        self._reader = reader
        self.facts, self.encoding = look_at(path)
        self._parts: dict[str, workbooks.SheetPart] = {}

    def sheets(self) -> list[Sheet]:
        """List the sheets in their order."""
        if self.facts.format == "text":
            return [Sheet(self._name, has_fixed_width=True)]
        self._parts = {part.name: part for part in workbooks.list_sheets(self._path)}
        return [Sheet(part.name, part.is_hidden, part.is_chart) for part in self._parts.values()]

    def rows(self, sheet: Sheet) -> Iterator[Row]:
        """Read one of sheets()."""
        if self.facts.format == "text":
            return delimited.read_rows(self._path, self.encoding, delimited.find_separator(self._path, self.encoding))
        return workbooks.read_rows(self._path, self._parts[sheet.name], self._reader)


def look_at(path: Path) -> tuple[FileFacts, str]:
    """Return what a file is, and its encoding if it is text."""
    with path.open("rb") as stream:
        start = stream.read(_FIRST_BYTES)
    if not start:
        return FileFacts("empty"), ""
    if start.startswith(b"PK\x03\x04"):
        return _look_into_zip(path), ""
    if start.startswith(_OLE2):
        return FileFacts("encrypted" if _holds(path, _ENCRYPTED_STREAM) else "ole2"), ""
    other = next((name for pattern, name in _NOT_TEXT if pattern.search(start)), None)
    is_utf16 = start.startswith((b"\xff\xfe", b"\xfe\xff"))
    if other or (b"\0" in start and not is_utf16):
        return FileFacts(other or "binary"), ""
    encoding = delimited.find_encoding(path)
    return FileFacts("text", is_decodable=encoding is not None), encoding or ""


def _look_into_zip(path: Path) -> FileFacts:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            names = {member.filename for member in members}
            unpacked = sum(member.file_size for member in members)
            big = [member for member in members if member.file_size > _LEAST_BYTES_FOR_A_RATIO]
            ratio = max((member.file_size / max(member.compress_size, 1) for member in big), default=0.0)
            leaves = any(name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) for name in names)
            is_workbook = "[Content_Types].xml" in names and any(re.search(r"(^|/)workbook\d*\.xml$", name) for name in names)
            facts = FileFacts("workbook" if is_workbook else "zip", unpacked, ratio, len(members), leaves)
            # The XML is looked at only when the declared sizes are harmless.
            if leaves or not is_workbook or len(members) > _FIRST_BYTES * 4:
                return facts
            declares = any(_declares_entities(archive, name) for name in names if name.endswith((".xml", ".rels")))
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError):
        return FileFacts("corrupt")
    return FileFacts("workbook", unpacked, ratio, len(members), declares)


def _declares_entities(archive: zipfile.ZipFile, name: str) -> bool:
    try:
        with archive.open(name) as member:
            start = member.read(_BYTES_BEFORE_A_ROOT).replace(b"\0", b"")  # UTF-16 looks like ASCII without its zero bytes
    except Exception as error:  # a damaged member raises zlib.error and others
        raise zipfile.BadZipFile(str(error)) from error
    return b"<!DOCTYPE" in start or b"<!ENTITY" in start


def _holds(path: Path, needle: bytes) -> bool:
    tail = b""
    with path.open("rb") as stream:
        while True:
            chunk = stream.read(_LEAST_BYTES_FOR_A_RATIO)
            if needle in tail + chunk:
                return True
            if not chunk:
                return False
            tail = chunk[-len(needle) :]
