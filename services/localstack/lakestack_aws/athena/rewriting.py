"""Trino statements as Athena's users write them: the few spans that differ are replaced, every other byte stays.

Trino's error positions then count in the replaced text; `Rewritten.in_original` turns them back.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lakestack_aws.athena.sql_tokens import Kind, Token

_POSITION = re.compile(r"^line (\d+):(\d+)")


@dataclass(frozen=True, order=True)
class Edit:
    """The characters from `start` to `end` become `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Rewritten:
    """A statement for Trino, and how to find its places in the user's text."""

    original: str
    edits: tuple[Edit, ...] = ()

    @property
    def sql(self) -> str:
        """The text for Trino."""
        parts = []
        done = 0
        for edit in self.edits:
            parts += [self.original[done : edit.start], edit.text]
            done = edit.end
        return "".join([*parts, self.original[done:]])

    def in_original(self, message: str, *, lines_before: int = 0, columns_before: int = 0) -> str:
        """Return Trino's error message with its leading position counted in the user's text.

        Args:
            message: Trino's, such as `line 1:8: Column 'x' cannot be resolved`.
            lines_before: How many lines stood before the statement when it was sent.
            columns_before: How many characters stood before it in its first line.
        """
        found = _POSITION.match(message)
        if not found or (not self.edits and not lines_before):
            return message
        line, column = int(found[1]) - lines_before, int(found[2])
        if line == 1:
            column -= columns_before
        offset = self._original_offset(_offset(self.sql, line, column))
        before = self.original[:offset]
        position = f"line {before.count('\n') + 1}:{offset - (before.rfind('\n') + 1) + 1}"
        return position + message[found.end() :]

    def _original_offset(self, offset: int) -> int:
        """Return the offset in the user's text of `offset` in Trino's; a place inside a replacement is its start."""
        shift = 0
        for edit in self.edits:
            starts_at = edit.start + shift
            if offset < starts_at:
                break
            if offset < starts_at + len(edit.text):
                return edit.start
            shift += len(edit.text) - (edit.end - edit.start)
        return min(max(offset - shift, 0), len(self.original))


def rewrite(sql: str, edits: Iterable[Edit]) -> Rewritten:
    """Return `sql` with `edits`; of two that overlap, the one that starts first holds."""
    kept: list[Edit] = []
    for edit in sorted(edits):
        if not kept or edit.start >= kept[-1].end:
            kept.append(edit)
    return Rewritten(sql, tuple(kept))


def decimal_literals(tokens: Sequence[Token]) -> list[Edit]:
    """Make `1.5` the double that it is in Athena; Trino reads a decimal.

    Source: measured on AWS, as published (2026-10): `SELECT 1.5` has the type double in engine version 3.
    """
    edits = []
    for index, token in enumerate(tokens):
        if token.kind is not Kind.NUMBER or "e" in token.text.lower():
            continue
        if "." in token.text or _has_bare_point(tokens, index):
            edits.append(Edit(token.end, token.end, "E0"))
    return edits


def _has_bare_point(tokens: Sequence[Token], index: int) -> bool:
    """Say whether the number is the `5` of `.5`: a point that touches it, and nothing before it that the point could belong to."""
    if index == 0 or not tokens[index - 1].is_symbol(".") or tokens[index - 1].end != tokens[index].start:
        return False
    before = tokens[index - 2] if index > 1 else None
    return before is None or before.kind is Kind.SYMBOL or (before.kind is Kind.WORD and before.end != tokens[index - 1].start)


def _offset(text: str, line: int, column: int) -> int:
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
        if start == 0:
            return len(text)
    return start + column - 1


def quoted(*parts: str) -> str:
    """Return a qualified name in Trino's quotes."""
    return ".".join(f'"{part.replace('"', '""')}"' for part in parts)


def literal(value: str) -> str:
    """Return a string literal in Trino's quotes."""
    return "'" + value.replace("'", "''") + "'"
