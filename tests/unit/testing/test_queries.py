"""Athena's answers as Python values."""

import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from botocore.exceptions import ClientError

from lakestack.testing import queries
from lakestack.testing.errors import QueryError
from tests.unit.testing.fakes import FakeAthena

VALUES = [
    ("boolean", "true", True),
    ("boolean", "false", False),
    ("integer", "1", 1),
    ("bigint", "9007199254740993", 9007199254740993),
    ("double", "1.0E20", 1e20),
    ("double", "-Infinity", -math.inf),
    ("float", "1.1", 1.1),
    ("decimal", "1.50", Decimal("1.50")),
    ("date", "2026-01-31", date(2026, 1, 31)),
    ("timestamp", "2026-01-31 12:34:56.789", datetime(2026, 1, 31, 12, 34, 56, 789000)),
    ("timestamp with time zone", "2026-01-31 00:00:00.000 UTC", datetime(2026, 1, 31, tzinfo=UTC)),
    ("timestamp with time zone", "2026-01-31 00:00:00.000 Europe/Berlin", datetime(2026, 1, 31, tzinfo=ZoneInfo("Europe/Berlin"))),
    ("timestamp with time zone", "2026-01-31 00:00:00.000 -03:30", datetime(2026, 1, 31, tzinfo=timezone(-timedelta(hours=3, minutes=30)))),
    ("varbinary", "01 02", b"\x01\x02"),
    ("varchar", "", ""),
    ("varchar", None, None),
    ("integer", None, None),
    ("array", "[1, 2]", "[1, 2]"),
]


def ask(athena, timeout_s=5.0):
    return queries.rows(athena, "SELECT 1", {"QueryExecutionContext": {"Database": "d"}}, timeout_s)


@pytest.mark.parametrize(("kind", "text", "value"), VALUES)
def test_a_value_has_its_columns_type(kind, text, value):
    ((found,),) = [row.values() for row in ask(FakeAthena([("v", kind)], [text]))]

    assert (found, type(found)) == (value, type(value))


def test_rows_are_by_column_name_without_the_header():
    assert ask(FakeAthena([("id", "integer"), ("name", "varchar")], ["1", "a"], ["2", None])) == [{"id": 1, "name": "a"}, {"id": 2, "name": None}]


def test_no_rows_are_an_empty_list():
    assert ask(FakeAthena([("id", "integer")])) == []


def test_two_columns_of_one_name_are_refused_instead_of_losing_one():
    with pytest.raises(QueryError, match=r"more than one column named a\. Name them apart with AS"):
        ask(FakeAthena([("a", "integer"), ("a", "integer")], ["1", "2"]))


def test_a_failed_query_tells_reason_and_statement():
    with pytest.raises(QueryError, match=r"(?s)q1 is FAILED: TABLE_NOT_FOUND: no t\n.*SELECT 1"):
        ask(FakeAthena([], state="FAILED", reason="TABLE_NOT_FOUND: no t"))


def test_a_query_that_does_not_end_is_stopped():
    athena = FakeAthena([], state="RUNNING")

    with pytest.raises(QueryError, match="did not end within 0 s, so it was stopped"):
        ask(athena, timeout_s=0.01)

    assert athena.stopped == "q1"


def test_a_refused_statement_is_told_in_athenas_words():
    class Refusing(FakeAthena):
        def start_query_execution(self, **request):
            raise ClientError({"Error": {"Code": "InvalidRequestException", "Message": "line 1:1: mismatched input"}}, "StartQueryExecution")

    with pytest.raises(QueryError, match=r"(?s)Athena refused it: line 1:1: mismatched input\n.*SELECT 1"):
        ask(Refusing([]))
