"""Trino goes away between two queries, and in the middle of one."""

import pytest

from tests.support.athena import Athena

pytestmark = pytest.mark.local_only
ENDLESS = "SELECT count(*) FROM UNNEST(sequence(1, 10000)) a (x), UNNEST(sequence(1, 10000)) b (y), UNNEST(sequence(1, 1000)) c (z)"


@pytest.fixture
def athena(stack, bucket):
    return Athena(stack, bucket)


@pytest.fixture
def kill_trino(stack):
    """Return a function that ends Trino with SIGKILL; the stack starts it again."""
    return stack.part("trino").kill


def test_a_query_after_trinos_death_waits_for_the_next_trino(athena, kill_trino):
    assert athena.rows("SELECT 1") == [["1"]]

    kill_trino()

    assert athena.rows("SELECT 2") == [["2"]]


def test_a_query_that_trino_dies_under_fails_and_says_why(athena, kill_trino, eventually):
    query_id = athena.start(ENDLESS)
    eventually(lambda: athena.client.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]["Status"]["State"] == "RUNNING")
    eventually(lambda: athena.rows("SELECT 1"))

    kill_trino()

    query = athena.wait(query_id)
    assert query.state == "FAILED"
    assert query.why.startswith("GENERIC_INTERNAL_ERROR: The query engine was lost while the query ran")
    assert query.execution["Status"]["AthenaError"]["Retryable"] is True
    assert athena.rows("SELECT 1") == [["1"]]
