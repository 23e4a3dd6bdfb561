"""What becomes of a query after StartQueryExecution.

    QUEUED -> RUNNING -> SUCCEEDED | FAILED
    QUEUED | RUNNING -> CANCELLED

Source: https://docs.aws.amazon.com/athena/latest/APIReference/API_QueryExecutionStatus.html (as at 2026-11-22).
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from lakestack_aws.athena.column_info import Column
from lakestack_aws.athena.errors import AthenaError, InvalidRequestError
from lakestack_aws.athena.routing import Route

# AWS keeps 45 days of history. This many is more than a machine's work of 45 days, and bounds the memory.
HISTORY = 20_000


class State(StrEnum):
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def is_terminal(self) -> bool:
        return self in (State.SUCCEEDED, State.FAILED, State.CANCELLED)


@dataclass(frozen=True)
class QueryRequest:
    """What StartQueryExecution was asked.

    Attributes:
        sql: Without surrounding space and final `;`.
        output_location: As the client sent it.
        result_configuration: The client's whole ResultConfiguration, to be echoed.
        parameters: ExecutionParameters.
        reuse_max_age_minutes: None when results are not to be reused.
        result_reuse: ResultReuseConfiguration, to be echoed.
    """

    sql: str
    token: str
    workgroup: str
    database: str | None = None
    catalog: str | None = None
    output_location: str | None = None
    result_configuration: dict[str, Any] = field(default_factory=dict)
    parameters: tuple[str, ...] = ()
    reuse_max_age_minutes: int | None = None
    result_reuse: dict[str, Any] = field(default_factory=dict)

    @property
    def identity(self) -> tuple[str | None, ...]:
        """What a second request with the same token must repeat."""
        return self.sql, self.catalog, self.database, self.output_location


@dataclass(frozen=True)
class Statistics:
    queue_ms: int = 1
    planning_ms: int = 0
    engine_ms: int = 0
    total_ms: int = 0
    scanned_bytes: int = 0
    manifest_location: str | None = None
    is_reused: bool = False


@dataclass(frozen=True)
class QueryExecution:
    """One execution.

    Attributes:
        output_location: The result file; None when Athena keeps the result itself.
        columns: Of the result; () until it is there, and for DDL.
        update_count: Rows written, 0 for what only reads, None where AWS says nothing.
        source_id: Of the execution whose result this is: its own unless the result is reused.
    """

    id: str
    request: QueryRequest
    route: Route
    output_location: str | None
    submitted_at: datetime
    source_id: str
    state: State = State.QUEUED
    started_at: datetime | None = None
    completed_at: datetime | None = None
    reason: str | None = None
    error: AthenaError | None = None
    statistics: Statistics = field(default_factory=Statistics)
    columns: tuple[Column, ...] = ()
    update_count: int | None = None


class QueryExecutions:
    """The executions of one account and region, newest last."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._lock = threading.Lock()
        self._executions: dict[str, QueryExecution] = {}
        self._by_token: dict[str, str] = {}
        self._now = now

    def get(self, query_id: str) -> QueryExecution:
        """Return an execution.

        Raises:
            InvalidRequestError: There is none.
        """
        with self._lock:
            execution = self._executions.get(query_id)
        if execution is None:
            raise InvalidRequestError(f"QueryExecution {query_id} was not found", "QUERY_EXECUTION_NOT_FOUND")
        return execution

    def find(self, query_ids: list[str]) -> list[QueryExecution]:
        with self._lock:
            return [self._executions[query_id] for query_id in query_ids if query_id in self._executions]

    def newest_first(self, workgroup: str) -> list[QueryExecution]:
        with self._lock:
            return [execution for execution in reversed(self._executions.values()) if execution.request.workgroup == workgroup]

    def add(self, execution: QueryExecution) -> QueryExecution:
        """Keep a new execution, or return the one that its token already started.

        Raises:
            InvalidRequestError: The token started something else.
        """
        with self._lock:
            if known_id := self._by_token.get(execution.request.token):
                known = self._executions[known_id]
                if known.request.identity != execution.request.identity:
                    raise InvalidRequestError("Idempotent parameters do not match", "IDEMPOTENT_PARAMETER_MISMATCH")
                return known
            self._executions[execution.id] = execution
            self._by_token[execution.request.token] = execution.id
            self._forget_oldest()
        return execution

    def _forget_oldest(self) -> None:
        if len(self._executions) > HISTORY:
            oldest = next(execution for execution in self._executions.values() if execution.state.is_terminal)
            del self._executions[oldest.id]
            self._by_token.pop(oldest.request.token, None)

    def change(self, query_id: str, state: State, **changes: Any) -> bool:
        """Move an execution to `state`; False, and nothing happens, when it has ended already."""
        with self._lock:
            execution = self._executions[query_id]
            if execution.state.is_terminal:
                return False
            now = self._now()
            if state is State.RUNNING:
                changes["started_at"] = now
            if state.is_terminal:
                changes["completed_at"] = now
                changes["statistics"] = _timed(changes.get("statistics", execution.statistics), execution, now)
            self._executions[query_id] = replace(execution, state=state, **changes)
            return True

    def reusable(self, request: QueryRequest) -> QueryExecution | None:
        """Return a succeeded execution of the same query that is young enough for `request`."""
        if request.reuse_max_age_minutes is None:
            return None
        oldest = self._now() - timedelta(minutes=request.reuse_max_age_minutes)
        wanted = (request.sql, request.catalog, request.database, request.parameters)
        for execution in self.newest_first(request.workgroup):
            found = execution.request
            is_same = (found.sql, found.catalog, found.database, found.parameters) == wanted
            is_young = execution.completed_at is not None and execution.completed_at >= oldest
            if (
                is_same
                and is_young
                and execution.state is State.SUCCEEDED
                and execution.route.statement == "SELECT"
                and not execution.statistics.is_reused
            ):
                return execution
        return None


def _timed(statistics: Statistics, execution: QueryExecution, now: datetime) -> Statistics:
    started_at = execution.started_at or now
    # AWS never says that a query did not wait; clients assert more than 0.
    queue_ms = max(1, _milliseconds(started_at - execution.submitted_at))
    total_ms = max(1, _milliseconds(now - execution.submitted_at))
    return replace(statistics, queue_ms=queue_ms, total_ms=total_ms, engine_ms=max(1, statistics.engine_ms or total_ms - queue_ms))


def _milliseconds(duration: timedelta) -> int:
    return round(duration.total_seconds() * 1000)
