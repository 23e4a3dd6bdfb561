"""Questions to Athena and their answers."""

import time
from dataclasses import dataclass
from typing import Any

from lakestack.errors import PipelineError
from lakestack.lake.names import DATABASE, WORK_GROUP

_POLL_S = 0.05
_ENDS_WITHIN_S = 1800.0
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


def ask(athena: Any, sql: str) -> Answer:
    """Run one statement in the work group lakehouse and fetch all of its answer.

    Raises:
        PipelineError: It failed, or did not end in time.

    """
    started = time.monotonic()
    query_id = athena.start_query_execution(QueryString=sql, WorkGroup=WORK_GROUP, QueryExecutionContext={"Database": DATABASE})["QueryExecutionId"]
    execution = _wait(athena, query_id)
    seconds = time.monotonic() - started
    status = execution["Status"]
    if status["State"] != "SUCCEEDED":
        raise PipelineError(f"The query {query_id} is {status['State']}: {status.get('StateChangeReason', 'it gives no reason')}")
    columns, rows = _fetch(athena, query_id)
    # Only the answer to a SELECT repeats the names of its columns as the first row.
    if execution.get("StatementType") == "DML" and rows and rows[0] == tuple(column.name for column in columns):
        rows = rows[1:]
    return Answer(columns, rows, seconds, execution.get("Statistics", {}).get("DataScannedInBytes", 0))


def _wait(athena: Any, query_id: str) -> Any:
    deadline = time.monotonic() + _ENDS_WITHIN_S
    while time.monotonic() < deadline:
        execution = athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
        if execution["Status"]["State"] not in {"QUEUED", "RUNNING"}:
            return execution
        time.sleep(_POLL_S)
    raise PipelineError(f"The query {query_id} did not end within {_ENDS_WITHIN_S:.0f} s.")


def _fetch(athena: Any, query_id: str) -> tuple[tuple[Column, ...], list[tuple[str | None, ...]]]:
    columns: tuple[Column, ...] = ()
    rows: list[tuple[str | None, ...]] = []
    for page in athena.get_paginator("get_query_results").paginate(QueryExecutionId=query_id):
        described = page["ResultSet"].get("ResultSetMetadata", {}).get("ColumnInfo", [])
        columns = columns or tuple(Column(info["Name"], info["Type"]) for info in described)
        rows += [tuple(cell.get("VarCharValue") for cell in row.get("Data", [])) for row in page["ResultSet"]["Rows"]]
    return columns, rows
