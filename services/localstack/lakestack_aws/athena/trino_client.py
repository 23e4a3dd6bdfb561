"""Speaks to Trino: one statement at a time and thread, rows as the protocol carries them.

A Trino that is starting or away is waited for, up to a deadline, but only before a statement is accepted: Trino begins to run
a statement when its first page is asked for, so that sending it once more is harmless until then, and never after.
"""

import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import requests
from trino.client import ClientSession, TrinoRequest, TrinoStatus
from trino.exceptions import Error as TrinoError
from trino.exceptions import TrinoQueryError

from lakestack_aws.athena.column_info import TrinoType
from lakestack_aws.athena.trino_protocol import EngineColumn, EngineError, EngineSession, EngineUnavailable

USER = "athena"
_RETRY_PAUSE_S = 0.25
# A page is answered within a second even when it has nothing to say; this only notices a Trino that hangs.
_ANSWER_TIMEOUT_S = 120


class TrinoStatement:
    """A statement that Trino has accepted."""

    def __init__(self, request: TrinoRequest, status: TrinoStatus) -> None:
        self._request = request
        self._status = status
        self.query_id: str = status.id
        self.columns: tuple[EngineColumn, ...] = ()
        self.update_type: str | None = None
        self.update_count: int | None = None
        self.stats: dict[str, Any] = {}

    def is_accepted(self) -> bool:
        """Ask for the first page, at which Trino begins; False when Trino is still starting and has not begun.

        Raises:
            EngineError: Trino refused the statement.
            EngineUnavailable: Trino went away; whether it has begun is not known.
        """
        try:
            self._advance()
        except _StillStarting:
            return False
        return True

    def pages(self) -> Iterator[list[list[Any]]]:
        """Run it; see trino_protocol.RunningStatement."""
        while True:
            self._note(self._status)
            yield self._status.rows
            if self._status.next_uri is None:
                return
            self._advance()

    def _advance(self) -> None:
        if self._status.next_uri is None:
            return
        try:
            self._status = self._request.process(self._request.get(self._status.next_uri))
        except (TrinoError, requests.RequestException) as error:
            raise _translated(error, "The query engine was lost while the query ran") from error

    def _note(self, status: TrinoStatus) -> None:
        self.stats = status.stats
        self.update_type = status.update_type
        self.update_count = status.update_count
        if status.columns and not self.columns:
            self.columns = tuple(EngineColumn(column["name"], TrinoType.parse(column["typeSignature"])) for column in status.columns)


class TrinoClient:
    """Trino at one address; safe to use from many threads, each with an HTTP session of its own."""

    def __init__(self, url: str, *, wait_s: float, query_timeout_s: int) -> None:
        address = urlsplit(url)
        if not address.hostname or not address.port:
            raise ValueError(f"LAKESTACK_TRINO_URL is {url!r}; expected http://HOST:PORT.")
        self._url = url
        self._host, self._port = address.hostname, address.port
        self._wait_s = wait_s
        self._query_timeout_s = query_timeout_s
        self._local = threading.local()

    def start(self, sql: str, session: EngineSession) -> TrinoStatement:
        """Send a statement, waiting for a Trino that is away; see trino_protocol.Engine."""
        deadline = time.monotonic() + self._wait_s
        pause = threading.Event()
        while True:
            try:
                statement = self._post(sql, session)
            except EngineUnavailable:
                statement = None
            if statement is not None and statement.is_accepted():
                return statement
            if time.monotonic() > deadline:
                raise EngineUnavailable(f"The query engine did not answer at {self._url} within {self._wait_s:g} s.")
            # Nothing announces that Trino is up: ask again a little later.
            pause.wait(_RETRY_PAUSE_S)

    def check_syntax(self, sql: str) -> None:
        """Let Trino parse a statement: PREPARE analyses nothing and keeps nothing. The statement begins in its second line."""
        for _ in self._post(f"PREPARE statement FROM\n{sql}", EngineSession()).pages():
            pass

    def cancel(self, query_id: str) -> None:
        """Stop a statement; see trino_protocol.Engine."""
        try:
            self._http().delete(f"{self._url}/v1/query/{query_id}", headers={"X-Trino-User": USER}, timeout=_ANSWER_TIMEOUT_S)
        except requests.RequestException:
            return

    def _post(self, sql: str, session: EngineSession) -> TrinoStatement:
        client_session = ClientSession(
            user=USER,
            source="athena",
            catalog=session.catalog,
            schema=session.schema,
            timezone="UTC",
            properties={"query_max_run_time": f"{self._query_timeout_s}s", **session.properties},
        )
        request = TrinoRequest(self._host, self._port, client_session, http_session=self._http(), max_attempts=1, request_timeout=_ANSWER_TIMEOUT_S)
        try:
            return TrinoStatement(request, request.process(request.post(sql)))
        except (TrinoError, requests.RequestException) as error:
            raise _translated(error, "The query engine did not answer") from error

    def _http(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
        return self._local.session


def _translated(error: Exception, what_happened: str) -> EngineError | EngineUnavailable:
    if not isinstance(error, TrinoQueryError):
        return EngineUnavailable(f"{what_happened}: {error}")
    if error.error_name == "SERVER_STARTING_UP":
        return _StillStarting(error.message)
    return EngineError(error.error_name, _message(error), is_users=error.error_type == "USER_ERROR")


def _message(error: TrinoQueryError) -> str:
    """Return Trino's message, and the reason below it when that is a full disk: Trino only says that a file could not be closed."""
    cause = error.failure_info or {}
    while cause := cause.get("cause"):
        if "No space left on device" in (cause.get("message") or ""):
            return f"{error.message}: {cause['message']}"
    return error.message


class _StillStarting(EngineUnavailable):
    """Trino answers and runs nothing yet."""
