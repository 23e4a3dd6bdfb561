"""Athena's answers as rows of Python values."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from botocore.exceptions import ClientError

from lakestack.errors import PipelineError
from lakestack.lake.queries import Answer, ask
from lakestack.testing.errors import QueryError


def rows(athena: Any, sql: str, where: Mapping[str, Any], timeout_s: float) -> list[dict[str, Any]]:
    """Return the rows of a statement's answer, by column name.

    Args:
        athena: Client.
        sql: One statement.
        where: Further members of StartQueryExecution.
        timeout_s: The query is stopped then.

    Raises:
        QueryError: It was refused, failed, did not end in time, or two columns have one name.

    """
    __tracebackhide__ = True
    try:
        answer = ask(athena, sql, where, timeout_s)
    except ClientError as error:
        raise QueryError(f"Athena refused it: {error.response['Error'].get('Message', error)}\n{sql}") from None
    except PipelineError as error:
        raise QueryError(f"{error}\n{sql}") from None
    return _typed(answer, sql)


def _typed(answer: Answer, sql: str) -> list[dict[str, Any]]:
    __tracebackhide__ = True
    names = [column.name for column in answer.columns]
    if twice := [name for name, times in Counter(names).items() if times > 1]:
        raise QueryError(f"The answer has more than one column named {', '.join(twice)}. Name them apart with AS.\n{sql}")
    readers = [_READERS.get(column.type, str) for column in answer.columns]
    # A statement on the catalog may answer with lines that have fewer cells than columns.
    return [{name: None if text is None else read(text) for name, read, text in zip(names, readers, row, strict=False)} for row in answer.rows]


def _zoned(text: str) -> datetime:
    moment, _, zone = text.rpartition(" ")
    if zone[0] in "+-":
        return datetime.fromisoformat(moment + zone)
    return datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone))


# By the names that ColumnInfo gives types; arrays, maps, rows, JSON and times of day stay Athena's text.
_READERS: dict[str, Callable[[str], Any]] = {
    "boolean": lambda text: text == "true",
    **dict.fromkeys(("tinyint", "smallint", "integer", "int", "bigint"), int),
    **dict.fromkeys(("float", "real", "double"), float),
    "decimal": Decimal,
    "date": date.fromisoformat,
    "timestamp": datetime.fromisoformat,
    "timestamp with time zone": _zoned,
    "varbinary": bytes.fromhex,
}
