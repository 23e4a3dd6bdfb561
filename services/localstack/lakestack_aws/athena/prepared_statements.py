"""Prepared statements: named queries with `?`, kept by work group."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime

from lakestack_aws.athena.errors import InvalidRequestError, ResourceNotFoundError


@dataclass(frozen=True)
class PreparedStatement:
    name: str
    workgroup: str
    query: str
    description: str | None
    modified_at: datetime


class PreparedStatements:
    """The prepared statements of one account and region."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._statements: dict[tuple[str, str], PreparedStatement] = {}

    def get(self, workgroup: str, name: str) -> PreparedStatement:
        """Return a prepared statement.

        Raises:
            ResourceNotFoundError: The work group has none of that name.
        """
        with self._lock:
            statement = self._statements.get((workgroup, name))
        if statement is None:
            raise ResourceNotFoundError(f"PreparedStatement {name} was not found in workGroup {workgroup}", name)
        return statement

    def list(self, workgroup: str) -> list[PreparedStatement]:
        with self._lock:
            return [self._statements[key] for key in sorted(self._statements) if key[0] == workgroup]

    def create(self, workgroup: str, name: str, query: str, description: str | None) -> None:
        """Add a prepared statement.

        Raises:
            InvalidRequestError: The name is taken.
        """
        with self._lock:
            if (workgroup, name) in self._statements:
                raise InvalidRequestError(f"PreparedStatement {name} already exists in WorkGroup {workgroup}")
            self._statements[workgroup, name] = PreparedStatement(name, workgroup, query, description, datetime.now(UTC))

    def update(self, workgroup: str, name: str, query: str, description: str | None) -> None:
        """Replace a prepared statement.

        Raises:
            ResourceNotFoundError: There is none.
        """
        before = self.get(workgroup, name)
        with self._lock:
            self._statements[workgroup, name] = PreparedStatement(
                name, workgroup, query, before.description if description is None else description, datetime.now(UTC)
            )

    def delete(self, workgroup: str, name: str) -> None:
        """Remove a prepared statement.

        Raises:
            ResourceNotFoundError: There is none.
        """
        self.get(workgroup, name)
        with self._lock:
            self._statements.pop((workgroup, name), None)

    def delete_all(self, workgroup: str) -> None:
        with self._lock:
            for key in [key for key in self._statements if key[0] == workgroup]:
                del self._statements[key]
