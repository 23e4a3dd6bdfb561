"""The zip that a workbook is: its parts by name, unpacked as a stream, every byte counted.

Nothing that the zip says of itself is trusted: a member that holds more than it declares is refused while it is read.
"""

from __future__ import annotations

import copy
import os
import posixpath
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, NamedTuple

from lakehouse.limits import MOST_DIRECTORY_BYTES, MOST_LIST_BYTES, LimitError, UnreadableError
from lakehouse.xml_stream import elements

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CHUNK_BYTES = 64 * 1024
# The end record, its comment of at most 64 KiB, and zip64's records before it.
_MOST_BYTES_OF_AN_END = 66 * 1024
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError, OverflowError)


class Relationship(NamedTuple):
    """The last word of its type, such as worksheet, and the name of the part it points at."""

    kind: str
    target: str


def part_name(member_name: str) -> str:
    r"""Make a member's name comparable: writers differ in case and slashes.

    >>> part_name("\\xl\\SharedStrings.xml")
    'xl/sharedstrings.xml'
    """
    return member_name.replace("\\", "/").lstrip("/").lower()


def _check_directory(path: Path) -> None:
    """Refuse a central directory that is larger than any workbook's: zipfile holds it as a whole.

    Source: APPNOTE.TXT 6.3.10, 4.3.14 and 4.3.16. Zip64's record lies directly before the common one.
    """
    with path.open("rb") as stream:
        stream.seek(-min(_MOST_BYTES_OF_AN_END, path.stat().st_size), os.SEEK_END)
        end = stream.read()
    for signature, form, offset in ((b"PK\x05\x06", "<L", 12), (b"PK\x06\x06", "<Q", 40)):
        at = end.rfind(signature)
        found = end[at + offset : at + offset + struct.calcsize(form)]
        if at >= 0 and len(found) == struct.calcsize(form) and found != b"\xff" * 4 and struct.unpack(form, found)[0] > MOST_DIRECTORY_BYTES:
            raise LimitError(f"the zip lists its members in more than {MOST_DIRECTORY_BYTES:,} bytes")


class Package:
    """An open package; a context manager.

    Raises:
        UnreadableError: on entry, and wherever a part is read that is missing or damaged.
        LimitError: wherever a part turns out larger than it declares, or than it may be.
    """

    def __init__(self, path: Path) -> None:
        _check_directory(path)
        try:
            self._archive = zipfile.ZipFile(path)
        except _DAMAGE as error:
            raise UnreadableError(f"the zip cannot be opened: {error}") from error
        self.members = [member for member in self._archive.infolist() if not member.is_dir()]
        self._parts = {part_name(member.filename): member for member in self.members}

    def __enter__(self) -> Package:  # noqa: PYI034 - Python 3.9 has no Self
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()

    def __contains__(self, part: str) -> bool:
        return part_name(part) in self._parts

    def size(self, part: str) -> int:
        """Return the bytes that a part declares to unpack to."""
        return self._member(part).file_size

    def _member(self, part: str) -> zipfile.ZipInfo:
        found = self._parts.get(part_name(part))
        if found is None:
            raise UnreadableError(f"the workbook has no part {part!r}")
        return found

    def chunks(self, part: str, most: int | None = None) -> Iterator[bytes]:
        """Unpack a part; more than `most` bytes, or than it declares, is a LimitError."""
        member = copy.copy(self._member(part))
        declared = member.file_size
        if most is not None and declared > most:
            raise LimitError(f"part {part!r} unpacks to {declared:,} bytes; at most {most:,} are read")
        member.file_size += 2 * _CHUNK_BYTES  # zipfile stops at what is declared, as if nothing more came; so a lie shows
        count = 0
        try:
            with self._archive.open(member) as stream:
                while chunk := stream.read(_CHUNK_BYTES):
                    count += len(chunk)
                    if count > declared:
                        raise LimitError(f"part {part!r} declares {declared:,} bytes and holds more")
                    yield chunk
        except _DAMAGE as error:
            raise UnreadableError(f"part {part!r} is damaged: {error}") from error

    def relationships(self, part: str) -> dict[str, Relationship]:
        """Return {relationship id: what it points at} of a part; of the whole package for ''. None are an empty dictionary."""
        folder, name = posixpath.split(part)
        listed = posixpath.join(folder, "_rels", f"{name}.rels")
        if listed not in self:
            return {}
        found = {}
        for tag, attributes in elements(self.chunks(listed, MOST_LIST_BYTES)):
            if tag == "Relationship":
                target = attributes.get("Target", "").replace("\\", "/")
                whole = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
                found[attributes.get("Id", "")] = Relationship(attributes.get("Type", "").rsplit("/", 1)[-1], whole)
        return found
