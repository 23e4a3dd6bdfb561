"""Opening a delivered file: what it is is told by its content, never by its name."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Optional

from lakehouse import delimited
from lakehouse.limits import MOST_MEMBERS, MOST_TEXT_BYTES, LimitError, UnreadableError
from lakehouse.package import Package, part_name
from lakehouse.rules import FileFacts
from lakehouse.workbooks import SheetPart, Workbook
from lakehouse.xml_stream import declares_document_type

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lakehouse.cells import Row

# The readers of workbooks, in the order in which they try.
READERS = ("streaming", "openpyxl")

_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_NOT_TEXT = (
    (re.compile(rb"^%PDF"), "pdf"),
    (re.compile(rb"^PAR1"), "parquet"),
    (re.compile(rb"^\x1f\x8b"), "gzip"),
    (re.compile(rb"^(\xef\xbb\xbf)?\s*<(!doctype\s+html|html|table|\?xml)", re.IGNORECASE), "markup"),
)
_FIRST_BYTES = 4096
_CHUNK_BYTES = 1024**2
# Tiny members compress without limit and do no harm; only from here on does a ratio say anything.
_LEAST_BYTES_FOR_A_RATIO = 1024**2
_LOCAL_HEADER_BYTES = 30


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook, or the whole of a text file.

    Attributes:
        name: as the workbook has it; a text file's own name for its only one.
        has_fixed_width: rows of text have as many fields as their header; a workbook's end at their last cell.
        part: where a workbook keeps it.
    """

    name: str
    is_hidden: bool = False
    is_chart: bool = False
    has_fixed_width: bool = False
    part: Optional[SheetPart] = None


class Source:
    """A file that can be read: its facts first, then its sheets, then each sheet's rows.

    Args:
        path: the file, on local disk.
        name: the name it was delivered under; it names a text file's only sheet.
    """

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        self._name = name
        self._book: Workbook | None = None
        self.facts, self.encoding = look_at(path)

    def sheets(self) -> list[Sheet]:
        """List the sheets in their order."""
        if self.facts.format == "text":
            return [Sheet(self._name, has_fixed_width=True)]
        self._book = Workbook(self._path)
        return [Sheet(part.name, part.is_hidden, part.is_chart, part=part) for part in self._book.sheets]

    def rows(self, sheet: Sheet, reader: str) -> Iterator[Row]:
        """Read one of sheets(), with one of READERS; text has but one."""
        if sheet.part is None or self._book is None:
            return delimited.read_rows(self._path, self.encoding, delimited.find_separator(self._path, self.encoding))
        return self._book.rows(sheet.part) if reader == READERS[0] else self._book.rows_by_openpyxl(sheet.part)


def look_at(path: Path) -> tuple[FileFacts, str]:
    """Return what a file is, and its encoding if it is text."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        start = stream.read(_FIRST_BYTES)
    if not start:
        return FileFacts("empty"), ""
    if start.startswith(b"PK\x03\x04"):
        return _look_into_zip(path, size), ""
    if start.startswith(_OLE2):
        return FileFacts("encrypted" if _holds(path, _ENCRYPTED_STREAM) else "ole2", size), ""
    other = next((name for pattern, name in _NOT_TEXT if pattern.search(start)), None)
    is_utf16 = start.startswith((b"\xff\xfe", b"\xfe\xff"))
    if other or (b"\0" in start and not is_utf16):
        return FileFacts(other or "binary", size), ""
    if size > MOST_TEXT_BYTES:
        return FileFacts("text", size), ""
    encoding = delimited.find_encoding(path)
    return FileFacts("text", size, is_decodable=encoding is not None), encoding or ""


def _look_into_zip(path: Path, size: int) -> FileFacts:
    try:
        with Package(path) as package:
            members = package.members
            names = {part_name(member.filename) for member in members}
            big = [member for member in members if member.file_size > _LEAST_BYTES_FOR_A_RATIO]
            is_workbook = any(re.search(r"(^|/)workbook\d*\.xml$", name) for name in names)
            is_strange = _is_strange(members)
            # The XML is looked at only when what is declared is harmless.
            if is_workbook and not is_strange and len(members) <= MOST_MEMBERS:
                is_strange = any(_declares_document_type(package, name) for name in sorted(names) if name.endswith((".xml", ".rels")))
            return FileFacts(
                format=_zip_format(members, is_workbook=is_workbook),
                size=size,
                unpacked_bytes=sum(member.file_size for member in members),
                ratio=max((member.file_size / max(member.compress_size, 1) for member in big), default=0.0),
                members=len(members),
                has_strange_parts=is_strange,
            )
    except UnreadableError:
        return FileFacts("corrupt", size)
    except LimitError:
        return FileFacts("zip", size, has_strange_parts=True)


def _zip_format(members: list[zipfile.ZipInfo], *, is_workbook: bool) -> str:
    if any(member.flag_bits & 1 for member in members):
        return "encrypted"
    if any(count > 1 for count in Counter(part_name(member.filename) for member in members).values()):
        return "corrupt"  # readers do not agree on which of two parts of one name is meant
    return "workbook" if is_workbook else "zip"


def _is_strange(members: list[zipfile.ZipInfo]) -> bool:
    """Say whether members lie outside, over one another, or are packed as no workbook is."""
    if any(".." in re.split(r"[/\\]", member.filename) or re.match(r"[A-Za-z]:", member.filename) for member in members):
        return True
    if any(member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} for member in members):
        return True
    end = 0
    for member in sorted(members, key=lambda member: member.header_offset):
        if member.header_offset < end:
            return True
        end = member.header_offset + _LOCAL_HEADER_BYTES + len(member.filename) + member.compress_size
    return False


def _declares_document_type(package: Package, name: str) -> bool:
    try:
        return declares_document_type(package.chunks(name))
    except LimitError:
        return True
    except UnreadableError:
        return False  # whether it matters shows when it is read


def _holds(path: Path, needle: bytes) -> bool:
    tail = b""
    with path.open("rb") as stream:
        while True:
            chunk = stream.read(_CHUNK_BYTES)
            if needle in tail + chunk:
                return True
            if not chunk:
                return False
            tail = chunk[-len(needle) :]
