"""The bodies of the files that Athena leaves in S3.

CSV: every value quoted, the header too, `"` doubled, NULL is nothing between the commas, the empty string is `""`, a line feed after each line.
Text: lines joined by line feeds, none at the end, no header.

Source: as measured on AWS and published (2026-10).
"""

import re
from collections.abc import Iterable, Iterator, Sequence

type Row = tuple[str | None, ...]

_FIELD = re.compile(r'(?:"((?:[^"]|"")*)")?(,|\n|$)')


def csv_line(row: Sequence[str | None]) -> str:
    """Return one line of a result's CSV, with its line feed."""
    return ",".join("" if value is None else '"' + value.replace('"', '""') + '"' for value in row) + "\n"


def parse_csv(text: str) -> Iterator[Row]:
    """Yield the rows of a result's CSV, header first; NULL and the empty string stay apart.

    Raises:
        ValueError: The text is not one that `csv_line` makes.
    """
    position = 0
    row: list[str | None] = []
    while position < len(text):
        found = _FIELD.match(text, position)
        if not found:
            raise ValueError(f"Character {position} of the result file is not the start of a quoted or empty field.")
        row.append(None if found[1] is None else found[1].replace('""', '"'))
        position = found.end()
        if found[2] != ",":
            yield tuple(row)
            row = []


def text_body(rows: Iterable[Row]) -> str:
    """Return the body of a `.txt` file."""
    return "\n".join("\t".join(value or "" for value in row) for row in rows)


def manifest_body(locations: Iterable[str]) -> str:
    """Return the body of a data manifest: one S3 location a line."""
    return "\n".join(locations)
