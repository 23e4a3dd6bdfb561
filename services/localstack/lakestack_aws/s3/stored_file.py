"""One S3 object's bytes as a plain file: written aside, published by a rename."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from localstack.services.s3.models import S3Object, S3Part
from localstack.services.s3.storage.core import S3StoredObject
from localstack.services.s3.utils import get_s3_checksum

from lakestack_aws.s3.room import full_disk_answered

CHUNK_BYTES = 1 << 18


class ByteSource(Protocol):
    def read(self, size: int = -1, /) -> bytes | None: ...


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


class StoredFile(S3StoredObject):
    """What LocalStack's provider reads from and writes to; one instance is used by one thread.

    Reading pins the content: the open descriptor outlives an overwrite or a removal of the object.
    Writing goes to a file aside. Nothing is published when an exception leaves the `with` block or `discard` was called.
    """

    def __init__(self, s3_object: S3Object | S3Part, path: Path, mode: str, written_ns: int = 0) -> None:
        super().__init__(s3_object=s3_object, mode=mode)
        self.path = path
        self._written_ns = written_ns
        self._file = path.open("w+b" if mode == "w" else "rb", buffering=0)
        self._checksum_hash: _Hash | None = None
        self._etag: str | None = None

    @property
    def last_modified(self) -> int:
        """Nanoseconds; equal to the object's `internal_last_modified` exactly when this is its content."""
        return self._written_ns

    @property
    def checksum(self) -> str | None:
        algorithm = self.s3_object.checksum_algorithm
        if not algorithm:
            return None
        if self._checksum_hash is None:
            self._checksum_hash = self._digest_of_content(get_s3_checksum(algorithm))
        return base64.b64encode(self._checksum_hash.digest()).decode()

    @property
    def etag(self) -> str:
        if self._etag is None:
            self._etag = self._digest_of_content(hashlib.md5(usedforsecurity=False)).hexdigest()
        return self._etag

    def read(self, size: int | None = -1) -> bytes:
        return self._file.read(-1 if size is None else size) or b""

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def truncate(self, size: int | None = None) -> int:
        return self._file.truncate(size)

    def write(self, stream: ByteSource | None) -> int:
        """Replace the content by that of `stream`, and set the object's size and ETag."""
        self._file.seek(0)
        self._file.truncate()
        md5, size = hashlib.md5(usedforsecurity=False), 0
        algorithm = self.s3_object.checksum_algorithm
        self._checksum_hash = get_s3_checksum(algorithm) if algorithm else None
        while stream is not None and (data := stream.read(CHUNK_BYTES)):
            self._write_all(data)
            md5.update(data)
            size += len(data)
            if self._checksum_hash is not None:
                self._checksum_hash.update(data)
        self._etag = self.s3_object.etag = md5.hexdigest()
        self.s3_object.size = size
        self._file.seek(0)
        return size

    def append(self, part: S3StoredObject) -> int:
        start = self._file.seek(0, 2)
        while data := part.read(CHUNK_BYTES):
            self._write_all(data)
        self.s3_object.size = self._file.tell()
        self._checksum_hash = self._etag = None
        return self.s3_object.size - start

    def discard(self) -> None:
        """Never publish what was written."""
        with suppress(FileNotFoundError):
            self.path.unlink()

    def close(self) -> None:
        self.closed = True
        self._file.close()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and self._mode == "w":
            self.discard()
        self.close()

    def __iter__(self) -> Iterator[bytes]:
        while data := self.read(CHUNK_BYTES):
            yield data

    def _write_all(self, data: bytes) -> None:
        """Write all of `data`: a file without a buffer may take less than it was given, the last bytes of a disk for instance."""
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]

    def _digest_of_content[H: _Hash](self, digest: H) -> H:
        position = self._file.tell()
        self._file.seek(0)
        for data in self:
            digest.update(data)
        self._file.seek(position)
        return digest


class Publication(Protocol):
    """What becomes of a finished file; each method is called at most once."""

    def prepare(self) -> None:
        """All of the content has arrived, nothing of it is visible: check what must hold, or raise."""

    def end(self, whole: Path | None) -> None:
        """The file is closed: make `whole` the object's content; None: there is nothing to publish."""


class PublishedFile(StoredFile):
    """A file being written that becomes the object's content when it is closed.

    A full disk ends it with an S3 error that names `root`, and nothing of what was written stays.
    """

    def __init__(self, s3_object: S3Object, path: Path, publication: Publication, root: Path) -> None:
        self._root = root
        with full_disk_answered(root):
            super().__init__(s3_object, path, "w")
        self._publication = publication
        self._is_whole = False

    def write(self, stream: ByteSource | None) -> int:
        with full_disk_answered(self._root):
            size = super().write(stream)
        self.finish()
        return size

    def append(self, part: S3StoredObject) -> int:
        with full_disk_answered(self._root):
            return super().append(part)

    def finish(self) -> None:
        self._publication.prepare()
        self._is_whole = True

    def close(self) -> None:
        if self.closed:
            return
        super().close()
        is_publishable = self._is_whole and self.path.exists()
        if not is_publishable:
            self.discard()
        try:
            with full_disk_answered(self._root):
                self._publication.end(self.path if is_publishable else None)
        except BaseException:
            self.discard()
            raise
