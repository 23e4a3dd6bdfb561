"""Starts, follows and stops the queries of one account and region."""

import logging
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from lakestack_aws.athena.config import Settings
from lakestack_aws.athena.errors import SYSTEM, InvalidRequestError, QueryFailed, TooManyRequestsError
from lakestack_aws.athena.hive_ddl.commands import Context
from lakestack_aws.athena.objects import Objects, split_location
from lakestack_aws.athena.outcomes import Outcome
from lakestack_aws.athena.query_executions import QueryExecution, QueryExecutions, QueryRequest, State, Statistics
from lakestack_aws.athena.result_locations import result_folder, result_location
from lakestack_aws.athena.routing import Engine as EngineKind
from lakestack_aws.athena.runner import Cancelled, Runner, Watch
from lakestack_aws.athena.statements import Statement, StatementReader, database_of, trimmed
from lakestack_aws.athena.trino_protocol import Engine, EngineUnavailable
from lakestack_aws.athena.workgroups import WorkGroup, WorkGroups

LOG = logging.getLogger(__name__)

# https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html (as at 2026-11-22)
_TOKEN_LENGTHS = range(32, 129)
# The most that may be QUEUED or RUNNING; AWS's default quota of active DML queries is 200 in us-east-1.
_ACTIVE_QUERIES = 200


@dataclass(frozen=True)
class Pools:
    """The threads that run statements: those in Trino do not hold up those on the catalog."""

    dml: Executor
    ddl: Executor

    @classmethod
    def of(cls, settings: Settings) -> "Pools":
        dml = ThreadPoolExecutor(settings.dml_slots, thread_name_prefix="athena-dml")
        return cls(dml, ThreadPoolExecutor(settings.ddl_slots, thread_name_prefix="athena-ddl"))


class Queries:
    """The queries of one account and region.

    Args:
        context: Makes what a statement on the catalog works with, from database and work group.
    """

    def __init__(
        self,
        *,
        executions: QueryExecutions,
        workgroups: WorkGroups,
        reader: StatementReader,
        runner: Runner,
        objects: Objects,
        engine: Engine,
        pools: Pools,
        context: Callable[[str, str], Context],
    ) -> None:
        self._executions = executions
        self._workgroups = workgroups
        self._reader = reader
        self._runner = runner
        self._objects = objects
        self._engine = engine
        self._pools = pools
        self._context = context
        self._lock = threading.Lock()
        self._in_engine: dict[str, str] = {}
        self._active = 0

    def start(self, request: QueryRequest) -> str:
        """Start a query and return its id; a token that was used returns the id that it started.

        AWS checks in this order: token, output location, syntax, idempotency.

        Raises:
            InvalidRequestError: The request is refused.
            TooManyRequestsError: Too many queries are active.
        """
        _demand_token(request.token)
        group = self._workgroups.get(request.workgroup)
        if group.state != "ENABLED":
            raise InvalidRequestError(f"WorkGroup {group.name} is disabled.")
        folder = result_folder(request.output_location, group)
        if folder is not None:
            self._demand_bucket(folder)
        query_id = str(uuid.uuid4())
        request = replace(request, sql=trimmed(request.sql))
        statement = self._reader.read(request, group, folder, query_id)
        if statement.command is not None:
            statement.command.check(self._context(database_of(request), group.name))
        execution = self._new(query_id, request, statement, folder)
        kept = self._executions.add(execution)
        if kept is execution and execution.state is State.QUEUED:
            self._submit(execution, statement, group)
        return kept.id

    def stop(self, query_id: str) -> None:
        """Stop a query, in Trino too; one that has ended stays as it is.

        Raises:
            InvalidRequestError: There is none.
        """
        self._executions.get(query_id)
        if self._executions.change(query_id, State.CANCELLED, reason="Query cancelled by user"):
            with self._lock:
                engines_id = self._in_engine.get(query_id)
            if engines_id:
                self._engine.cancel(engines_id)

    def _new(self, query_id: str, request: QueryRequest, statement: Statement, folder: str | None) -> QueryExecution:
        location = None if folder is None else result_location(folder, query_id, statement.route.statement)
        execution = QueryExecution(query_id, request, statement.route, location, datetime.now(UTC), source_id=query_id)
        if source := self._executions.reusable(request):
            return replace(
                execution,
                state=State.SUCCEEDED,
                source_id=source.source_id,
                output_location=source.output_location,
                columns=source.columns,
                update_count=source.update_count,
                completed_at=execution.submitted_at,
                statistics=Statistics(is_reused=True, total_ms=1, engine_ms=1),
            )
        return execution

    def _demand_bucket(self, folder: str) -> None:
        bucket, _ = split_location(folder)
        if not self._objects.has_bucket(bucket):
            raise InvalidRequestError(f"Unable to verify/create output bucket {bucket}")

    def _submit(self, execution: QueryExecution, statement: Statement, group: WorkGroup) -> None:
        with self._lock:
            if self._active >= _ACTIVE_QUERIES:
                self._executions.change(execution.id, State.FAILED, reason="Too many active queries")
                raise TooManyRequestsError
            self._active += 1
        pool = self._pools.dml if statement.route.engine is EngineKind.TRINO else self._pools.ddl
        pool.submit(self._run, execution, statement, group)

    def _run(self, execution: QueryExecution, statement: Statement, group: WorkGroup) -> None:
        try:
            if self._executions.change(execution.id, State.RUNNING):
                self._finish(execution, self._run_started(execution, statement, group))
        except Cancelled:
            LOG.debug("Query %s was stopped.", execution.id)
        except QueryFailed as failure:
            self._fail(execution, failure)
        except EngineUnavailable as unavailable:
            self._fail(execution, QueryFailed(f"GENERIC_INTERNAL_ERROR: {unavailable}", category=SYSTEM, error_type=200, is_retryable=True))
        except Exception as error:
            LOG.exception("Query %s failed for a reason of ours: %s", execution.id, execution.request.sql)
            self._fail(execution, QueryFailed(f"GENERIC_INTERNAL_ERROR: {error}", category=SYSTEM, error_type=200))
        finally:
            with self._lock:
                self._active -= 1
                self._in_engine.pop(execution.id, None)

    def _run_started(self, execution: QueryExecution, statement: Statement, group: WorkGroup) -> Outcome:
        def started(engines_id: str) -> None:
            with self._lock:
                self._in_engine[execution.id] = engines_id

        watch = Watch(started, lambda: self._executions.get(execution.id).state.is_terminal)
        return self._runner.run(execution, statement, self._context(database_of(execution.request), group.name), watch)

    def _finish(self, execution: QueryExecution, outcome: Outcome) -> None:
        statistics = Statistics(
            planning_ms=outcome.planning_ms,
            engine_ms=outcome.engine_ms,
            scanned_bytes=outcome.scanned_bytes,
            manifest_location=outcome.manifest_location,
        )
        self._executions.change(execution.id, State.SUCCEEDED, columns=outcome.columns, update_count=outcome.update_count, statistics=statistics)

    def _fail(self, execution: QueryExecution, failure: QueryFailed) -> None:
        self._executions.change(execution.id, State.FAILED, reason=failure.reason, error=failure.error)


def _demand_token(token: str) -> None:
    if not token:
        raise InvalidRequestError("clientRequestToken is null or empty")
    if len(token) not in _TOKEN_LENGTHS:
        bound = "greater than or equal to 32" if len(token) < _TOKEN_LENGTHS.start else "less than or equal to 128"
        constraint = f"failed to satisfy constraint: Member must have length {bound}"
        raise InvalidRequestError(f"1 validation error detected: Value at 'clientRequestToken' {constraint}")
