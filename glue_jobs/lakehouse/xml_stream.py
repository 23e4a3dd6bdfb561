"""Reading XML as a stream, in bounded memory whatever it holds.

No document type is ever taken, so there are no entities to expand. What expat must hold as a whole, one tag, has a limit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.parsers import expat

from lakehouse.limits import MOST_BYTES_BEFORE_A_ROOT, MOST_BYTES_OF_A_TAG, MOST_NESTED_TAGS, LimitError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_BUFFER_BYTES = 64 * 1024


class LocalNames(dict[str, str]):
    """{name as written: name without its prefix}, filled as names come: writers choose prefixes as they like."""

    def __missing__(self, name: str) -> str:
        self[name] = local = name.rpartition(":")[2]
        return local


class _RootFound(Exception):
    pass


def new_parser() -> expat.XMLParserType:
    """Return a parser for feed(), which refuses document types."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = _BUFFER_BYTES
    parser.StartDoctypeDeclHandler = _refuse_document_type
    return parser


def _refuse_document_type(*_: object) -> None:
    raise LimitError("an XML part declares a document type, which could define entities without end")


def feed(parser: expat.XMLParserType, chunks: Iterable[bytes]) -> Iterator[None]:
    """Parse chunk by chunk; yield after each, so that the caller takes what its handlers have collected.

    Raises:
        LimitError: a document type, or a tag without end.
        UnreadableError: the XML is not well-formed.
    """
    fed = 0
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
            fed += len(chunk)
            if fed - parser.CurrentByteIndex > MOST_BYTES_OF_A_TAG:
                raise LimitError(f"one tag of the XML is longer than {MOST_BYTES_OF_A_TAG:,} bytes")
            yield
        parser.Parse(b"", True)
    except (expat.ExpatError, UnicodeError, LookupError) as error:  # the last two: an encoding that Python does not know
        raise UnreadableError(f"the XML is not well-formed: {error}") from error
    yield


class Depth:
    """Counts how deeply tags are nested, for those handlers that see all of them."""

    def __init__(self) -> None:
        self._depth = 0

    def enter(self) -> None:
        self._depth += 1
        if self._depth > MOST_NESTED_TAGS:
            raise LimitError(f"the XML nests more than {MOST_NESTED_TAGS} tags")

    def leave(self, _name: str = "") -> None:
        self._depth -= 1


def elements(chunks: Iterable[bytes]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield (name without prefix, attributes as written) of every tag, in document order."""
    parser, depth, names = new_parser(), Depth(), LocalNames()
    found: list[tuple[str, dict[str, str]]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        depth.enter()
        found.append((names[name], attributes))

    parser.StartElementHandler = start
    parser.EndElementHandler = depth.leave
    for _ in feed(parser, chunks):
        yield from found
        found.clear()


def declares_document_type(chunks: Iterable[bytes]) -> bool:
    """Say whether XML declares a document type before its root, or hides the root behind more than a MiB of anything."""
    parser = new_parser()

    def stop(*_: object) -> None:
        raise _RootFound

    parser.StartElementHandler = stop
    try:
        for _ in feed(parser, _beginning(chunks)):
            pass
    except LimitError:
        return True
    except (_RootFound, UnreadableError):
        return False
    return False


def _beginning(chunks: Iterable[bytes]) -> Iterator[bytes]:
    read = 0
    for chunk in chunks:
        read += len(chunk)
        if read > MOST_BYTES_BEFORE_A_ROOT:
            raise LimitError("the root of the XML does not come")
        yield chunk
