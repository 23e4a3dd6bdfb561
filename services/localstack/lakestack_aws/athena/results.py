"""Results: written as files, read back by pages.

Rows that fit are kept for the first readers; anything else is read from its file, so that a result outlives the process.
"""

import tempfile
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lakestack_aws.athena.column_info import Column
from lakestack_aws.athena.errors import InvalidRequestError
from lakestack_aws.athena.metadata_file import metadata_body
from lakestack_aws.athena.objects import METADATA_CONTENT, QUERY_CONTENT, Objects
from lakestack_aws.athena.query_executions import QueryExecution, State
from lakestack_aws.athena.result_files import Row, csv_line, parse_csv, text_body
from lakestack_aws.athena.result_locations import without_extension

# https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html: at most and by default 1000 rows.
PAGE = 1000
# Of one result while it is written, and of all together.
_KEPT_ROWS = 2000
_ALL_KEPT_ROWS = 200_000
_MEMORY_PER_FILE = 8 * 1024 * 1024


@dataclass(frozen=True)
class Page:
    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    update_count: int | None
    next_token: str | None


class Results:
    """The results of one account and region.

    Args:
        objects: S3, for results with an OutputLocation.
        managed_folder: For results that Athena keeps itself.
    """

    def __init__(self, objects: Objects, managed_folder: Path) -> None:
        self._objects = objects
        self._managed_folder = managed_folder
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[Row, ...]] = OrderedDict()

    def write_rows(self, execution: QueryExecution, header: Row, rows: Iterable[Row]) -> int:
        """Write a CSV, header first; return how many rows it has."""
        count = 0
        first_rows = [header]
        with tempfile.SpooledTemporaryFile(max_size=_MEMORY_PER_FILE) as file:
            file.write(csv_line(header).encode())
            for count, row in enumerate(rows, start=1):  # noqa: B007 - the count is the result
                file.write(csv_line(row).encode())
                if len(first_rows) <= _KEPT_ROWS:
                    first_rows.append(row)
            file.seek(0)
            self._put(execution, file.read() if count < _KEPT_ROWS else file)
        if count < _KEPT_ROWS:
            self._keep(execution.id, tuple(first_rows))
        return count

    def write_text(self, execution: QueryExecution, rows: Sequence[Row]) -> None:
        """Write a `.txt`; a row is one value for GetQueryResults too: its fields joined by tabs."""
        lines: tuple[Row, ...] = tuple(("\t".join(value or "" for value in row),) for row in rows)
        self._put(execution, text_body(lines).encode(), METADATA_CONTENT)
        self._keep(execution.id, lines)

    def write_metadata(self, execution: QueryExecution, columns: Sequence[Column], *, update_type: str = "", update_count: int | None = None) -> None:
        """Write the `.metadata` beside a result."""
        location = execution.output_location
        if location is None:
            return
        is_text = location.endswith(".txt")
        self._objects.put(
            f"{location}.metadata",
            metadata_body(execution.id, columns, update_type=update_type, update_count=update_count),
            METADATA_CONTENT if is_text else QUERY_CONTENT,
        )

    def write_manifest(self, execution: QueryExecution, body: str) -> str | None:
        """Write the list of files that a query wrote and return its location; None where Athena keeps the results itself."""
        if execution.output_location is None:
            return None
        location = f"{without_extension(execution.output_location)}-manifest.csv"
        self._objects.put(location, body.encode())
        return location

    def page(self, execution: QueryExecution, max_results: int | None, token: str | None) -> Page:
        """Return a page of a result.

        Raises:
            InvalidRequestError: The page is too large, the query has not succeeded, or the token is none of ours.
        """
        size = PAGE if max_results is None else max_results
        if size > PAGE:
            raise InvalidRequestError(f"MaxResults is more than maximum allowed length {PAGE}")
        _demand_success(execution)
        start = _start(token)
        rows = self._rows(execution)
        if start > len(rows):
            raise InvalidRequestError(f"Malformed nextPageToken {token}")
        page = rows[start : start + size]
        # AWS gives a token with every full page, and after the last one an empty page.
        next_token = f"{start + size}" if len(page) == size else None
        return Page(page, execution.columns, execution.update_count, next_token)

    def _rows(self, execution: QueryExecution) -> tuple[Row, ...]:
        with self._lock:
            if execution.source_id in self._kept:
                self._kept.move_to_end(execution.source_id)
                return self._kept[execution.source_id]
        body = self._read(execution)
        if body is None:
            raise InvalidRequestError("Could not find results", "RESULT_NOT_FOUND")
        rows = tuple(self._parse(execution, body))
        self._keep(execution.source_id, rows)
        return rows

    def _parse(self, execution: QueryExecution, body: str) -> Iterator[Row]:
        if not body:
            return
        if execution.output_location is None or execution.output_location.endswith(".csv"):
            yield from parse_csv(body)
        else:
            yield from ((line,) for line in body.split("\n"))

    def _keep(self, query_id: str, rows: tuple[Row, ...]) -> None:
        with self._lock:
            self._kept[query_id] = rows
            self._kept.move_to_end(query_id)
            while len(self._kept) > 1 and sum(map(len, self._kept.values())) > _ALL_KEPT_ROWS:
                self._kept.popitem(last=False)

    def _put(self, execution: QueryExecution, body: bytes | tempfile.SpooledTemporaryFile, content_type: str = QUERY_CONTENT) -> None:
        if execution.output_location is not None:
            self._objects.put(execution.output_location, body, content_type)  # type: ignore[arg-type] - a spooled file is a binary file
            return
        self._managed_folder.mkdir(parents=True, exist_ok=True)
        self._managed_file(execution).write_bytes(body if isinstance(body, bytes) else body.read())

    def _read(self, execution: QueryExecution) -> str | None:
        if not _has_rows(execution):
            return ""
        if execution.output_location is not None:
            body = self._objects.read(execution.output_location)
        else:
            body = None
            with suppress(FileNotFoundError):
                body = self._managed_file(execution).read_bytes()
        return None if body is None else body.decode()

    def _managed_file(self, execution: QueryExecution) -> Path:
        return self._managed_folder / f"{execution.source_id}.result"


def _has_rows(execution: QueryExecution) -> bool:
    return execution.route.statement not in ("INSERT", "UPDATE", "DELETE", "MERGE", "UNLOAD", "CREATE_TABLE_AS_SELECT")


def _demand_success(execution: QueryExecution) -> None:
    match execution.state:
        case State.QUEUED | State.RUNNING:
            raise InvalidRequestError(f"Query has not yet finished. Current state: {execution.state}", "INVALID_QUERY_EXECUTION_STATE")
        case State.FAILED:
            message = f"Query did not finish successfully. Final query state: {execution.state}"
            raise InvalidRequestError(message, "INVALID_QUERY_EXECUTION_STATE")
        case State.CANCELLED:
            raise InvalidRequestError("Could not find results", "RESULT_NOT_FOUND")


def _start(token: str | None) -> int:
    if token is None:
        return 0
    if not token.isdecimal():
        raise InvalidRequestError(f"Malformed nextPageToken {token}")
    return int(token)
