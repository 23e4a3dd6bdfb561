"""The body of a request while it arrives: in memory when it is small, else in a file of the stack."""

import contextlib
import io
import tempfile
from collections.abc import Iterator
from typing import IO

_LARGEST_IN_MEMORY_BYTES = 100_000


class RequestBody:
    """What Twisted writes a body to, and what its reader reads.

    Twisted's own file drops the connection when the disk is full, and the client tries again and again without ever knowing why. Here
    the rest of the body is let go, and whoever reads the body gets the error that the disk gave.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._error: OSError | None = None

    def write(self, data: bytes) -> None:
        if self._error is None:
            with self._kept():
                self._file.write(data)

    def seek(self, offset: int, whence: int = 0) -> None:
        if self._error is None:
            with self._kept():
                self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell() if self._error is None else 0

    def read(self, size: int = -1) -> bytes:
        return self._readable().read(size)

    def readline(self, size: int = -1) -> bytes:
        return self._readable().readline(size)

    def readlines(self, hint: int = -1) -> list[bytes]:
        return self._readable().readlines(hint)

    def close(self) -> None:
        with contextlib.suppress(OSError):  # what is still to be flushed is not wanted any more
            self._file.close()

    @contextlib.contextmanager
    def _kept(self) -> Iterator[None]:
        """Keep an error of the disk for the reader, and give back the room that the body took."""
        try:
            yield
        except OSError as error:
            self._error = error
            self.close()

    def _readable(self) -> IO[bytes]:
        if self._error is not None:
            raise self._error
        return self._file


def content_file(length: int | None) -> RequestBody:
    """Return where a body of `length` bytes goes; None when the client did not say."""
    if length is not None and length < _LARGEST_IN_MEMORY_BYTES:
        return RequestBody(io.BytesIO())
    return RequestBody(tempfile.TemporaryFile())
