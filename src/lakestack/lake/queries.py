"""Questions to Athena and their answers."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lakestack.errors import PipelineError
from lakestack.lake.names import DATABASE, WORK_GROUP

_POLL_S = 0.05
_ENDS_WITHIN_S = 1800.0
_LAKEHOUSE = {"WorkGroup": WORK_GROUP, "QueryExecutionContext": {"Database": DATABASE}}
_NUMBERS = {"tinyint", "smallint", "integer", "int", "bigint", "float", "real", "double", "decimal"}


@dataclass(frozen=True)
class Column:
    name: str
    type: str

    @property
    def is_number(self) -> bool:
        return self.type in _NUMBERS


@dataclass(frozen=True)
class Answer:
    """What a query returned, as text, as Athena gives it; None is null.

    Attributes:
        seconds: From the question to the end of the query.
        scanned_bytes: What Athena would be paid for.

    """

    columns: tuple[Column, ...]
    rows: list[tuple[str | None, ...]]
    seconds: float
    scanned_bytes: int


def ask(athena: Any, sql: str, where: Mapping[str, Any] = _LAKEHOUSE, within_s: float = _ENDS_WITHIN_S) -> Answer:
    """Run one statement and fetch all of its answer.

    Args:
        athena: Client.
        sql: The statement.
        where: Further members of StartQueryExecution; by default work group and database of the pipeline.
        within_s: A query that takes longer is stopped.

    Raises:
        PipelineError: It failed, or did not end in time.

    """
    started = time.monotonic()
    query_id = athena.start_query_execution(QueryString=sql, **where)["QueryExecutionId"]
    execution = _wait(athena, query_id, within_s)
    seconds = time.monotonic() - started
    status = execution["Status"]
    if status["State"] != "SUCCEEDED":
        raise PipelineError(f"The query {query_id} is {status['State']}: {status.get('StateChangeReason', 'it gives no reason')}")
    columns, rows = _fetch(athena, query_id)
    # Only the answer to a SELECT repeats the names of its columns as the first row.
    if execution.get("StatementType") == "DML" and rows and rows[0] == tuple(column.name for column in columns):
        rows = rows[1:]
    return Answer(columns, rows, seconds, execution.get("Statistics", {}).get("DataScannedInBytes", 0))


def _wait(athena: Any, query_id: str, within_s: float) -> Any:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        execution = athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
        if execution["Status"]["State"] not in {"QUEUED", "RUNNING"}:
            return execution
        time.sleep(_POLL_S)
    athena.stop_query_execution(QueryExecutionId=query_id)
    raise PipelineError(f"The query {query_id} did not end within {within_s:.0f} s, so it was stopped.")


def _fetch(athena: Any, query_id: str) -> tuple[tuple[Column, ...], list[tuple[str | None, ...]]]:
    columns: tuple[Column, ...] = ()
    rows: list[tuple[str | None, ...]] = []
    for page in athena.get_paginator("get_query_results").paginate(QueryExecutionId=query_id):
        described = page["ResultSet"].get("ResultSetMetadata", {}).get("ColumnInfo", [])
        columns = columns or tuple(Column(info["Name"], info["Type"]) for info in described)
        rows += [tuple(cell.get("VarCharValue") for cell in row.get("Data", [])) for row in page["ResultSet"]["Rows"]]
    return columns, rows
