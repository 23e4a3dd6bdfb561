"""What a statement leaves: the half of an execution that its engine knows."""

from collections.abc import Sequence
from dataclasses import dataclass

from lakestack_aws.athena.column_info import Column, text_columns


@dataclass(frozen=True)
class Outcome:
    """The result of a statement.

    Attributes:
        columns: Of the result; () for DDL.
        update_count: See QueryExecution.
        manifest_location: Of the list of files that it wrote.
    """

    columns: tuple[Column, ...] = ()
    update_count: int | None = None
    scanned_bytes: int = 0
    planning_ms: int = 0
    engine_ms: int = 0
    manifest_location: str | None = None


@dataclass(frozen=True)
class TextResult:
    """What a statement on the catalog answers: lines of tab-joined fields."""

    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    update_count: int | None = None

    @classmethod
    def lines(cls, column: str, lines: Sequence[str], *, update_count: int | None = 0) -> "TextResult":
        """Return a result of one column."""
        return cls(text_columns(column), tuple((line,) for line in lines), update_count)


NOTHING = TextResult()
