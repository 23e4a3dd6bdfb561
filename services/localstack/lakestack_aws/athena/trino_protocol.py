"""What Athena needs of its engine, whichever it is: Trino in a stack, a fake in unit tests."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from lakestack_aws.athena.column_info import TrinoType


class EngineError(Exception):
    """Trino refused or failed a statement."""

    def __init__(self, name: str, message: str, *, is_users: bool = True) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name
        self.message = message
        self.is_users = is_users


class EngineUnavailable(Exception):
    """Trino is away, starting, or was lost while a statement ran."""


@dataclass(frozen=True)
class EngineColumn:
    name: str
    type: TrinoType


@dataclass(frozen=True)
class EngineSession:
    """What a statement is run with: the names it may leave out, and Trino's session properties."""

    catalog: str = "awsdatacatalog"
    schema: str = "default"
    properties: Mapping[str, str] = field(default_factory=dict)


class RunningStatement(Protocol):
    """A statement that Trino has accepted; iterate over `rows` to run it."""

    query_id: str
    columns: tuple[EngineColumn, ...]
    update_type: str | None
    update_count: int | None
    stats: dict[str, Any]

    def pages(self) -> Iterator[list[list[Any]]]:
        """Yield the rows as they come, and [] while there are none; columns are known with the first row, counts at the end.

        Raises:
            EngineError: The statement failed.
            EngineUnavailable: Trino went away.
        """


class Engine(Protocol):
    """Runs Trino's statements."""

    def start(self, sql: str, session: EngineSession) -> RunningStatement:
        """Send a statement, waiting for an engine that is away.

        Raises:
            EngineError: It was refused.
            EngineUnavailable: The engine did not come in time.
        """

    def check_syntax(self, sql: str) -> None:
        """Parse a statement and nothing more. Positions in its errors count one line too many.

        Raises:
            EngineError: It does not parse, or cannot be prepared.
            EngineUnavailable: The engine is away; it is not waited for.
        """

    def cancel(self, query_id: str) -> None:
        """Stop a statement, whichever thread runs it. One that is over, or an engine that is away, is no error."""
