"""Runs statements and writes their results."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from lakestack_aws.athena import column_info
from lakestack_aws.athena.catalog import Catalog, is_delta, is_iceberg, location_of
from lakestack_aws.athena.column_info import Column
from lakestack_aws.athena.config import Settings
from lakestack_aws.athena.delta_metadata import DeltaMetadata
from lakestack_aws.athena.errors import QueryFailed
from lakestack_aws.athena.hive_ddl.commands import Context
from lakestack_aws.athena.objects import METADATA_CONTENT, Objects
from lakestack_aws.athena.outcomes import Outcome
from lakestack_aws.athena.query_executions import QueryExecution
from lakestack_aws.athena.result_files import Row, manifest_body
from lakestack_aws.athena.results import Results
from lakestack_aws.athena.routing import StatementType
from lakestack_aws.athena.statements import Statement, database_of
from lakestack_aws.athena.table_writes import TableWrite
from lakestack_aws.athena.trino_protocol import Engine, EngineError, EngineSession, RunningStatement
from lakestack_aws.athena.values import printed

_DELTA_REFUSALS = {
    "INSERT": "This connector does not support inserts",
    "UPDATE": "This connector does not support modifying table rows",
    "DELETE": "This connector does not support modifying table rows",
    "MERGE": "This connector does not support modifying table rows",
}


class Cancelled(Exception):
    """The execution was stopped while it ran."""


@dataclass(frozen=True)
class Watch:
    """How a running statement and StopQueryExecution know of each other.

    Attributes:
        started: Called with the engine's id of the statement.
        is_stopped: Whether somebody has asked it to stop.
    """

    started: Callable[[str], None]
    is_stopped: Callable[[], bool]


class Runner:
    """Runs one statement after another of one account and region; safe to use from many threads."""

    def __init__(self, *, engine: Engine, catalog: Catalog, objects: Objects, results: Results, settings: Settings, delta: DeltaMetadata) -> None:
        self._engine = engine
        self._catalog = catalog
        self._objects = objects
        self._results = results
        self._settings = settings
        self._delta = delta

    def run(self, execution: QueryExecution, statement: Statement, context: Context, watch: Watch) -> Outcome:
        """Run a statement and write its files.

        Raises:
            QueryFailed: It failed; nothing was written but, for a statement on the catalog, the reason.
            EngineUnavailable: The engine is away.
            Cancelled: It was stopped.
        """
        if statement.command is not None:
            return self._run_command(execution, statement, context)
        try:
            return self._run_in_engine(execution, statement, watch)
        except EngineError as error:
            raise QueryFailed.in_engine(error.name, statement.in_users_text(error.message), is_users=error.is_users) from error

    def _run_command(self, execution: QueryExecution, statement: Statement, context: Context) -> Outcome:
        try:
            result = statement.command.run(context)  # type: ignore[union-attr] - the caller has seen it
        except QueryFailed as failure:
            if execution.output_location is not None and statement.route.statement_type is StatementType.DDL:
                self._objects.put(execution.output_location, failure.reason.encode(), METADATA_CONTENT)
            raise
        self._results.write_text(execution, result.rows)
        if result.columns:
            self._results.write_metadata(execution, result.columns)
        return Outcome(columns=result.columns, update_count=result.update_count)

    def _run_in_engine(self, execution: QueryExecution, statement: Statement, watch: Watch) -> Outcome:
        self._demand_writable(statement, execution)
        self._delta.refresh()
        with self._hidden_database(statement):
            running = self._engine.start(statement.sql, self._session(execution, statement))
            watch.started(running.query_id)
            pages = self._watched(running, watch)
            match statement.route.statement:
                case "SELECT" | "SHOW_FUNCTIONS":
                    return self._queried(execution, running, pages)
                case "EXPLAIN":
                    return self._explained(execution, running, pages)
                case "INSERT" | "UPDATE" | "DELETE" | "MERGE":
                    return self._changed(execution, statement, running, pages)
                case "CREATE_TABLE_AS_SELECT":
                    return self._created(execution, statement.write, running, pages)
                case "UNLOAD":
                    return self._unloaded(execution, statement.write, running, pages)
            _drain(pages)
            self._results.write_text(execution, ())
            return self._outcome(running)

    def _session(self, execution: QueryExecution, statement: Statement) -> EngineSession:
        catalog = (execution.request.catalog or "awsdatacatalog").lower()
        return EngineSession(catalog, database_of(execution.request), statement.write.session_properties if statement.write else {})

    def _watched(self, running: RunningStatement, watch: Watch) -> Iterator[list[list[Any]]]:
        for page in running.pages():
            if watch.is_stopped():
                self._engine.cancel(running.query_id)
                raise Cancelled
            yield page

    def _demand_writable(self, statement: Statement, execution: QueryExecution) -> None:
        """Refuse to change a Delta table, as Athena does; LAKESTACK_ATHENA_DELTA_WRITES=allow lifts it.

        Source: https://docs.aws.amazon.com/athena/latest/ug/delta-lake-tables.html (as at 2026-11-22).
        """
        if statement.target is None or self._settings.has_delta_writes:
            return
        table = self._catalog.table(*statement.target.in_database(database_of(execution.request)))
        if table and is_delta(table):
            raise QueryFailed.not_supported(_DELTA_REFUSALS[statement.route.statement])

    @contextlib.contextmanager
    def _hidden_database(self, statement: Statement) -> Iterator[None]:
        """Give UNLOAD's hidden table a database where the query names none that exists."""
        is_needed = statement.route.statement == "UNLOAD" and statement.write is not None and self._catalog.database(statement.write.name[0]) is None
        if not is_needed:
            yield
            return
        database = statement.write.name[0]  # type: ignore[union-attr] - as seen above
        self._catalog.create_database({"Name": database})
        try:
            yield
        finally:
            self._catalog.delete_database(database)

    def _queried(self, execution: QueryExecution, running: RunningStatement, pages: Iterator[list[list[Any]]]) -> Outcome:
        first = next((page for page in pages if page), [])
        columns = _columns(running)
        types = [column.type for column in running.columns]

        def rows() -> Iterator[Row]:
            for page in (first, *pages):
                for row in page:
                    yield tuple(printed(value, trino_type) for value, trino_type in zip(row, types, strict=True))

        self._results.write_rows(execution, tuple(column.name for column in columns), rows())
        self._results.write_metadata(execution, columns)
        return self._outcome(running, columns, update_count=0)

    def _explained(self, execution: QueryExecution, running: RunningStatement, pages: Iterator[list[list[Any]]]) -> Outcome:
        lines = [line for page in pages for row in page for line in str(row[0]).rstrip("\n").split("\n")]
        columns = _columns(running)
        self._results.write_text(execution, [(columns[0].name,), *((line,) for line in lines)])
        self._results.write_metadata(execution, columns)
        return self._outcome(running, columns)

    def _changed(self, execution: QueryExecution, statement: Statement, running: RunningStatement, pages: Iterator[list[list[Any]]]) -> Outcome:
        _drain(pages)
        manifest = None
        if statement.route.statement == "INSERT" and statement.target and running.update_count:
            table = self._catalog.table(*statement.target.in_database(database_of(execution.request)))
            if table and location_of(table) and not is_delta(table) and not is_iceberg(table):
                # Trino puts its query's id into the names of the files that it writes.
                written = [location for location in self._objects.list(_folder(location_of(table))) if running.query_id in location]
                manifest = self._results.write_manifest(execution, manifest_body(written))
        self._results.write_metadata(execution, (column_info.ROWS,), update_type=statement.route.statement, update_count=running.update_count or 0)
        return self._outcome(running, (column_info.ROWS,), update_count=running.update_count or 0, manifest=manifest)

    def _created(self, execution: QueryExecution, write: TableWrite | None, running: RunningStatement, pages: Iterator[list[list[Any]]]) -> Outcome:
        _drain(pages)
        manifest = None
        if write and write.location and not write.is_iceberg:
            manifest = self._results.write_manifest(execution, manifest_body(self._objects.list(_folder(write.location))))
        self._results.write_metadata(execution, (column_info.ROWS,), update_type="CREATE TABLE", update_count=running.update_count or 0)
        return self._outcome(running, (column_info.ROWS,), update_count=running.update_count or 0, manifest=manifest)

    def _unloaded(self, execution: QueryExecution, write: TableWrite | None, running: RunningStatement, pages: Iterator[list[list[Any]]]) -> Outcome:
        _drain(pages)
        if write is None or write.location is None:
            raise QueryFailed.not_supported("UNLOAD needs a location")
        # Only the catalog's entry goes: the files are what was asked for.
        self._catalog.delete_table(*write.name)
        manifest = self._results.write_manifest(execution, manifest_body(self._objects.list(write.location)))
        self._results.write_metadata(execution, (column_info.ROWS,), update_type="UNLOAD", update_count=running.update_count or 0)
        return self._outcome(running, (column_info.ROWS,), update_count=running.update_count or 0, manifest=manifest)

    @staticmethod
    def _outcome(
        running: RunningStatement, columns: tuple[Column, ...] = (), *, update_count: int | None = None, manifest: str | None = None
    ) -> Outcome:
        stats = running.stats
        return Outcome(
            columns=columns,
            update_count=update_count,
            scanned_bytes=stats.get("physicalInputBytes") or stats.get("processedBytes") or 0,
            planning_ms=stats.get("planningTimeMillis", 0),
            engine_ms=stats.get("elapsedTimeMillis", 0),
            manifest_location=manifest,
        )


def _columns(running: RunningStatement) -> tuple[Column, ...]:
    return tuple(column_info.column(column.name, column.type) for column in running.columns)


def _drain(pages: Iterator[list[list[Any]]]) -> None:
    for _ in pages:
        pass


def _folder(location: str) -> str:
    return location if location.endswith("/") else location + "/"
