"""How many bytes a converter will have to read of an upload: decides, before anything is unpacked, who converts it.

A workbook is a zip, and a small one may hold a huge sheet. Its central directory, at the object's end, declares what each member unpacks to;
it is read by ranged GETs, and nothing else of the zip is. A directory that lies sends a file to the smaller converter, whose reader counts
what really comes and refuses the lie.
"""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lakehouse.s3 import Bucket, Head

ZIP_MAGIC = b"PK\x03\x04"
# A directory of the 10,000 members that a workbook may have is smaller.
_MOST_BYTES_READ = 4 * 1024**2
_BYTES_A_GET = 64 * 1024
# Declared sizes are 64-bit; Step Functions compares numbers as JavaScript has them.
_LARGEST = 2**53 - 1


class _ObjectEnd(io.RawIOBase):
    """An object as a file that is read by ranged GETs, up to a limit."""

    def __init__(self, bucket: Bucket, key: str, head: Head) -> None:
        self._bucket, self._key, self._head = bucket, key, head
        self._at = 0
        self._left = _MOST_BYTES_READ

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._head.size}[whence])
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        count = min(len(buffer), self._head.size - self._at)
        if count <= 0:
            return 0
        self._left -= count
        if self._left < 0:
            raise zipfile.BadZipFile("the central directory is larger than any workbook's")
        found = self._bucket.read_range(self._key, self._head.version_id, self._at, self._at + count - 1)
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)


def unpacked_size(bucket: Bucket, key: str, head: Head) -> int:
    """Return the bytes that a zip declares to unpack to, or its own where those are more, or where it is damaged."""
    try:
        with zipfile.ZipFile(io.BufferedReader(_ObjectEnd(bucket, key, head), _BYTES_A_GET)) as archive:
            declared = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError, UnicodeError):
        declared = 0
    return min(max(head.size, declared), _LARGEST)
